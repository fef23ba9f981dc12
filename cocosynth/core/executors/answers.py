"""What a worker sends back: the answer of a task as bytes, or its error with the traceback."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import traceback
from collections.abc import Callable, Sequence
from io import BytesIO
from multiprocessing.reduction import ForkingPickler
from typing import Any


def answer(make: Callable[[], Any]) -> bytes:
    """Return what a call gives or raises, as bytes that another process can read."""
    try:
        return pickled((None, make()))
    except BaseException as error:
        return pickled((error_of(error), traceback.format_exc()))


def error_of(error: BaseException) -> BaseException:
    """Return an error that can be sent; it may be of any class, and hold anything."""
    try:
        unpickled(pickled(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def pickled(value: Any) -> bytes:
    return bytes(ForkingPickler.dumps(value))


def unpickled(content: bytes) -> Any:
    return ForkingPickler.loads(content)


def packed(value: Any) -> tuple[bytes, list[bytes]]:
    """Pickle a value, its arrays apart: who shares these among processes need not copy them."""
    stream, buffers = BytesIO(), []
    ForkingPickler(stream, 5, True, lambda buffer: buffers.append(bytes(buffer.raw()))).dump(value)
    return stream.getvalue(), buffers


def unpacked(content: bytes, buffers: Sequence[Any]) -> Any:
    """Return what was packed; its arrays are those given, and can be read only if these can."""
    return ForkingPickler.loads(content, buffers=buffers)


def opened(content: bytes, item: Any) -> Any:
    """Return the answer of a worker, or raise its error, which names the item it was at."""
    error, found = unpickled(content)
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


def die_with_parent() -> None:
    """A parent that was killed says nothing: without this its workers would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
