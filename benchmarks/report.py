"""Results as tables, for the terminal and for a page of the docs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.aims import aims_of
from benchmarks.clock import Spread

START, END = "<!-- results -->\n", "<!-- end of results -->\n"

Row = Iterable[str]


def write_page(path: Path, results: dict[str, Any]) -> None:
    """Put the tables between the marks of a page."""
    before, _, rest = path.read_text().partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}{tables(results)}{END}{after}")


def tables(results: dict[str, Any]) -> str:
    """Return all that was measured as Markdown."""
    parts = results["parts"]
    texts = [_aims(parts), *(_TABLES[name](parts[name]) for name in _TABLES if name in parts)]
    return "\n".join([_conditions(results), *texts])


def figure(spread: Spread, unit: str = "") -> str:
    """Write a median and, in brackets, the rounds that were farthest from it."""
    low, high = number(spread["low"]), number(spread["high"])
    median = f"{number(spread['median'])}{' ' * bool(unit)}{unit}"
    return median if low == high else f"{median} ({low} to {high})"


def number(value: float) -> str:
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def table(title: str, head: Row, rows: Iterable[Row]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] + ["--:"] * (len(lines[0]) - 1))
    return f"### {title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _conditions(results: dict[str, Any]) -> str:
    machine, versions = results["machine"], results["versions"]
    loads = [load for part in results["parts"].values() for load in part["load"]]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Measured on {machine['cores']} cores of {machine['processor']} with "
        f"{machine['memory_gb']} GB under {machine['system']}, whose load was {min(loads):.1f} to "
        f"{max(loads):.1f}; {results['photographs']} photographs; {named}. Medians of "
        f"{results['rounds']} rounds, in brackets the lowest and the highest of them.\n"
    )


def _aims(parts: dict[str, Any]) -> str:
    rows = []
    for aim, part in aims_of(parts):
        bound = "at most" if aim.at_most else "at least"
        unit = "" if aim.unit == "x" else aim.unit
        limit = f"{aim.limit:g}{' ' * bool(unit)}{unit}"
        reached = "yes" if aim.reached(part) else "**no**"
        measured = figure(aim.figure(part), unit)
        rows.append((aim.text(part), f"{bound} {limit}", measured, reached))
    return table("What is aimed at", ("", "aim", "measured", "reached"), rows)


def _speed(part: dict[str, Any]) -> str:
    head = ("", "CPU ms an image", "to the floor", "images/s", "wall, to the floor",
            "x as fast as the tutorial's way", "start-up s")  # fmt: skip
    rows = [
        (
            name,
            *(figure(row[key]) if key in row else "" for key in ("cpu_ms", "floor_cpu")),
            *(figure(row[key]) for key in ("images_per_s", "floor_wall", "tutorial_wall")),
            figure(row["start_s"]) if "start_s" in row else "",
        )
        for name, row in part["rows"].items()
    ]
    compared = part["compared"]
    return table(f"Images of 640 x 480 with 3 objects, {part['images']:,} of them", head, rows) + (
        f"\nA second process is worth {figure(compared['second_worker'])} x to a build, "
        f"{figure(compared['second_floor'])} x to the floor. `--help` takes "
        f"{figure(part['help_to_python'])} x the CPU of starting Python.\n"
    )


def _stages(part: dict[str, Any]) -> str:
    head = ("stage", "CPU", "to an image of the floor")
    each = [
        (row["stage"], figure(row["cpu_ms"], "ms an image"), figure(row["floor_cpu"]))
        for row in part["each"]
    ]
    once = [(row["stage"], figure(row["cpu_s"], "s once"), "") for row in part["once"]]
    return table(f"Where the time goes, {part['images']:,} images", head, [*each, *once])


def _objects(part: dict[str, Any]) -> str:
    head = ("objects wanted", "pasted", "pixels of theirs", "CPU ms an image", "to the floor",
            "to the first")  # fmt: skip
    rows = [
        (
            str(row["objects"]),
            number(row["pasted"]),
            f"{row['pixels']:,}",
            *(figure(row[key]) for key in ("cpu_ms", "floor_cpu", "to_first")),
        )
        for row in part["rows"]
    ]
    return table("More objects an image", head, rows)


_MEMORY = ("parent MB", "worker MB", "of it its own")


def _images(part: dict[str, Any]) -> str:
    head = ("images", "images/s", "CPU, to the floor", *_MEMORY)
    rows = [
        (
            f"{row['images']:,}",
            *(figure(row[key]) for key in ("images_per_s", "floor_cpu")),
            *_memory(row),
        )
        for row in part["rows"]
    ]
    return table("More images, 2 workers, start-up included", head, rows)


def _bank(part: dict[str, Any]) -> str:
    head = ("instances", "photographs", "images/s", "to the smallest", "start-up s", *_MEMORY)
    rows = [
        (
            f"{row['instances']:,}",
            f"{row['photographs']:,}",
            *(figure(row[key]) for key in ("images_per_s", "throughput", "start_s")),
            *_memory(row),
        )
        for row in part["rows"]
    ]
    return table("A larger bank, 2 workers", head, rows)


def _memory(row: dict[str, Any]) -> list[str]:
    return [number(row[key]["median"]) for key in ("parent_mb", "worker_mb", "worker_own_mb")]


def _canvas(part: dict[str, Any]) -> str:
    head = ("canvas", "objects", "CPU ms an image", "to the floor of this size")
    rows = [
        (row["canvas"], str(row["objects"]), figure(row["cpu_ms"]), figure(row["floor_cpu"]))
        for row in part["rows"]
    ]
    return table("A larger canvas", head, rows)


def _techniques(part: dict[str, Any]) -> str:
    head = ("mode, or what is added to feather", "CPU ms a paste", "to feather")
    rows = [
        (row["technique"], figure(row["paste_ms"]), figure(row["to_feather"]))
        for row in part["rows"]
    ]
    return table("Blend modes and other techniques", head, rows)


def _photographs(part: dict[str, Any]) -> str:
    keys = ("cpu_ms", "to_plain", "to_least")
    backgrounds, sources = (
        [(row["way"], *(figure(row[key]) for key in keys)) for row in part[name]]
        for name in ("backgrounds", "sources")
    )
    head = ("4000 x 3000 onto 640 x 480", "CPU ms an image", "to all of it", "to the least")
    title = f"Backgrounds of 12 megapixels, {part['photographs']} of them"
    first = table(title, head, backgrounds)
    head = ("", "CPU ms a photograph", "to decoding it once")
    title = f"Sources of 12 megapixels, {part['objects_a_photo']} small objects each"
    second = table(title, head, (row[:3] for row in sources))
    masks, check = f"{part['validated']:,}", figure(part["validate_ms"], "ms")
    return (
        f"{first}\n{second}\n`validate` takes {check} of CPU an annotation where one photograph of "
        f"12 megapixels has {masks} small objects.\n"
    )


def _png(part: dict[str, Any]) -> str:
    head = ("`export.png_compression`", "CPU ms an image", "to the default", "kB an image",
            "to the default")  # fmt: skip
    rows = [
        (
            f"{row['level']}{' (default)' * (row['level'] == part['default'])}",
            *(figure(row[key]) for key in ("cpu_ms", "to_default")),
            *(number(row[key]) for key in ("size_kb", "size_to_default")),
        )
        for row in part["rows"]
    ]
    return table("Levels of PNG, 640 x 480", head, rows)


def _parent(part: dict[str, Any]) -> str:
    rows = [(str(row["cores"]), figure(row["images_per_s"])) for row in part["rows"]]
    parent, worker = (figure(part[key], "ms") for key in ("parent_ms", "worker_ms"))
    return table("What one parent can feed", ("cores", "images/s"), rows) + (
        f"\nThe parent spends {parent} of CPU on each further image, a worker {worker}: "
        f"{figure(part['share'], '%')} of it. One of the cores is the parent's; disks and memory "
        "set limits of their own.\n"
    )


def _reading(part: dict[str, Any]) -> str:
    head = ("reader", "wall s", "CPU: x as fast as pycocotools", "peak MB", "to pycocotools'")
    rows = [
        (row["reader"], *(figure(row[key]) for key in ("wall_s", "faster", "peak_mb", "memory")))
        for row in part["rows"]
    ]
    return table(f"Reading {part['annotations']:,} annotations", head, rows)


def _source(part: dict[str, Any]) -> str:
    head = ("annotations", f"first of {part['first_look']} images after s", "reading s",
            "all that follows s", "to the smallest", "cut out, MB")  # fmt: skip
    keys = ("first_s", "read_s", "made_s", "to_small", "disk_mb")
    rows = [(f"{row['instances']:,}", *(figure(row[key]) for key in keys)) for row in part["rows"]]
    return table(f"{part['images']:,} images of a larger source, 2 workers", head, rows)


def _records(part: dict[str, Any]) -> str:
    head = ("records", *(f"{stage}, MB" for stage in part["stages"]))
    rows = [(f"{row['records']:,}", *map(figure, row["mb"])) for row in part["rows"]]
    return table("Peak memory by the end of each stage, once all images are made", head, rows)


_TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "speed": _speed,
    "stages": _stages,
    "objects": _objects,
    "images": _images,
    "bank": _bank,
    "canvas": _canvas,
    "techniques": _techniques,
    "photographs": _photographs,
    "png": _png,
    "parent": _parent,
    "reading": _reading,
    "source": _source,
    "records": _records,
}
