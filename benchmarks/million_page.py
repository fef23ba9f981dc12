"""The tables and the picture of docs/million.md: what was measured, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

STAGES = {
    "schedule": "schedule the scenes, add up what comes back",
    "gather": "gather the parts from the files of shards",
    "write": "write the COCO file and 8 parts",
    "check": "check the file by schema and rules",
    "count": "measure it for the report",
}
MARKS = {
    name: (f"<!-- {name} -->\n", f"<!-- end of {name} -->\n") for name in ("measured", "computed")
}
MILLIONS = (1, 10, 100)
CORES = (16, 256, 4096)
A_TAR, A_SHARD = 1000, 8
"""Images."""


def write_tables(folder: Path) -> None:
    """Write the tables into the page in a folder, and draw the picture beside it."""
    results, speed = figures(folder)
    page = folder / "million.md"
    text = page.read_text()
    for name, table in (("measured", measured(results)), ("computed", computed(results, speed))):
        start, end = MARKS[name]
        before, _, rest = text.partition(start)
        text = f"{before}{start}{table}{end}{rest.partition(end)[2]}"
    page.write_text(text)
    draw(results, folder / "million.png")


def figures(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was measured: here, and by `make bench` of a build with one worker."""
    results = json.loads((folder / "million.json").read_text())
    bench = json.loads((folder / "benchmarks.json").read_text())
    return results, bench["parts"]["speed"]["rows"]["build, 1 worker"]


def measured(results: dict[str, Any]) -> str:
    """Return the table of what was measured."""
    rows = results["rows"]
    counts = [f"{row['records']:,}" for row in rows]
    lines = [
        f"| | {' | '.join(f'{n} records' for n in counts)} | us a record |",
        f"|---|{'--:|' * (len(rows) + 1)}",
    ]
    for name, text in STAGES.items():
        seconds = [row[name]["cpu_s"] for row in rows]
        share = 1e6 * seconds[-1] / rows[-1]["records"]
        cells = " | ".join(
            f"{value:.2g} s" if value < 10 else f"{value:.0f} s" for value in seconds
        )
        lines.append(f"| {text} | {cells} | {share:.0f} |")
    for name in STAGES:
        cells = " | ".join(f"{row[name]['peak_mb']:.0f} MB" for row in rows)
        lines.append(f"| peak memory by then: {name} | {cells} | |")
    return "\n".join(lines) + "\n"


def computed(results: dict[str, Any], speed: dict[str, Any]) -> str:
    """Return the table of what follows for millions of images."""
    last, first = results["rows"][-1], results["rows"][0]
    an_image = results["objects"] + 1  # records
    seconds = sum(last[name]["cpu_s"] for name in STAGES) / last["records"] * an_image
    compose = speed["cpu_ms"]["median"] / 1e3
    peaks = [max(row[name]["peak_mb"] for name in STAGES) for row in (first, last)]
    bytes_a_record = (peaks[1] - peaks[0]) * 1e6 / (last["records"] - first["records"])
    size = results["bytes"]
    lines = ["| | 1 million | 10 million | 100 million |", "|---|--:|--:|--:|"]

    def add(text: str, of: Callable[[float], str]) -> None:
        lines.append(f"| {text} | {' | '.join(of(millions * 1e6) for millions in MILLIONS)} |")

    add(f"CPU to compose, {1e3 * compose:.3g} ms an image", lambda n: hours(n * compose))
    add(
        f"CPU of the parent at the end, {1e3 * seconds:.2g} ms an image",
        lambda n: hours(n * seconds),
    )
    for cores in CORES:
        add(
            f"wall on {cores:,} cores: composing shared evenly, then the parent alone",
            lambda n, cores=cores: hours(n * (compose / cores + seconds)),  # type: ignore[misc]
        )
    add(
        f"memory of the parent, {bytes_a_record:.0f} bytes a record",
        lambda n: bytes_of(peaks[0] * 1e6 + n * an_image * bytes_a_record),
    )
    add("images (JPEG, quality 95)", lambda n: bytes_of(n * size["image"]))
    add("annotations, COCO JSON", lambda n: bytes_of(n * size["annotations"]))
    add("the same once more, with `annotation_parts`", lambda n: bytes_of(n * size["annotations"]))
    add("scenes", lambda n: bytes_of(n * size["scene"]))
    add(
        "`webdataset`: the images once more, with their records",
        lambda n: bytes_of(n * size["tar"]),
    )
    add("files of images: as many writes", lambda n: f"{n:,.0f}")
    add(f"files of shards of the build, {A_SHARD} images each", lambda n: f"{n / A_SHARD:,.0f}")
    add(f"tar files of {A_TAR:,} images", lambda n: f"{n / A_TAR:,.0f}")
    add("requests to read all once, image by image", lambda n: f"{n:,.0f}")
    add("requests to read all once, by tar files", lambda n: f"{n / A_TAR:,.0f}")
    add("egress of an epoch that is read from elsewhere", lambda n: bytes_of(n * size["tar"]))
    return "\n".join(lines) + "\n"


def hours(seconds: float) -> str:
    """Say how long something takes, in hours.

    Examples
    --------
    >>> hours(36000), hours(400)
    ('10 h', '0.11 h')
    """
    value = seconds / 3600
    return f"{value:,.0f} h" if value >= 10 else f"{value:.2g} h"


def bytes_of(count: float) -> str:
    """Say how many bytes these are.

    Examples
    --------
    >>> bytes_of(135e9), bytes_of(1.35e12)
    ('135 GB', '1.4 TB')
    """
    unit, name = (1e12, "TB") if count >= 1e12 else (1e9, "GB")
    value = count / unit
    return f"{value:,.0f} {name}" if value >= 10 else f"{value:.2g} {name}"


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw time and memory over the number of records."""
    from matplotlib.figure import Figure

    rows = results["rows"]
    counts = [row["records"] for row in rows]
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    time, memory = figure.subplots(1, 2)
    for name in STAGES:
        time.plot(counts, [row[name]["cpu_s"] for row in rows], marker="o", label=name)
        memory.plot(counts, [row[name]["peak_mb"] for row in rows], marker="o", label=name)
    for line in _proportional(counts, rows):
        time.plot(counts, line, color="#a9b1b9", linestyle=":", linewidth=1, zorder=0)
    time.set(xscale="log", yscale="log", xlabel="records", ylabel="CPU of the parent, s")
    memory.set(
        xscale="log", xlabel="records", ylabel="peak memory of the parent, MB", ylim=(0, 560)
    )
    memory.axhline(500, color="#d9690c", linestyle="--", linewidth=1)
    memory.legend(frameon=False)
    for axis in (time, memory):
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _proportional(counts: Sequence[int], rows: Sequence[dict[str, Any]]) -> Iterator[list[float]]:
    """Yield, for each stage, the times it would take if they grew as the records do."""
    for name in STAGES:
        yield [rows[-1][name]["cpu_s"] * count / counts[-1] for count in counts]
