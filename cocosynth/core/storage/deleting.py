"""Files taken out of a store, many by one request where it has such."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from cocosynth.core.storage import behind, remote
from cocosynth.core.storage.connection import address, connected
from cocosynth.core.storage.faults import persistently
from cocosynth.core.urls import Url

_MANY = 16  # requests at a time
_BULK = 1000  # keys deleted by one request


def delete(urls: Iterable[Url]) -> None:
    """Delete files; those that are not there are as good."""
    left = list(urls)
    for url in left:
        remote.forget_file(url)
    if left and hasattr(connected(left[0]), "call_s3"):
        for start in range(0, len(left), _BULK):
            _delete_many(left[start : start + _BULK])
        return
    behind.all_of([lambda url=url: _delete(url) for url in left], _MANY)  # type: ignore[misc]


def _delete_many(urls: list[Url]) -> None:
    system = connected(urls[0])
    keys = {url.key.partition("/")[2]: url for url in urls}
    wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}

    def run() -> Any:
        return system.call_s3("delete_objects", Bucket=urls[0].bucket, Delete=wanted)

    for failed in persistently(urls[0], "deleted", run).get("Errors", ()):
        _delete(keys[failed["Key"]])  # which says why


def _delete(url: Url) -> None:
    system, name = address(url)
    try:
        persistently(url, "deleted", lambda: system.rm_file(name))
    except FileNotFoundError:
        return


def delete_all(url: Url) -> None:
    """Delete a file, or a folder with all that is in it."""
    behind.wait(url)
    delete([*(url / name for name in remote.files_below(url)), url])
    if url.scheme not in ("s3", "gs"):  # others have folders that stay when they are empty
        system, name = address(url)
        with suppress(FileNotFoundError):
            persistently(url, "deleted", lambda: system.rm(name, recursive=True))
