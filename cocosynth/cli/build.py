"""``build``: make a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cocosynth.cli.app import MAKE, AllowCode, app, notes, say
from cocosynth.cli.executor import ExecutorName, RayAddress, Workers, chosen_executor
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.fork_server import can_fork, fork_here, start_early
from cocosynth.core.loading import loading
from cocosynth.core.signals import Terminated
from cocosynth.core.threads import usable_cores
from cocosynth.core.urls import is_url

if TYPE_CHECKING:
    from cocosynth.config.file import Loaded
    from cocosynth.core.executors import Executor
    from cocosynth.pipeline.summary import Summary


@app.command("build", rich_help_panel=MAKE)
def build_command(
    config: Annotated[
        Path | None,
        typer.Argument(
            help="The configuration, - for standard input; cocosynth.yaml here by default."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of the dataset; made by this command.")
    ] = Path("dataset"),
    sources: Annotated[
        Path | None,
        typer.Option(help="What the paths in it start from; the folder it lies in by default."),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Build from the sample photographs that come along.")
    ] = False,
    bank: Annotated[
        Path | None,
        typer.Option(help="Take the instances from what `extract` cut out of the same sources."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**63 - 1, help="Use this seed in place of the configuration's."),
    ] = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier dataset in OUT.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted build in OUT.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Plan everything, say what would be built; write nothing."),
    ] = False,
    plan: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="With --dry-run: plan so many images, spread evenly, and estimate the rest; "
            "absent: all up to 50000, 20000 of more.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Build the first so many images of each split only."),
    ] = None,
    allow_code: AllowCode = False,
    log: Annotated[
        Path | None, typer.Option(help="Write timings and counts to this JSON file, outside OUT.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was built, and its health check, as JSON.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Build a synthetic COCO dataset.

    The same configuration and seed give the same bytes, whatever the number of workers.

    Example: cocosynth build cocosynth.yaml -o dataset
    """
    wants_workers = executor in (None, "processes") and (workers or usable_cores()) > 1
    if wants_workers and not dry_run and not can_fork():
        start_early(["cocosynth.pipeline.build"])
    with loading():
        import msgspec
        import numpy.ma  # noqa: F401 - each process that calls `np.unique` would load it

        from cocosynth.cli.progress import Stopwatch, bars
        from cocosynth.cli.summary import json_of, planned_json, show, show_planned
        from cocosynth.core import files
        from cocosynth.core.progress import silent
        from cocosynth.pipeline.build import build
    path = config_path(config, sample=sample)
    if log is not None and out.resolve() in log.resolve().parents:
        raise CocosynthError(f"{log}: timings differ from run to run; write them outside of {out}")
    if log is not None and not is_url(log) and not log.absolute().parent.is_dir():
        raise CocosynthError(f"{log}: there is no such folder to write it to")
    loaded = read_settings(path, sources, quiet=quiet, allow_code=allow_code)
    if wants_workers:  # the techniques that were chosen are loaded, too
        fork_here()
    settings = loaded.config
    if seed is not None:
        settings = msgspec.structs.replace(settings, seed=seed)
    if overwrite and resume:
        raise CocosynthError("give --overwrite or --resume, not both")
    if dry_run:
        if overwrite or resume or log is not None:
            raise CocosynthError("--dry-run writes nothing: remove --overwrite, --resume and --log")
        from cocosynth.pipeline.dry_run import dry_run as plan_build

        planned = plan_build(
            settings,
            folder=loaded.folder,
            bank=bank,
            executor=chosen_executor(executor, workers, ray_address, quiet=quiet),
            progress=silent if quiet else bars,
            note=notes(quiet=quiet),
            limit=limit,
            most=plan,
        )
        if as_json:
            print(planned_json(planned), end="")
        elif not quiet:
            show_planned(planned)
        return
    if plan is not None:
        raise CocosynthError("--plan: says how much --dry-run plans; give both")
    run = chosen_executor(executor, workers, ray_address, quiet=quiet)
    with Stopwatch() as watch, _told_how_to_resume(out):
        summary = build(
            settings,
            out,
            folder=loaded.folder,
            bank=bank,
            executor=run,
            progress=silent if quiet else bars,
            note=notes(quiet=quiet),
            limit=limit,
            start="overwrite" if overwrite else "resume" if resume else "new",
        )
    if log is not None:
        files.write_atomic(log, msgspec.json.encode(_log(summary, watch.seconds, run)) + b"\n")
    if as_json:
        print(json_of(summary, out), end="")
    elif not quiet:
        show(summary, out, watch.seconds)


@contextmanager
def _told_how_to_resume(out: Path) -> Iterator[None]:
    """After an interruption, say that nothing is lost."""
    from cocosynth.pipeline.earlier import can_resume

    try:
        yield
    except (StoppedError, KeyboardInterrupt, Terminated):
        if is_url(out) or can_resume(out):  # a store may not answer now
            say(f"cocosynth: stopped; what is done is kept in {out}: add --resume to go on")
        raise


def config_path(config: Path | None, *, sample: bool = False) -> Path:
    """Return the configuration to use: the one named, or that of the current folder."""
    from cocosynth.core import resources

    if sample:
        if config is not None:
            raise CocosynthError("give a configuration or --sample, not both")
        return resources.resource("sample_data/cocosynth.yaml")
    if config is None:
        config = Path("cocosynth.yaml")
        if not config.exists():
            raise CocosynthError(
                "no cocosynth.yaml here: name a configuration, write one by "
                "`python -m cocosynth init`, or try `python -m cocosynth build --sample`"
            )
    return config


def read_settings(
    path: Path, sources: Path | None = None, *, quiet: bool, allow_code: bool
) -> Loaded:
    """Read a configuration; say which of its keys stand elsewhere now."""
    from cocosynth.config.file import read_config

    loaded = read_config(path, folder=sources, allow_code=allow_code)
    for note in () if quiet else loaded.notes:
        say(f"note: {note}")
    return loaded


def _log(summary: Summary, seconds: float, run: Executor) -> dict[str, Any]:
    import msgspec

    images = sum(summary.images.values())
    return {
        "seconds": round(seconds, 3),
        "images_per_second": round(images / seconds, 2),
        "images": summary.images,
        "annotations": {split: counts.total() for split, counts in summary.instances.items()},
        **({"done_again": run.done_again} if hasattr(run, "done_again") else {}),
        **({"storage": msgspec.to_builtins(summary.traffic)} if summary.traffic else {}),
    }
