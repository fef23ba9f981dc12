"""The results as a picture: one panel a part, the promises as orange lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.clock import Spread
from benchmarks.reading import PYCOCOTOOLS
from benchmarks.report import number
from benchmarks.speed import BUILD, BUILD_OF_TWO, FLOOR, REPEATED, TUTORIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OWN, OTHER, PROMISE = "#1f6fb4", "#a9b1b9", "#d9690c"

Part = dict[str, Any]


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw the parts that were measured."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    parts = results["parts"]
    drawn = [name for name in _PANELS if name in parts]
    rows = -(-len(drawn) // 2)
    style = {"font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold"}
    with mpl.rc_context(style):
        figure = Figure(figsize=(11, 2.9 * rows), layout="constrained")
        axes = figure.subplots(rows, 2, squeeze=False).flat
        for axis, name in zip(axes, drawn, strict=False):
            _PANELS[name](axis, parts[name])
            axis.spines[["top", "right"]].set_visible(False)
        for axis in list(axes)[len(drawn) :]:
            axis.set_axis_off()
        figure.savefig(path, dpi=110, metadata={"Software": None})


def _bars(
    axis: Axes,
    names: Sequence[str],
    spreads: Sequence[Spread],
    *,
    colors: Sequence[str] | None = None,
    notes: Sequence[str] | None = None,
) -> None:
    """Draw medians as horizontal bars from top to bottom, and the rounds as whiskers."""
    positions = range(len(names))
    medians = [spread["median"] for spread in spreads]
    below = [max(0.0, spread["median"] - spread["low"]) for spread in spreads]
    above = [max(0.0, spread["high"] - spread["median"]) for spread in spreads]
    axis.barh(positions, medians, color=colors or OWN, height=0.65)
    axis.errorbar(
        medians, positions, xerr=(below, above), fmt="none", ecolor="#333333", elinewidth=0.8
    )
    for position, spread, note in zip(positions, spreads, notes or [""] * len(names), strict=True):
        text = f"{number(spread['median'])}{note}"
        axis.annotate(
            text, (spread["high"], position), (5, 0), textcoords="offset points", va="center"
        )
    axis.set_yticks(positions, names)
    axis.invert_yaxis()
    axis.margins(x=0.2)


def _speed(axis: Axes, part: Part) -> None:
    names = [REPEATED, FLOOR, BUILD, BUILD_OF_TWO, TUTORIAL]
    spreads = [part["rows"][name]["floor_cpu"] for name in names]
    colors = [OTHER if name in (FLOOR, TUTORIAL) else OWN for name in names]
    _bars(axis, names, spreads, colors=colors)
    axis.set_xscale("log")
    lowest, highest = min(s["low"] for s in spreads), max(s["high"] for s in spreads)
    axis.set_xlim(min(0.3, lowest / 2), highest * 2.5)
    for name, limit in ((REPEATED, 0.75), (BUILD, 1.2)):
        row = names.index(name)
        axis.vlines(limit, row - 0.42, row + 0.42, color=PROMISE, linewidth=2)
    axis.set_title("CPU of an image, to the floor's (orange: promised)")


def _stages(axis: Axes, part: Part) -> None:
    rows = part["each"]
    _bars(axis, [row["stage"] for row in rows], [row["floor_cpu"] for row in rows])
    axis.tick_params(axis="y", labelsize=8)
    axis.set_title("Where the CPU of an image goes, to the floor's")


def _objects(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    pixels = [row["pixels"] / 1e3 for row in rows]
    costs = [row["to_first"]["median"] for row in rows]
    below = [max(0.0, row["to_first"]["median"] - row["to_first"]["low"]) for row in rows]
    above = [max(0.0, row["to_first"]["high"] - row["to_first"]["median"]) for row in rows]
    axis.errorbar(pixels, costs, yerr=(below, above), color=OWN, marker="o", markersize=4)
    for row, x, y in zip(rows, pixels, costs, strict=True):
        if row["objects"] > 3:
            axis.annotate(
                str(row["objects"]), (x, y), (-4, 6), textcoords="offset points", ha="right"
            )
    middle = next(at for at, row in enumerate(rows) if row["objects"] == part["between"][0])
    slope = (costs[middle] - costs[0]) / (pixels[middle] - pixels[0])
    line = [costs[0] + slope * (x - pixels[0]) for x in (pixels[0], pixels[-1])]
    axis.plot((pixels[0], pixels[-1]), line, color=OTHER, linestyle="--", zorder=0)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("thousands of pixels pasted (dashed: straight on from the first objects)")
    axis.set_title("1 to many objects: CPU of an image, to that of one object")


def _images(axis: Axes, part: Part) -> None:
    counts = [row["images"] for row in part["rows"]]
    for key, name, color in (("parent_mb", "parent", OTHER), ("worker_mb", "a worker", OWN)):
        peaks = [row[key]["median"] for row in part["rows"]]
        axis.plot(counts, peaks, color=color, marker="o", markersize=4, label=name)
    axis.set_xscale("log")
    axis.set_xticks(counts, [f"{count:,}" for count in counts])
    axis.minorticks_off()
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    axis.set_xlabel("images")
    axis.set_title("More images: peak memory in MB")


def _bank(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    names = [f"{row['instances']:,} instances" for row in rows]
    notes = [f", {number(row['worker_mb']['median'])} MB a worker" for row in rows]
    _bars(axis, names, [row["throughput"] for row in rows], notes=notes)
    axis.margins(x=0.5)
    axis.vlines(0.8, len(rows) - 1.42, len(rows) - 0.58, color=PROMISE, linewidth=2)
    axis.set_title("A larger bank: images/s, to those with the smallest")


def _canvas(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    _bars(axis, [row["canvas"] for row in rows], [row["floor_cpu"] for row in rows])
    axis.set_title("A larger canvas: CPU of an image, to the floor's of its size")


def _blend(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    _bars(axis, [row["mode"] for row in rows], [row["floor_cpu"] for row in rows])
    axis.set_title("Blend modes: CPU of an image, to the floor's")


def _reading(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    theirs = next(row for row in rows if row["reader"] == PYCOCOTOOLS)
    names, spreads, colors = [], [], []
    for unit, key in (("time", "wall_s"), ("memory", "peak_mb")):
        for row in rows:
            names.append(f"{row['reader']}, {unit}")
            share = {end: row[key][end] / theirs[key]["median"] for end in row[key]}
            spreads.append(share)
            colors.append(OTHER if row is theirs else OWN)
    _bars(axis, names, spreads, colors=colors)
    axis.set_title(f"Reading {part['annotations']:,} annotations, to pycocotools")


_PANELS: dict[str, Callable[[Axes, Part], None]] = {
    "speed": _speed,
    "stages": _stages,
    "objects": _objects,
    "images": _images,
    "bank": _bank,
    "canvas": _canvas,
    "blend": _blend,
    "reading": _reading,
}
