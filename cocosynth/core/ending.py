"""The end of a command: at once, as whoever started it waits."""

from __future__ import annotations

import atexit
import os
import sys
import threading

from cocosynth.core import fork_server


def end(done: SystemExit) -> None:
    """End this process with an exit code, after all that was registered for its end.

    Python would take down, one by one, all modules and objects that were loaded, here and in the
    fork server, for some tenths of a second: what they hold goes with the process. What is left to
    Python is an end that it has something to say about, and one with threads to wait for.
    """
    code = 0 if done.code is None else done.code
    if not isinstance(code, int) or _others():
        raise done
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            raise done from None
    fork_server.end_at_once()
    os._exit(code & 0xFF)


def _others() -> bool:
    """Say whether threads are at work that Python waits for."""
    main = threading.main_thread()
    return any(not thread.daemon and thread is not main for thread in threading.enumerate())
