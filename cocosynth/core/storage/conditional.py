"""Puts that happen only if nobody else was faster: by the store's own conditions where it has them.

S3 has them (``If-None-Match``, ``If-Match``), and so do most stores that speak as it does. Where a
store has none, a put is read back a moment later: two that begin in the same moment both see the
one that came last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cocosynth.core.errors import CocosynthError
from cocosynth.core.storage import deleting, remote
from cocosynth.core.storage.connection import address
from cocosynth.core.storage.faults import NotMetError, persistently, status_code
from cocosynth.core.urls import Url

_MOMENT = 1.0  # seconds until what was put is read back
_FAILED = (409, 412)  # conflict, precondition failed


def create(url: Url, content: bytes) -> bool:
    """Put a file where there is none; say whether it is there now, by this call."""
    if url.scheme == "s3":
        return _put_s3(url, content, {"IfNoneMatch": "*"})
    if content_of(url) is not None:
        return False
    return _settled(url, content)


def replace(url: Url, content: bytes, condition: Callable[[bytes | None], bool]) -> bool:
    """Put a file in the place of one whose content fulfils a condition."""
    if url.scheme == "s3":
        before = remote.status(url, fresh=True)
        if before is None or not condition(content_of(url)):
            return before is None and condition(None) and create(url, content)
        return _put_s3(url, content, {"IfMatch": f'"{before.version}"'})
    return condition(content_of(url)) and _settled(url, content)


def content_of(url: Url) -> bytes | None:
    """Return what is in a file now; None where there is none."""
    if remote.status(url, fresh=True) is None:
        return None
    return remote.read(url)


def age_of(url: Url) -> float:
    """Return how many seconds ago a file was put, by the clock of its store."""
    probe = url.parent / f".{time.time_ns()}.partial"
    remote.write(probe, b"")
    try:
        return float((_put_at(probe) - _put_at(url)).total_seconds())
    finally:
        deleting.delete([probe])


def _put_at(url: Url) -> Any:
    system, name = address(url)
    try:
        return persistently(url, "looked at", lambda: system.modified(name))
    except FileNotFoundError:
        raise CocosynthError(f"{url}: went while it was looked at; run it again") from None


def _put_s3(url: Url, content: bytes, condition: dict[str, str]) -> bool:
    system, _ = address(url)
    bucket, _, key = url.key.partition("/")

    def put() -> None:
        try:
            system.call_s3("put_object", Bucket=bucket, Key=key, Body=content, **condition)
        except Exception as error:
            if status_code(error) in _FAILED:
                raise NotMetError from None
            raise

    try:
        persistently(url, "written", put)
    except FileNotFoundError:
        remote.refuse_missing_bucket(url)
        return False  # it went before it could be replaced
    except (NotMetError, FileExistsError):
        return content_of(url) == content  # an answer that was lost made us ask twice
    return True


def _settled(url: Url, content: bytes) -> bool:
    remote.write(url, content)
    if url.scheme != "memory":
        time.sleep(_MOMENT)
    return content_of(url) == content
