"""Ctrl-C and SIGTERM on the command line: the first stops the work in order, a further one at once.

Exit codes are those of shells: 128 and the number of the signal.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_come: list[int] = []


class Terminated(BaseException):
    """SIGTERM has come."""


def leave_at_once() -> None:
    """End this process at the next signal, without a word: nothing is there to be put in order."""
    _install(_leave)


def ignore() -> None:
    """Let nothing disturb the end of this process: its exit code is known."""
    _install(signal.SIG_IGN)


@contextmanager
def stopping_in_order() -> Iterator[None]:
    """Raise KeyboardInterrupt or `Terminated` at the first signal, and leave at a second."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _come.clear()
    _install(_stop)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, handler)


def exit_code() -> int | None:
    """Return the exit code after a signal; None where none has come."""
    return 128 + _come[0] if _come else None


def _install(handler: object) -> None:
    """Let signals be handled, but for those that this process was told to ignore, as by `nohup`."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)  # type: ignore[arg-type]


def _leave(number: int, frame: object) -> None:
    os._exit(128 + number)


def _stop(number: int, frame: FrameType | None) -> None:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _leave(number, frame)  # what is raised while a module is loaded may be lost in it
        frame = frame.f_back
    _come.append(number)
    leave_at_once()
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated
