"""The process that workers are forked from: how it starts, and what it has loaded by then."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any

from cocosynth.core.threads import ONE_THREAD


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
