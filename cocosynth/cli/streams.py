"""Standard output and standard error: whatever they lead to, what is said arrives or is refused."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from cocosynth.core.errors import CocosynthError

READER_GONE = 141
"""The exit code of a program that SIGPIPE stops."""


class ReaderGone(BaseException):
    """Nobody reads standard output any more, as after ``| head``."""


@contextmanager
def guarded() -> Iterator[None]:
    """Let both streams take every text, and fail in one way only.

    A character that the encoding of a stream does not have is written as an escape. Where standard
    output cannot be written, a `CocosynthError` or a `ReaderGone` is raised once, and the rest is
    dropped; what cannot be written to standard error is lost, as there is nowhere to say so.
    """
    _fill_closed()
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _guarded(sys.stdout, _Out), _guarded(sys.stderr, _Lost)
    try:
        yield
    finally:
        with suppress(ReaderGone, CocosynthError):
            sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = kept


@contextmanager
def flushed() -> Iterator[None]:
    """Write out what is said in the block, however it ends."""
    try:
        yield
    finally:
        sys.stdout.flush()


def _fill_closed() -> None:
    """Open what the caller closed: else the next file that is opened would be the output."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _guarded(stream: TextIO, kind: type[_Out]) -> TextIO:
    """Return a stream to the same place that raises what the kind says, and no other error."""
    if not isinstance(stream, io.TextIOWrapper):  # another's, such as a notebook's
        return stream
    if stream.isatty() and os.name == "nt":  # the console of Windows takes no bytes
        return stream
    try:
        raw = kind(stream.fileno())
    except (OSError, ValueError):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Out(io.FileIO):
    """A file that is already open; after a failure it takes the rest and drops it."""

    failed = False

    def __init__(self, number: int) -> None:
        super().__init__(number, "wb", closefd=False)

    def write(self, data: Any, /) -> int:
        if self.failed:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            self.failed = True
            self.refuse(error)
            return len(data)

    def refuse(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            raise ReaderGone from None
        raise CocosynthError(f"standard output cannot be written: {error.strerror}") from None


class _Lost(_Out):
    def refuse(self, error: OSError) -> None:
        pass
