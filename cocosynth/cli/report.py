"""``report``: one page that shows a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cocosynth.cli.app import CHECK, app, notes, refuse_existing
from cocosynth.cli.executor import ExecutorName, RayAddress, Workers, chosen_executor
from cocosynth.core.errors import CocosynthError

if TYPE_CHECKING:
    from cocosynth.check.report import Findings, Photographs, Split
    from cocosynth.core.progress import Progress

Pair = tuple[Path, Path | None]

MOST, EMBEDDED = 5000, 100
"""Images that a page shows if nobody says how many: with a folder beside it, and without."""


@app.command("report", rich_help_panel=CHECK)
def report_command(
    dataset: Annotated[
        list[Path],
        typer.Argument(help="The folder of a dataset, or COCO annotation files of any tool."),
    ],
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="The folder of the images of each annotation file that is named, in turn, --real "
            "last; by default the one that lies beside it."
        ),
    ] = None,
    real: Annotated[
        Path | None,
        typer.Option(help="A real dataset to compare with: its annotation file, or its folder."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write.")] = Path(
        "report.html"
    ),
    most: Annotated[
        int | None,
        typer.Option(
            "--most", min=0, help="Images to show, chosen evenly: 5000, or 100 if self-contained."
        ),
    ] = None,
    self_contained: Annotated[
        bool, typer.Option("--self-contained", help="Put all pictures into the one file.")
    ] = False,
    sources: Annotated[
        Path | None,
        typer.Option(help="The folder of the configuration that a dataset of ours was built from."),
    ] = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier page.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Show a dataset as one page that opens from disk: figures, warnings, images.

    Example: cocosynth report dataset --real real/instances_val.json -o report.html
    """
    from cocosynth.check.report import write_report
    from cocosynth.cli.progress import bars
    from cocosynth.coco.part_names import joined
    from cocosynth.core.progress import silent

    progress = silent if quiet else bars
    dataset = joined(dataset)
    mine, theirs = _files(dataset, real, images or [])
    refuse_existing([out], [path for path, _ in (*mine, *theirs)], overwrite=overwrite)
    if out.suffix.lower() not in (".html", ".htm"):
        raise CocosynthError(f"{out}: name a file that ends in .html")
    findings, photographs = _known(dataset, sources, mine, quiet=quiet)
    shown = write_report(
        _opened(mine, progress),
        out,
        real=_opened(theirs, progress),
        findings=findings,
        photographs=photographs,
        title=", ".join(path.resolve().name for path in dataset),
        most=most if most is not None else EMBEDDED if self_contained else MOST,
        self_contained=self_contained,
        executor=chosen_executor(executor, workers, ray_address, quiet=quiet),
        progress=progress,
    )
    if not quiet:
        print(f"wrote {out}: {shown} images; open it in a browser")


def _files(
    dataset: list[Path], real: Path | None, images: list[Path]
) -> tuple[list[Pair], list[Pair]]:
    """Find annotation files and image folders; folders that are given go to those that need one."""
    from cocosynth.coco.layout import annotation_files, images_beside

    given = list(images)
    found: list[list[Pair]] = [[], []]
    for position, path in [*((0, path) for path in dataset), *([(1, real)] if real else [])]:
        for file, folder in annotation_files([path]):
            if not path.is_dir() and given:
                folder = given.pop(0)
                if not folder.is_dir():
                    raise CocosynthError(
                        f"{folder}: no such folder; give the one that file names start from"
                    )
            found[position].append((file, folder or images_beside(file)))
    if given:
        raise CocosynthError(
            f"--images {given[0]}: no annotation file is left that it could be for; give one for "
            "each file that is named, and none for the folder of a dataset"
        )
    return found[0], found[1]


def _opened(pairs: list[Pair], progress: Progress) -> list[Split]:
    from cocosynth.check.report import open_split
    from cocosynth.check.stats import named

    folders = dict(pairs)
    names = named([path for path, _ in pairs]) if pairs else {}
    return [
        open_split(name, path, folders[path], progress=progress) for name, path in names.items()
    ]


def _known(
    dataset: list[Path], sources: Path | None, pairs: list[Pair], *, quiet: bool
) -> tuple[Findings, Photographs]:
    """Return what the validator says, and, of a dataset of ours, its manifest and configuration."""
    from cocosynth.check.report import Findings, Photographs
    from cocosynth.check.stats import named
    from cocosynth.check.validate import validate
    from cocosynth.coco.layout import Layout
    from cocosynth.export.manifest import read_manifest
    from cocosynth.pipeline.of_dataset import photographs_of_dataset

    reports = {name: validate(path) for name, path in named([p for p, _ in pairs]).items()}
    layout = Layout(dataset[0])
    if len(dataset) > 1 or not layout.manifest.is_file():
        if sources is not None:
            raise CocosynthError("--sources: only a dataset that `build` has made has a manifest")
        return Findings(reports), Photographs()
    manifest = read_manifest(layout.manifest)
    findings = Findings(reports, manifest.health or None, manifest.skipped)
    folders, blend, problem = photographs_of_dataset(layout, sources)
    if problem:
        notes(quiet=quiet)(problem)
    hashes = {(p.dataset, p.file_name): p.sha256 for p in manifest.photographs}
    return findings, Photographs(folders, hashes, blend)
