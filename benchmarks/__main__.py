"""Measure, print the tables, and save them: ``make bench``, or ``make bench-quick``."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import (
    growth,
    large_source,
    parent,
    photographs,
    png,
    reading,
    records,
    speed,
    stages,
    techniques,
)
from benchmarks.clock import say
from benchmarks.inputs import Inputs, source
from benchmarks.machine import load, machine, versions
from benchmarks.report import tables, write_page
from benchmarks.sizes import FULL, QUICK, TINY, Sizes
from cocosynth.core.executors.tuning import tune

PARTS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "speed": speed.measure,
    "stages": stages.measure,
    "objects": growth.objects,
    "images": growth.images,
    "bank": growth.bank,
    "canvas": growth.canvas,
    "techniques": techniques.measure,
    "photographs": photographs.measure,
    "png": png.measure,
    "parent": parent.measure,
    "reading": reading.measure,
    "source": large_source.measure,
    "records": records.measure,
}
SIZES = {"full": FULL, "quick": QUICK, "tiny": TINY}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full", help="how much is measured")
    parser.add_argument("--only", choices=PARTS, nargs="+", metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--save", type=Path, metavar="FOLDER", help="write results and picture there"
    )
    options = parser.parse_args()
    tune()
    results = measure(options.only or list(PARTS), SIZES[options.size])
    print(tables(results))
    if options.save:
        save(results, options.save)


def measure(parts: list[str], sizes: Sizes) -> dict[str, Any]:
    """Measure some parts, and note under which conditions."""
    results: dict[str, Any] = {
        "machine": machine(),
        "versions": versions(),
        "photographs": source()[0],
        "rounds": sizes.rounds,
        "parts": {},
    }
    for name in parts:
        say(name)
        before = load()
        with tempfile.TemporaryDirectory() as work:
            figures = PARTS[name](Inputs.in_folder(Path(work), sizes))
        results["parts"][name] = {"load": [before, load()], **figures}
    return results


def save(results: dict[str, Any], folder: Path) -> None:
    """Write the results, a picture of them, and the tables into the page that stands there."""
    from benchmarks.picture import draw

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.json").write_text(json.dumps(results, indent=1) + "\n")
    draw(results, folder / "benchmarks.png")
    page = folder / "benchmarks.md"
    if page.exists():
        write_page(page, results)


if __name__ == "__main__":
    main()
