"""``stats``: what is in COCO files of any tool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cocosynth.cli.app import CHECK, app, refuse_existing
from cocosynth.core.errors import one_line

if TYPE_CHECKING:
    from rich.table import Table

    from cocosynth.check.stats import Statistics

SHOWN = 40
"""Categories in the table for people, the largest first; programs get all of them."""


@app.command("stats", rich_help_panel=CHECK)
def stats_command(
    annotations: Annotated[
        list[Path],
        typer.Argument(help="COCO annotation files, or the folder of a dataset for all of its."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
    metrics: Annotated[
        Path | None, typer.Option(help="Write the numbers to this JSON file, as DVC reads metrics.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Write the distributions into this folder, for DVC plots.")
    ] = None,
) -> None:
    """Count images and objects; measure sizes, crowding and occlusion.

    Example: cocosynth stats dataset real.json
    """
    from cocosynth.check.stats import measure, metrics_of, named, plots_of, read_columns, records_of
    from cocosynth.cli.progress import bars
    from cocosynth.coco.layout import annotation_files
    from cocosynth.core import files

    found = named([path for path, _ in annotation_files(annotations)])
    if metrics is not None:
        refuse_existing([metrics], list(found.values()), overwrite=True)
    statistics = {name: measure(read_columns(path, progress=bars)) for name, path in found.items()}
    if metrics is not None:
        files.make_folder(metrics.parent)
        files.write_atomic(metrics, _json(metrics_of(statistics)).encode())
    if plots is not None:
        for name, figures in statistics.items():
            folder = files.make_folder_in(plots, name)
            for plot, rows in plots_of(figures):
                files.write_atomic(folder / f"{plot}.json", _json(rows).encode())
    if as_json:
        print(_json(records_of(statistics)), end="")
    else:
        _show(statistics)


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _show(statistics: Mapping[str, Statistics]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 10_000  # nothing is cut off in a file
    console.print(_overview(statistics))
    console.print()
    console.print(_categories(statistics))
    for name, figures in statistics.items():
        unknown = figures.instances - figures.area.known
        if unknown:
            note = one_line(f"note: {name}: {unknown} instances have no area")
            console.print(note, markup=False)


def _table(first: str, *others: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(first, box=None, header_style="bold", padding=(0, 2, 0, 0))
    for other in others:
        table.add_column(Text(one_line(other)), justify="right")
    return table


def _overview(statistics: Mapping[str, Statistics]) -> Table:
    table = _table("", *statistics)
    longest = max(len(f.objects_per_image.distribution) for f in statistics.values())
    columns = [_figures(figures, longest) for figures in statistics.values()]
    for label in dict.fromkeys(label for column in columns for label in column):
        table.add_row(label, *(column.get(label, "-") for column in columns))
    return table


def _figures(figures: Statistics, longest: int) -> dict[str, str]:
    """Return the figures of one file as people read them, by label."""
    objects, area, occlusion = figures.objects_per_image, figures.area, figures.occlusion
    said = {
        "images": f"{figures.images}",
        "  without annotations": _part(figures.images_without_annotations, figures.images),
        "annotations": f"{figures.annotations}",
        "  instances": f"{figures.instances}",
        "  crowds": f"{figures.crowds}",
        "objects per image, mean": "-" if objects.mean is None else f"{objects.mean:.2f}",
        "  fewest / median / most": _span(objects.min, objects.median, objects.max),
    }
    for label, count in _classes(objects.distribution, longest):
        said[f"  with {label}"] = _part(count, figures.images)
    said["area, median"] = "-" if area.median is None else f"{area.median:.0f} px"
    said["  small (< 32 x 32)"] = _part(area.small, area.known)
    said["  medium (< 96 x 96)"] = _part(area.medium, area.known)
    said["  large"] = _part(area.large, area.known)
    visible = occlusion.mean_visibility
    said["partly hidden"] = _part(occlusion.hidden, occlusion.known) if occlusion.known else "-"
    said["  visible, mean"] = "-" if visible is None else f"{visible:.0%}"
    said["categories"] = f"{figures.categories}"
    said["  without instances"] = f"{figures.categories_without_instances}"
    return said


def _span(low: int | None, median: float | None, high: int | None) -> str:
    return "-" if low is None else f"{low} / {median:g} / {high}"


def _classes(distribution: list[int], longest: int) -> list[tuple[str, int]]:
    """Sum up a distribution over 0, 1, 2 to 3, 4 to 7 and so on."""
    classes, low = [("0", sum(distribution[:1]))], 1
    while low < longest:
        high = 2 * low
        label = "1" if low == 1 else f"{low} to {high - 1}"
        classes.append((label, sum(distribution[low:high])))
        low = high
    return classes


def _part(count: int, whole: int) -> str:
    return f"{count} ({count / whole:4.0%})" if whole else f"{count}"


def _categories(statistics: Mapping[str, Statistics]) -> Table:
    from rich.text import Text

    counts: dict[str, list[int]] = {}
    for column, figures in enumerate(statistics.values()):
        for category in figures.by_category:
            row = counts.setdefault(category.name, [0] * len(statistics))
            row[column] += category.instances
    names = sorted(counts, key=lambda name: (-sum(counts[name]), name))
    alone = next(iter(statistics.values())) if len(statistics) == 1 else None
    more = ("images", "small", "medium", "large", "median area") if alone else ()
    table = _table("instances of", *statistics, *more)
    details = {category.name: category for category in alone.by_category} if alone else {}
    for name in names[:SHOWN]:
        cells = [str(count) for count in counts[name]]
        if name in details:
            area = details[name].area
            cells += [str(n) for n in (details[name].images, area.small, area.medium, area.large)]
            cells.append("-" if area.median is None else f"{area.median:.0f}")
        table.add_row(Text(one_line(name)), *cells)
    if len(names) > SHOWN:
        table.add_row(f"and {len(names) - SHOWN} more: --json")
    return table
