"""What a worker sends back: the answer of a task as bytes, or its error with the traceback."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from typing import Any


def answer(make: Callable[[], Any]) -> bytes:
    """Return what a call gives or raises, as bytes that another process can read."""
    try:
        return pickled((None, make()))
    except BaseException as error:
        text = traceback.format_exc()
        try:
            content = pickled((error, text))
            ForkingPickler.loads(content)
        except Exception:  # an error may be of any class, and hold anything
            content = pickled((RuntimeError(f"{type(error).__name__}: {error}"), text))
        return content


def pickled(value: Any) -> bytes:
    return bytes(ForkingPickler.dumps(value))


def opened(content: bytes, item: Any) -> Any:
    """Return the answer of a worker, or raise its error, which names the item it was at."""
    error, found = ForkingPickler.loads(content)
    if error is None:
        return found
    error.__cause__ = TracebackOfWorker(short(item), found)
    raise error


def short(item: Any) -> str:
    """Name an item in a message."""
    text = str(item)
    return text if len(text) <= 200 else f"{text[:200]}..."


class TracebackOfWorker(Exception):  # noqa: N818 - shown as the cause of an error, never raised
    def __str__(self) -> str:
        item, text = self.args
        return f"in a worker, at {item}:\n{text}"
