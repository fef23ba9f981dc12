"""The results as a picture: one panel a part, the aims as orange lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.aims import AIMS
from benchmarks.clock import Spread
from benchmarks.reading import PYCOCOTOOLS
from benchmarks.report import number
from benchmarks.speed import BUILD, BUILD_OF_TWO, FLOOR, REPEATED, TUTORIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OWN, OTHER, PROMISE = "#1f6fb4", "#a9b1b9", "#d9690c"

_TICKS = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)

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
        axes = list(figure.subplots(rows, 2, squeeze=False).flat)
        for axis, name in zip(axes, drawn, strict=False):
            _PANELS[name](axis, parts[name])
            axis.spines[["top", "right"]].set_visible(False)
        for axis in axes[len(drawn) :]:
            axis.set_axis_off()
        figure.savefig(path, dpi=110, metadata={"Software": None})


def _bars(
    axis: Axes,
    names: Sequence[str],
    spreads: Sequence[Spread],
    *,
    colors: Sequence[str] | None = None,
    notes: Sequence[str] | None = None,
    limits: Sequence[float | None] = (),
) -> None:
    """Draw medians as bars from top to bottom, the rounds as whiskers, what is aimed at across."""
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
    for position, limit in enumerate(limits):
        if limit is not None:
            axis.vlines(limit, position - 0.42, position + 0.42, color=PROMISE, linewidth=2)
    axis.set_ylim(max(len(names), 4) - 0.4, -0.6)  # few bars are no thicker than many
    axis.margins(x=0.2)


def _limit(name: str, part: Part, spread: Spread) -> float | None:
    """Return what is aimed at about a figure of a part."""
    limits = (p.limit for p in AIMS if p.part == name and p.figure(part) is spread)
    return next(limits, None)


def _speed(axis: Axes, part: Part) -> None:
    names = [REPEATED, FLOOR, BUILD, BUILD_OF_TWO, TUTORIAL]
    shown = [name.replace(", backgrounds", ",\nbackgrounds") for name in names]
    spreads = [part["rows"][name]["floor_cpu"] for name in names]
    colors = [OTHER if name in (FLOOR, TUTORIAL) else OWN for name in names]
    limits = [_limit("speed", part, spread) for spread in spreads]
    _bars(axis, shown, spreads, colors=colors, limits=limits)
    axis.set_xscale("log")
    axis.set_xlim(0.2, 3 * max(spread["high"] for spread in spreads))
    axis.set_xticks(_TICKS, map(str, _TICKS))
    axis.minorticks_off()
    axis.set_title("CPU of an image (floor = 1; orange: aimed at)", loc="left")


def _stages(axis: Axes, part: Part) -> None:
    rows = part["each"]
    _bars(axis, [row["stage"] for row in rows], [row["floor_cpu"] for row in rows])
    axis.tick_params(axis="y", labelsize=8)
    axis.set_title("CPU of an image by stage (floor = 1)", loc="left")


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
    axis.set_xlabel("thousands of pixels pasted; dashed: linear")
    axis.set_title("CPU of an image by pixels pasted (1 object = 1)", loc="left")


def _images(axis: Axes, part: Part) -> None:
    counts = [row["images"] for row in part["rows"]]
    for key, name, color in (("parent_mb", "parent", OTHER), ("worker_mb", "a worker", OWN)):
        peaks = [row[key]["median"] for row in part["rows"]]
        axis.plot(counts, peaks, color=color, marker="o", markersize=4, label=name)
    axis.set_xscale("log")
    axis.set_xticks(counts, [f"{count:,}" for count in counts])
    axis.minorticks_off()
    axis.margins(y=0.3)
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, ncols=2)
    axis.set_xlabel("images")
    axis.set_title("Peak memory by number of images, in MB", loc="left")


def _bank(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    names = [f"{row['instances']:,} instances" for row in rows]
    notes = [f", {number(row['worker_mb']['median'])} MB a worker" for row in rows]
    spreads = [row["throughput"] for row in rows]
    limits = [_limit("bank", part, spread) for spread in spreads]
    _bars(axis, names, spreads, notes=notes, limits=limits)
    axis.margins(x=0.5)
    axis.set_title("Images/s by size of the bank (smallest = 1)", loc="left")


_SHOWN = 10


def _canvas(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    names = [f"{row['canvas']}, {row['objects']} objects" for row in rows]
    _bars(axis, names, [row["floor_cpu"] for row in rows])
    axis.set_title("CPU of an image by canvas (its floor = 1)", loc="left")


def _techniques(axis: Axes, part: Part) -> None:
    rows = sorted(part["rows"], key=lambda row: row["to_feather"]["median"])[-_SHOWN:]
    _bars(axis, [row["technique"] for row in rows], [row["to_feather"] for row in rows])
    axis.set_title("CPU of a paste, the dearest (feather = 1)", loc="left")


def _reading(axis: Axes, part: Part) -> None:
    rows = part["rows"]
    names = [row["reader"].removeprefix("cocosynth ") for row in rows]
    colors = [OTHER if name == PYCOCOTOOLS else OWN for name in names]
    faster, memory = ([row[key] for row in rows] for key in ("faster", "memory"))
    limits = [_limit("reading", part, spread) for spread in (*faster, *memory)]
    _bars(
        axis,
        [f"{name}: {what}" for what in ("CPU", "memory") for name in names],
        [*map(_inverse, faster), *memory],
        colors=colors * 2,
        limits=[limit and min(limit, 1 / limit) for limit in limits],
    )
    axis.set_title(f"Reading {part['annotations']:,} records (pycocotools = 1)", loc="left")


def _records(axis: Axes, part: Part) -> None:
    for row in part["rows"]:
        peaks = [spread["median"] for spread in row["mb"]]
        axis.plot(part["stages"], peaks, marker="o", label=f"{row['records']:,} records")
    axis.set_ylim(0)
    axis.legend(frameon=False)
    axis.set_title("Memory at the end of a build, MB", loc="left")


def _inverse(spread: Spread) -> Spread:
    ends = {"median": "median", "low": "high", "high": "low"}
    return {end: 1 / spread[other] for end, other in ends.items()}


_PANELS: dict[str, Callable[[Axes, Part], None]] = {
    "speed": _speed,
    "stages": _stages,
    "objects": _objects,
    "images": _images,
    "bank": _bank,
    "canvas": _canvas,
    "techniques": _techniques,
    "reading": _reading,
    "records": _records,
}
