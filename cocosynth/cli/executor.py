"""Where work runs: the options that commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cocosynth.cli.app import notes

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
        help="Where the work runs: processes by default; serial, in one process, where there is "
        "one worker; or ray, on a cluster.",
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        metavar="auto|HOST:PORT",
        help="With --executor ray: the cluster; without it and RAY_ADDRESS one is started here.",
    ),
]


def chosen_executor(
    name: str | None, workers: int | None, address: str | None = None, *, quiet: bool = False
) -> Executor:
    """Return the executor that the options ask for; this process is made ready to work, too."""
    from cocosynth.core.executors import make_executor
    from cocosynth.core.executors.tuning import tune

    run = make_executor(name, workers, address=address, note=notes(quiet=quiet))
    tune()
    return run
