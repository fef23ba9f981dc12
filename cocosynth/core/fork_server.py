"""The process that workers are forked from: how it starts, and what it has loaded by then."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker, util
from pathlib import Path
from typing import Any

from cocosynth.core.threads import ONE_THREAD

_allowed: list[bool] = []


def start_early(modules: Sequence[str]) -> None:
    """Let it load modules while this process loads its own: else the first worker waits for that.

    Where it cannot be started, nothing happens yet: the first worker says why.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    from multiprocessing import forkserver

    multiprocessing.get_context("forkserver").set_forkserver_preload(list(modules))
    with suppress(OSError, EOFError), undisturbed():
        forkserver.ensure_running()


def allow_fork() -> None:
    """Say that this process is that of a command: there is nobody else in it."""
    _allowed.append(True)


def can_fork() -> bool:
    """Say whether the server can be a fork of this process: on Linux, and with one thread only.

    A fork has no other thread than the one that made it, but all that others hold: a lock that is
    taken then is never given back. So no other may be there, Python's or a library's. On macOS
    libraries of the system may not be used in a fork. And where people build from Python, the
    process is theirs: CUDA, for one, cannot be used in a fork of it.
    """
    if not _allowed or sys.platform != "linux" or threading.active_count() > 1:
        return False
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def fork_here() -> None:
    """Make the server a fork of this process, with all that is loaded: nothing is loaded twice.

    It must have loaded what workers need, and done nothing yet. Workers are forked from the server,
    which does nothing else, however many threads this process has by then. Where `can_fork` says
    no, the server starts with the first worker.
    """
    if not can_fork():
        return
    from multiprocessing import forkserver

    sys.stdout.flush()  # else workers would write it again
    sys.stderr.flush()
    gc.freeze()  # pages that nobody writes to are shared
    with suppress(OSError, EOFError), undisturbed(), _started_by(_fork):
        forkserver.ensure_running()


@contextmanager
def _started_by(start: Callable[[bytes, Sequence[Any], Sequence[int]], int]) -> Iterator[None]:
    usual = util.spawnv_passfds
    util.spawnv_passfds = start  # type: ignore[assignment]
    try:
        yield
    finally:
        util.spawnv_passfds = usual


def _fork(path: bytes, words: Sequence[Any], files: Sequence[int]) -> int:
    """Do what a new Python would do that is called with these words: the last one is its program.

    It ends when this process does: the other ends of the pipes it is given are here alone.
    """
    if number := os.fork():
        return number
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.excepthook = _unless_left
        pipes = {os.fstat(file).st_ino for file in files}
        for file in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - numbers
            with suppress(OSError):  # that of the listing
                if file not in files and os.fstat(file).st_ino in pipes:
                    os.close(file)
        exec(words[-1], {})
    finally:
        os._exit(0)


def _unless_left(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Say what went wrong in a worker, but not that whoever began to start it has given it up.

    Ctrl-C can do that: of what was to be sent to the worker, a part or nothing has come then.
    """
    if not issubclass(kind, (EOFError, ConnectionError)) and kind.__name__ != "UnpicklingError":
        sys.__excepthook__(kind, error, trace)


def end_at_once() -> None:
    """End it, now that it has no workers: it would take as long as this process to end by itself.

    It has the standard output of this process, and who reads that waits for all who have it.
    """
    started = sys.modules.get("multiprocessing.forkserver")
    number = started and started._forkserver._forkserver_pid
    if number:
        with suppress(OSError):
            os.kill(number, signal.SIGKILL)


def context() -> Any:
    """Prefer the fork server: it starts workers fast and copies no threads or locks of ours.

    Workers begin with what this process has loaded of the package.
    """
    methods = multiprocessing.get_all_start_methods()
    found = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if hasattr(found, "set_forkserver_preload"):
        ours = [name for name in sys.modules if name.startswith(f"{__package__.split('.')[0]}.")]
        found.set_forkserver_preload(ours)
    return found


@contextmanager
def undisturbed() -> Iterator[None]:
    """Start processes and threads that leave Ctrl-C to the main thread, from their first moment.

    What is blocked here is blocked in them. The helper of the fork server may have been killed, for
    which Python has a warning; another one is started.
    """
    mask = getattr(signal, "pthread_sigmask", None)
    blocked: set[signal.Signals] | None = None
    environment = {key: os.environ.get(key) for key in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "resource_tracker: process died", UserWarning)
            if mask:
                resource_tracker.ensure_running()  # it would unblock signals when it starts
                blocked = mask(signal.SIG_BLOCK, {signal.SIGINT})
            yield
    finally:
        for key, value in environment.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
        if mask and blocked is not None:
            mask(signal.SIG_SETMASK, blocked)
