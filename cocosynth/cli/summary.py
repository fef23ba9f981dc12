"""The end of a build: what was made, what was skipped, and the health check."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cocosynth.core.errors import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from cocosynth.core.skipped import Skipped
    from cocosynth.export.health import Health
    from cocosynth.pipeline.dry_run import Planned
    from cocosynth.pipeline.summary import Summary

SHOWN = 100
"""Categories of the table on the terminal; `--json` and the manifest have all."""


def show(summary: Summary, out: Path, seconds: float) -> None:
    """Say what was built and skipped; then the tables, the warnings, and what to look at."""
    from cocosynth.coco.layout import Layout

    console = _console()
    _show_skipped(console, summary)
    for split, count in summary.images.items():
        annotations = summary.instances[split].total()
        distractors = summary.distractors.get(split, Counter()).total()
        more = f", {distractors} distractors" if distractors else ""
        console.print(f"{split}: {count} images, {annotations} annotations{more}")
    images = sum(summary.images.values())
    console.print(f"{images} images in {seconds:.1f} s, checked against the schema: valid")
    if summary.traffic:
        console.print(f"storage: {summary.traffic}")
    layout = Layout(out)
    seen = layout.report if layout.report.is_file() else layout.preview
    _show_health(console, summary.health)
    print(f"built {out}: look at {seen}", flush=True)


def show_planned(planned: Planned) -> None:
    """Say what a build would make, and what it would take."""
    console, summary = _console(), planned.summary
    _show_skipped(console, summary)
    for split, count in summary.images.items():
        annotations = summary.instances[split].total()
        seen = planned.planned.get(split, 0)
        how = "planned only" if seen == count else f"estimated from {seen} that were planned"
        about = "" if seen == count else "about "
        console.print(f"{split}: {count} images, {about}{annotations} annotations, {how}")
    images = sum(summary.images.values())
    duration, size = _duration(planned.seconds), _size(planned.bytes)
    console.print(f"{images} images would take about {duration} and {size}; nothing was written")
    if not planned.is_whole:
        console.print(
            f"not all images were planned: the table, the warnings and what was skipped count "
            f"{sum(planned.planned.values())} images, spread evenly; --plan {images} plans all"
        )
    _show_health(console, summary.health)


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)  # colours as terminals want


def _duration(seconds: float) -> str:
    """Say how long something takes, roughly.

    Examples
    --------
    >>> _duration(3.2), _duration(300), _duration(10_000)
    ('4 s', '5 minutes', '2.8 hours')
    """
    if seconds < 120:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def _size(count: int) -> str:
    """Say how many bytes these are.

    Examples
    --------
    >>> _size(5_300_000)
    '5.3 MB'
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _show_skipped(console: Console, summary: Summary) -> None:
    for line in skipped_lines(summary.skipped):
        console.print(line, markup=False)
    for note in summary.notes:
        console.print(one_line(f"note: {note}"), markup=False)
    if summary.wholeness.below:
        console.print(f"note: {summary.wholeness}", markup=False)


def _show_health(console: Console, health: Health) -> None:
    console.print(_table(health))
    if health.goals:
        console.print(_goals(health))
    for warned in health.warnings:
        console.print(one_line(f"warning: {warned}"), markup=False, style="yellow")


def skipped_lines(skipped: Skipped) -> Iterator[str]:
    """Yield a line for each reason for which something was skipped."""
    return (one_line(f"skipped, {row}") for row in skipped.rows())


def _table(health: Health) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    longest = max((len(use.name) for use in health.categories), default=0)
    table.add_column("category", min_width=min(longest, 30))
    for title in (
        "pasted",
        "from backgrounds",
        "instances to draw from",
        "photographs they come from",
        "uses of the most used instance",
    ):
        table.add_column(title, justify="right")
    for use in health.categories[:SHOWN]:
        numbers = (
            *(use.pasted, use.from_backgrounds),
            *(use.instances, use.photographs, use.most_used),
        )
        table.add_row(Text(one_line(use.name)), *map(str, numbers))
    if len(health.categories) > SHOWN:
        table.add_row(f"and {len(health.categories) - SHOWN} more: --json")
    return table


def _goals(health: Health) -> Table:
    """Show what was asked for, and what there is of it."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("goal", "split", "of"):
        table.add_column(title)
    for title in ("asked", "got"):
        table.add_column(title, justify="right")
    for row in health.goals[:SHOWN]:
        names = (Text(one_line(name)) for name in (row.goal, row.split, row.name))
        table.add_row(*names, str(row.asked), str(row.got))
    if len(health.goals) > SHOWN:
        table.add_row(f"and {len(health.goals) - SHOWN} more: --json")
    return table


def json_of(summary: Summary, out: Path) -> str:
    """Return what was built for programs; the manifest has the same under the same names."""
    return _formatted({"out": str(out), **_record(summary)})


def planned_json(planned: Planned) -> str:
    """Return what a build would make for programs, and what it would take."""
    estimate: dict[str, Any] = {"seconds": round(planned.seconds, 1), "bytes": planned.bytes}
    if not planned.is_whole:
        estimate["planned_images"] = planned.planned
    return _formatted({**_record(planned.summary), "estimate": estimate})


def _record(summary: Summary) -> dict[str, Any]:
    return {
        "splits": {
            split: {
                "images": count,
                "annotations": summary.instances[split].total(),
                "categories": dict(sorted(summary.instances[split].items())),
                **_distractors(summary, split),
            }
            for split, count in summary.images.items()
        },
        "skipped": summary.skipped.rows(),
        "notes": summary.notes,
        "health": summary.health,
    }


def _formatted(record: dict[str, Any]) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n"


def _distractors(summary: Summary, split: str) -> dict[str, Any]:
    found = summary.distractors.get(split)
    return {"distractors": dict(sorted(found.items()))} if found else {}
