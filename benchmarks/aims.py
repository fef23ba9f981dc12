"""What is aimed at, next to what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks import reading
from benchmarks.clock import Spread
from benchmarks.speed import BUILD, REPEATED

Part = dict[str, Any]


@dataclass(frozen=True)
class Aim:
    """A bound on a figure.

    Attributes
    ----------
    part : str
        That measures it.
    text : callable
        Says, in the sizes that were measured, what it is about.
    figure : callable
        Finds it in the results of the part.
    limit : float
    at_most : bool
        Or at least.
    unit : str
    """

    part: str
    text: Callable[[Part], str]
    figure: Callable[[Part], Spread]
    limit: float
    at_most: bool = True
    unit: str = "x"

    def reached(self, part: Part) -> bool:
        """Say whether the median keeps to it, in the two digits that are shown."""
        median = round(self.figure(part)["median"], 2)
        return median <= self.limit if self.at_most else median >= self.limit


def aims_of(parts: dict[str, Part]) -> Iterator[tuple[Aim, Part]]:
    """Yield the aims about the parts that were measured."""
    for aim in AIMS:
        if aim.part in parts:
            yield aim, parts[aim.part]


def _largest_bank(part: Part) -> str:
    row = part["rows"][-1]
    return f"a bank of {row['instances']:,} instances from {row['photographs']:,} photographs"


def _fifty(part: Part) -> dict[str, Any]:
    """Return the row of 50 objects, or the one nearest to it."""
    return min(part["rows"], key=lambda row: abs(row["objects"] - 50))


def _row(part: Part, reader: str) -> dict[str, Any]:
    return next(row for row in part["rows"] if row["reader"] == reader)


def _of_source(part: Part, row: int) -> str:
    return f"a source of {part['rows'][row]['instances']:,} annotations"


def _worst_canvas(part: Part, objects: int) -> dict[str, Any]:
    rows = [row for row in part["rows"] if row["objects"] == objects]
    large = [row for row in rows if row["canvas"] in ("1920 x 1080", "4000 x 3000")]
    return max(large or rows, key=lambda row: row["floor_cpu"]["median"])


def _canvas_aim(objects: int) -> Aim:
    return Aim(
        "canvas",
        lambda part: (
            f"an image of {_worst_canvas(part, objects)['canvas']} with {objects} objects: CPU, "
            "to the floor of this size"
        ),
        lambda part: _worst_canvas(part, objects)["floor_cpu"],
        1.3,
    )


AIMS = [
    Aim(
        "speed",
        lambda part: "an image of a build, each on a background of its own: CPU, to the floor's",
        lambda part: part["rows"][BUILD]["floor_cpu"],
        1.20,
    ),
    Aim(
        "speed",
        lambda part: f"the same, where {part['repeated_backgrounds']:,} backgrounds repeat",
        lambda part: part["rows"][REPEATED]["floor_cpu"],
        0.75,
    ),
    Aim(
        "speed",
        lambda part: (
            f"the whole command, {part['images']:,} images, 2 workers: "
            "wall time, to that of a floor of 2 processes"
        ),
        lambda part: part["compared"]["command_to_floor_of_two"],
        1.35,
    ),
    Aim(
        "speed",
        lambda part: "CPU of an image the tutorial's way, to that of a build",
        lambda part: part["rows"][BUILD]["tutorial_cpu"],
        25,
        at_most=False,
    ),
    Aim(
        "speed",
        lambda part: "images a second, 2 workers to 1 (while the second core is free)",
        lambda part: part["compared"]["second_worker"],
        1.85,
        at_most=False,
    ),
    Aim(
        "speed",
        lambda part: "CPU of `python -m cocosynth --help`",
        lambda part: part["help_cpu_s"],
        0.25,
        unit="s",
    ),
    Aim(
        "speed",
        lambda part: (
            f"the whole command for a first look, {part['first_look']} images, 2 workers: "
            "wall time, to that of a floor of 2 processes"
        ),
        lambda part: part["compared"]["first_look_to_floor_of_two"],
        3,
    ),
    Aim(
        "photographs",
        lambda part: "backgrounds of 4000 x 3000 onto 640 x 480: CPU, to decoding all of them",
        lambda part: part["backgrounds"][-1]["to_plain"],
        0.4,
    ),
    Aim(
        "photographs",
        lambda part: "the same, to decoding them at a quarter",
        lambda part: part["backgrounds"][-1]["to_least"],
        1.25,
    ),
    Aim(
        "photographs",
        lambda part: (
            f"`validate`, a photograph of 12 megapixels with {part['validated']} objects: "
            "CPU an annotation"
        ),
        lambda part: part["validate_ms"],
        0.5,
        unit="ms",
    ),
    _canvas_aim(3),
    _canvas_aim(30),
    Aim(
        "parent",
        lambda part: "CPU of the parent for each further image, to that of a worker",
        lambda part: part["share"],
        3,
        unit="%",
    ),
    Aim(
        "objects",
        lambda part: f"an image of {_fifty(part)['objects']} objects: CPU, to that of one",
        lambda part: _fifty(part)["to_first"],
        6,
    ),
    Aim(
        "objects",
        lambda part: (
            "cost of pasting grows with this power of the pixels pasted "
            "(1: linearly), from {} objects to {}".format(*part["between"])
        ),
        lambda part: part["power"],
        1.0,
        unit="",
    ),
    Aim(
        "bank",
        lambda part: f"images a second with {_largest_bank(part)}, to those with a small one",
        lambda part: part["rows"][-1]["throughput"],
        0.8,
        at_most=False,
    ),
    Aim(
        "bank",
        lambda part: f"memory of a worker with {_largest_bank(part)}",
        lambda part: part["rows"][-1]["worker_mb"],
        500,
        unit="MB",
    ),
    Aim(
        "reading",
        lambda part: f"reading {part['annotations']:,} annotations: CPU of pycocotools, to ours",
        lambda part: _row(part, reading.BUILD)["faster"],
        8,
        at_most=False,
    ),
    Aim(
        "records",
        lambda part: f"memory at the end of a build of {part['rows'][-1]['records']:,} records",
        lambda part: part["rows"][-1]["mb"][-1],
        400,
        unit="MB",
    ),
    Aim(
        "reading",
        lambda part: "peak memory while reading them, to that of pycocotools",
        lambda part: _row(part, reading.BUILD)["memory"],
        0.33,
    ),
    Aim(
        "source",
        lambda part: (
            f"{part['images']:,} images of {_of_source(part, -1)}, reading apart: "
            f"wall time, to that of {_of_source(part, 0)}"
        ),
        lambda part: part["rows"][-1]["to_small"],
        3,
    ),
    Aim(
        "source",
        lambda part: f"what is cut out of {_of_source(part, -1)} for {part['images']:,} images",
        lambda part: part["rows"][-1]["disk_mb"],
        1000,
        unit="MB",
    ),
    Aim(
        "source",
        lambda part: (
            f"the first of {part['first_look']} images of {_of_source(part, 0)}, after reading"
        ),
        lambda part: part["rows"][0]["first_s"],
        2,
        unit="s",
    ),
]
