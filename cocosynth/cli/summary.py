"""The end of a build: what was made, what was skipped, and the health check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cocosynth.core.errors import one_line

if TYPE_CHECKING:
    from rich.table import Table

    from cocosynth.core.skipped import Skipped
    from cocosynth.export.health import Health
    from cocosynth.pipeline.summary import Summary

SHOWN = 100
"""Categories of the table on the terminal; `--json` and the manifest have all."""


def show(summary: Summary, out: Path, seconds: float) -> None:
    """Say what was built and skipped; then the table, and the warnings last."""
    from rich.console import Console

    from cocosynth.coco.layout import Layout

    console = Console(stderr=True, highlight=False, soft_wrap=True)  # colours as terminals want
    for line in skipped_lines(summary.skipped):
        console.print(line, markup=False)
    for note in summary.notes:
        console.print(one_line(f"note: {note}"), markup=False)
    if summary.wholeness.below:
        console.print(f"note: {summary.wholeness}", markup=False)
    for split, count in summary.images.items():
        annotations = summary.instances[split].total()
        console.print(f"{split}: {count} images, {annotations} annotations")
    images = sum(summary.images.values())
    console.print(f"{images} images in {seconds:.1f} s, checked against the schema: valid")
    layout = Layout(out)
    seen = layout.report if layout.report.is_file() else layout.preview
    print(f"built {out}: look at {seen}", flush=True)
    console.print(_table(summary.health))
    for warned in summary.health.warnings:
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


def json_of(summary: Summary, out: Path) -> str:
    """Return what was built for programs; the manifest has the same under the same names."""
    import msgspec

    record = {
        "out": str(out),
        "splits": {
            split: {
                "images": count,
                "annotations": summary.instances[split].total(),
                "categories": dict(sorted(summary.instances[split].items())),
            }
            for split, count in summary.images.items()
        },
        "skipped": summary.skipped.rows(),
        "notes": summary.notes,
        "health": summary.health,
    }
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n"
