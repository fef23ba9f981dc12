"""``python -m cocosynth``, which the command ``cocosynth`` is, too."""

import os

from cocosynth.core import fork_server
from cocosynth.core.loading import loading
from cocosynth.core.signals import ignore, leave_at_once
from cocosynth.core.threads import ONE_THREAD


def run() -> None:
    """Run the command line in a process of its own, which nothing disturbs while it loads."""
    leave_at_once()
    os.environ.update(ONE_THREAD)
    fork_server.allow_fork()
    with loading():
        from cocosynth.cli import main
        from cocosynth.core.ending import end

    try:
        main()
    except SystemExit as done:
        ignore()
        end(done)
    finally:
        ignore()


if __name__ == "__main__":
    run()
