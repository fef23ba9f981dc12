"""The command line: arguments, progress, messages and exit codes; the only module that prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cocosynth import __version__
from cocosynth.errors import CocosynthError

if TYPE_CHECKING:
    from cocosynth.build import Summary
    from cocosynth.executor import Executor

app = typer.Typer(
    name="cocosynth",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make synthetic COCO datasets by image composition.",
)


def main() -> None:
    """Run the command line; a mistake of the user's ends in one line and exit code 2."""
    try:
        app(prog_name="python -m cocosynth")
    except CocosynthError as error:
        _say(f"cocosynth: error: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        _say("cocosynth: stopped")
        sys.exit(130)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _show_version(value: bool) -> None:
    if value:
        print(f"cocosynth {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Make synthetic COCO datasets by image composition."""


@app.command("build")
def build_command(
    config: Annotated[
        Path | None, typer.Argument(help="The configuration; cocosynth.yaml here by default.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of the dataset; made by this command.")
    ] = Path("dataset"),
    sample: Annotated[
        bool, typer.Option("--sample", help="Build from the sample photographs that come along.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Use this seed in place of the configuration's.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; as many as there are cores by default."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier dataset in OUT.")
    ] = False,
    log: Annotated[
        Path | None, typer.Option(help="Write timings and counts to this JSON file, outside OUT.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Build a synthetic COCO dataset.

    The same configuration and seed give the same bytes, whatever the number of workers.
    """
    import msgspec

    from cocosynth import files
    from cocosynth.build import build, silent
    from cocosynth.config import load_config
    from cocosynth.progress import Stopwatch, bars

    path = _config_path(config, sample=sample)
    if log is not None and out.resolve() in log.resolve().parents:
        raise CocosynthError(f"{log}: timings differ from run to run; write them outside of {out}")
    settings = load_config(path)
    if seed is not None:
        settings = msgspec.structs.replace(settings, seed=seed)
    with Stopwatch() as watch:
        summary = build(
            settings,
            path.parent,
            out,
            executor=_executor(workers),
            progress=silent if quiet else bars,
            overwrite=overwrite,
        )
    if log is not None:
        files.write_atomic(log, msgspec.json.encode(_log(summary, watch.seconds)) + b"\n")
    if not quiet:
        _tell(summary, out, watch.seconds)


def _config_path(config: Path | None, *, sample: bool) -> Path:
    from cocosynth import files

    if sample:
        if config is not None:
            raise CocosynthError("give a configuration or --sample, not both")
        return files.resource("sample_data/cocosynth.yaml")
    if config is None:
        config = Path("cocosynth.yaml")
        if not config.exists():
            raise CocosynthError(
                "no cocosynth.yaml here: name a configuration, or try "
                "`python -m cocosynth build --sample`"
            )
    return config


def _executor(workers: int | None) -> Executor:
    from cocosynth.executor import Processes, Serial

    count = workers or _cores()
    return Serial() if count == 1 else Processes(count)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _log(summary: Summary, seconds: float) -> dict[str, Any]:
    images = sum(summary.images.values())
    return {
        "seconds": round(seconds, 3),
        "images_per_second": round(images / seconds, 2),
        "images": summary.images,
        "annotations": {split: counts.total() for split, counts in summary.instances.items()},
    }


def _tell(summary: Summary, out: Path, seconds: float) -> None:
    """Say what was built, what was left out, and what to look at."""
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    categories = sorted({name for counts in summary.instances.values() for name in counts})
    table = Table("category", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for split, count in summary.images.items():
        table.add_column(f"{split} ({count} images)", justify="right")
    for name in categories:
        table.add_row(name, *(str(counts[name]) for counts in summary.instances.values()))
    totals = (str(counts.total()) for counts in summary.instances.values())
    table.add_row("annotations", *totals, style="bold")
    console.print(table)
    for (source, reason), count in sorted(summary.skipped.items()):
        console.print(f"left out, {source}: {count} x {reason}", markup=False)
    for split, names in summary.missing.items():
        if names:
            console.print(
                f"note: {split} has no photograph to paste {', '.join(names)} from", markup=False
            )
    images = sum(summary.images.values())
    console.print(f"{images} images in {seconds:.1f} s, checked against the schema: valid")
    print(f"built {out}: look at {out / 'preview.png'}")


@app.command("validate")
def validate_command(
    annotations: Annotated[
        list[Path],
        typer.Argument(help="COCO annotation files; several are held against each other, too."),
    ],
    images: Annotated[
        list[Path] | None,
        typer.Option(help="The folder of the images: one for all files, or one for each in turn."),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(help="schema, references or pixels; the deepest that applies by default."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    mended: Annotated[
        Path | None,
        typer.Option("--fix", help="Write a copy here with what has one right answer mended."),
    ] = None,
) -> None:
    """Check COCO files, of any tool; exit code 1 if one is not valid."""
    from cocosynth.validate import fix, json_report, text_report, validate, validate_split

    if mended is not None and len(annotations) > 1:
        raise CocosynthError("--fix takes one annotation file")
    folders: list[Path | None] = [*images] if images else [None]
    if len(folders) == 1:
        folders *= len(annotations)
    if len(folders) != len(annotations):
        raise CocosynthError("give --images once, or once for each annotation file")
    reports = [
        validate(path, images=folder, level=level, workers=_cores())
        for path, folder in zip(annotations, folders, strict=True)
    ]
    if len(annotations) > 1:
        reports.append(validate_split(annotations, images=images))
    if as_json:
        texts = [json_report(report) for report in reports]
        print(texts[0] if len(texts) == 1 else f"[{','.join(texts)}]")
    else:
        print("\n\n".join(map(text_report, reports)))
    if mended is not None:
        for change in fix(annotations[0], mended, images=folders[0]):
            _say(f"mended {change.where}: {change.rule}: {change.message}")
    if any(report.errors or (strict and report.warnings) for report in reports):
        raise typer.Exit(1)
