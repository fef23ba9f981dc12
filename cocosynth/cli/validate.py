"""``validate``: check COCO files of any tool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cocosynth.cli.app import CHECK, app, folder_for_each, refuse_existing
from cocosynth.cli.executor import ExecutorName, RayAddress, Workers, chosen_executor
from cocosynth.core.errors import CocosynthError

if TYPE_CHECKING:
    from cocosynth.check.fix import Change
    from cocosynth.check.pictures.near import NearImages
    from cocosynth.check.validate import Report
    from cocosynth.core.executors import Executor


@app.command("validate", rich_help_panel=CHECK)
def validate_command(
    annotations: Annotated[
        list[Path],
        typer.Argument(
            help="COCO annotation files, or the folder of a dataset for all of its; several are "
            "checked against each other, too."
        ),
    ],
    images: Annotated[
        list[Path] | None,
        typer.Option(help="The folder of the images: one for all files, or one for each in turn."),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(help="schema, references or pixels; the deepest that applies by default."),
    ] = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    near: Annotated[
        bool,
        typer.Option(
            "--near",
            help="List images that look alike, also where they were encoded again, resized or "
            "cropped: between files, or in the only one.",
        ),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="Write the report to this JSON file, too.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--fix", help="Write a copy here in which all that has one answer is fixed."),
    ] = None,
    rescale: Annotated[
        bool,
        typer.Option(
            "--rescale", help="With --fix: scale the annotations of images that were resized."
        ),
    ] = False,
) -> None:
    """Check COCO files, of any tool; exit code 1 if one is not valid.

    Example: cocosynth validate real.json --images photos
    """
    from cocosynth.coco.layout import annotation_files
    from cocosynth.core import files

    found = annotation_files(annotations)
    paths, folders = [path for path, _ in found], [folder for _, folder in found]
    if images:
        folders = folder_for_each(paths, images, "--images")
    if report_file is not None:
        refuse_existing([report_file], paths, overwrite=True)
    if near and None in folders:
        raise CocosynthError("--near: looks at image files; give their folder as --images")
    run = chosen_executor(executor, workers, ray_address)
    alike = _near(paths, folders, run) if near else None
    changes: list[Change] | None = None
    if out is not None:
        changes = _fixed(paths, folders, out, rescale=rescale, executor=run)
        paths = [out]
    elif rescale:
        raise CocosynthError("--rescale: works with --fix; give the file to write")
    reports = _reports(paths, folders, level, run)
    summary = _summary(reports, changes, alike)
    if report_file is not None:
        files.make_folder(report_file.parent)
        files.write_atomic(report_file, summary.encode())
    print(summary.rstrip() if as_json else _text(reports, changes, alike))
    if any(report.errors or (strict and report.warnings) for report in reports):
        raise typer.Exit(1)


def _fixed(
    paths: list[Path],
    folders: list[Path | None],
    out: Path,
    *,
    rescale: bool,
    executor: Executor,
) -> list[Change]:
    from cocosynth.check.fix import fix
    from cocosynth.cli.progress import bars

    if len(paths) > 1:
        raise CocosynthError("--fix takes one annotation file")
    return fix(paths[0], out, images=folders[0], rescale=rescale, executor=executor, progress=bars)


def _reports(
    paths: list[Path], folders: list[Path | None], level: str | None, executor: Executor
) -> list[Report]:
    from cocosynth.check.validate import validate, validate_split
    from cocosynth.cli.progress import bars

    reports = [
        validate(path, images=folder, level=level, executor=executor, progress=bars)
        for path, folder in zip(paths, folders, strict=True)
    ]
    if len(paths) > 1:
        reports.append(validate_split(paths, images=folders))
    return reports


def _near(paths: list[Path], folders: list[Path | None], executor: Executor) -> NearImages:
    from cocosynth.check.validate import find_near
    from cocosynth.cli.progress import bars

    return find_near(paths, images=folders, executor=executor, progress=bars)


def _text(reports: list[Report], changes: list[Change] | None, near: NearImages | None) -> str:
    from cocosynth.check.fix import text_of_changes
    from cocosynth.check.pictures.near import near_text
    from cocosynth.check.validate import fixed_report, text_report

    alike = [] if near is None else [near_text(near)]
    if changes is None:
        return "\n\n".join([*map(text_report, reports), *alike])
    fixed = f"{text_of_changes(changes)}{fixed_report(reports[0], len(changes))}"
    return "\n\n".join([fixed, *alike])


def _summary(reports: list[Report], changes: list[Change] | None, near: NearImages | None) -> str:
    """Return one JSON object, whatever the number of reports; its numbers are metrics to DVC."""
    from cocosynth.check.fix import json_of_changes
    from cocosynth.check.pictures.near import near_record
    from cocosynth.check.validate import json_report

    errors, warnings = (sum(getattr(r, kind) for r in reports) for kind in ("errors", "warnings"))
    reported = ",\n".join(map(json_report, reports))
    fixed = "" if changes is None else f', "changes": {json_of_changes(changes)}'
    alike = "" if near is None else f', "near": {json.dumps(near_record(near), indent=2)}'
    numbers = f'"errors": {errors}, "warnings": {warnings}'
    return f'{{{numbers}, "reports": [\n{reported}\n]{fixed}{alike}}}\n'
