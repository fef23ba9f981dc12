"""Where work runs: the options that commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cocosynth.core.executors import Executor

Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes; as many as there are cores by default."),
]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="Where the work runs: processes by default, or serial, in one process, where there is "
        "one worker.",
    ),
]


def chosen_executor(name: str | None, workers: int | None) -> Executor:
    """Return the executor that the options ask for; this process is made ready to work, too."""
    from cocosynth.core.executors import make_executor
    from cocosynth.core.executors.tuning import tune

    run = make_executor(name, workers)
    tune()
    return run
