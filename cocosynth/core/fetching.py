"""Files that are read one after the other: those at URLs are fetched before they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TypeVar

from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import as_url, is_url

Item = TypeVar("Item")


def fetched_ahead(
    items: Iterable[Item], paths: Callable[[Item], Iterable[str | Path]]
) -> Iterable[Item]:
    """Return items; while one is used, the files of the next ones are fetched into the cache.

    Parameters
    ----------
    items : iterable
    paths : callable
        Returns the files that an item needs. Those of this machine need nothing.
    """
    items = iter(items)
    first = next(items, None)
    if first is None:
        return ()
    if not any(map(is_url, paths(first))):
        return chain([first], items)  # the others lie where the first does
    from cocosynth.core.storage import behind, cache

    def fetch(item: Item) -> None:
        for path in paths(item):
            if url := as_url(path):
                cache.local(url)

    return behind.ahead(chain([first], items), fetch)


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
