"""Files that are read one after the other: those at URLs are fetched before they are asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TypeVar

from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import as_url, is_url

Item = TypeVar("Item")

_LOOKED_AT = 64  # items that need no file, until it is taken for granted that none is far away


def fetched_ahead(
    items: Iterable[Item],
    paths: Callable[[Item], Iterable[str | Path]],
    *,
    headers: bool = False,
) -> Iterable[Item]:
    """Return items; while one is used, the files of the next ones are fetched into the cache.

    Parameters
    ----------
    items : iterable
    paths : callable
        Returns the files that an item needs. Those of this machine need nothing.
    headers : bool
        Of large photographs, their headers alone are needed.
    """
    items, seen = iter(items), list[Item]()
    for item in items:
        seen.append(item)
        needed = [*paths(item)]
        if any(map(is_url, needed)):
            break
        if needed or len(seen) == _LOOKED_AT:
            return chain(seen, items)  # the others lie where the first does
    else:
        return seen
    from cocosynth.core.storage import behind, cache, ends

    def fetch(item: Item) -> None:
        for path in paths(item):
            if url := as_url(path):
                blocks = ends.blocks_of(url) if headers else None
                if blocks is None:
                    cache.local(url)
                else:
                    blocks.fetch_ends()

    return behind.ahead(chain(seen, items), fetch)


def ask_again() -> None:
    """Trust no answer of a store that came before now: a new run begins."""
    known = sys.modules.get("cocosynth.core.storage.remote")
    if known is not None:
        known.forget()


_run = ""


def ask_again_for(run: str) -> None:
    """Trust no answer of a store that came in another run: a worker may serve several."""
    global _run
    if run != _run:
        _run = run
        ask_again()


def read_each(items: Iterable[Item], path: Callable[[Item], Path]) -> Iterator[tuple[Item, bytes]]:
    """Yield items, each with what its file holds now."""
    items = iter(items)
    first = next(items, None)
    if first is None:
        return
    if not is_url(path(first)):
        for item in chain([first], items):
            yield item, files.read_bytes(path(item))
        return
    from cocosynth.core.storage import behind

    read: dict[str, bytes] = {}

    def fetch(item: Item) -> None:
        with suppress(CocosynthError):
            read[str(path(item))] = files.read_bytes(path(item))

    for item in behind.ahead(chain([first], items), fetch):
        content = read.pop(str(path(item)), None)
        yield item, files.read_bytes(path(item)) if content is None else content
