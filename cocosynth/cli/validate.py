"""``validate``: check COCO files of any tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cocosynth.cli.app import app, folder_for_each, say
from cocosynth.cli.executor import ExecutorName, Workers, chosen_executor
from cocosynth.core.errors import CocosynthError

if TYPE_CHECKING:
    from cocosynth.check.validate import Report


@app.command("validate")
def validate_command(
    annotations: Annotated[
        list[Path],
        typer.Argument(
            help="COCO annotation files, or the folder of a dataset for all of its; several are "
            "compared with each other, too."
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
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="Write the report to this JSON file, too.")
    ] = None,
    fixed: Annotated[
        Path | None,
        typer.Option("--fix", help="Write a copy here with what has one right answer fixed."),
    ] = None,
) -> None:
    """Check COCO files, of any tool; exit code 1 if one is not valid."""
    from cocosynth.check.validate import fix, json_report, text_report, validate, validate_split
    from cocosynth.cli.progress import bars
    from cocosynth.coco.layout import annotation_files
    from cocosynth.core import files

    found = annotation_files(annotations)
    annotations = [path for path, _ in found]
    if fixed is not None and len(annotations) > 1:
        raise CocosynthError("--fix takes one annotation file")
    folders = [folder for _, folder in found]
    if images:
        folders = folder_for_each(annotations, images, "--images")
    run = chosen_executor(executor, workers)
    reports = [
        validate(path, images=folder, level=level, executor=run, progress=bars)
        for path, folder in zip(annotations, folders, strict=True)
    ]
    if len(annotations) > 1:
        given = [folder for folder in folders if folder is not None]
        reports.append(validate_split(annotations, images=given or None))
    texts = [json_report(report) for report in reports]
    if report_file is not None:
        files.make_folder(report_file.parent)
        files.write_atomic(report_file, _summary(reports, texts).encode())
    if as_json:
        print(texts[0] if len(texts) == 1 else f"[{','.join(texts)}]")
    else:
        print("\n\n".join(map(text_report, reports)))
    if fixed is not None:
        for change in fix(annotations[0], fixed, images=folders[0]):
            say(f"fixed {change.where}: {change.rule}: {change.message}")
    if any(report.errors or (strict and report.warnings) for report in reports):
        raise typer.Exit(1)


def _summary(reports: list[Report], texts: list[str]) -> str:
    """Return one JSON object, whatever the number of reports; its numbers are metrics to DVC."""
    errors, warnings = (sum(getattr(r, kind) for r in reports) for kind in ("errors", "warnings"))
    reported = ",\n".join(texts)
    return f'{{"errors": {errors}, "warnings": {warnings}, "reports": [\n{reported}\n]}}\n'
