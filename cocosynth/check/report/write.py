"""The story of a report: measure, choose images, draw them, write the page."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from cocosynth.check.draw import PALETTE, in_page
from cocosynth.check.report import compare
from cocosynth.check.report.concerns import Concerns, Findings
from cocosynth.check.report.dataset import Split, spread
from cocosynth.check.report.figures import figures_of
from cocosynth.check.report.gallery import (
    Describer,
    Place,
    Shown,
    photo_works,
    tally_of,
    used_photos,
    works,
)
from cocosynth.check.report.looks import Looks
from cocosynth.check.report.origins import Origins, Photographs
from cocosynth.check.report.page import page_of
from cocosynth.check.report.picture import Draw, DrawSmall, Work
from cocosynth.coco.document import Document
from cocosynth.core import files, links
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.progress import Progress, silent

SIDE = 320
"""Of thumbnails, in pixels: the longer one; half of what is most usual, as that is made fast."""

EMBEDDED_SIDE = 800
"""Of pictures that stand in the page itself and are all there is of them."""

REAL_LOOKED_AT = 300
"""Images of the real dataset whose colours and sharpness are measured."""

_NOTHING_FOUND, _NOWHERE = Findings(), Photographs()

_OURS = re.compile(r"p?\d{6,}\.jpg|\..*\.partial")


def report_files_of(page: Path) -> Path:
    """Return the folder of the pictures of a page that does not hold them itself."""
    return page.with_name(f"{page.stem}_files")


def write_report(
    splits: Sequence[Split],
    page: Path,
    *,
    real: Sequence[Split] = (),
    findings: Findings | Callable[[], Findings] = _NOTHING_FOUND,
    photographs: Photographs = _NOWHERE,
    title: str = "Dataset report",
    most: int = 5000,
    self_contained: bool = False,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> int:
    """Write a page that shows a dataset, and the folder of its pictures beside it.

    Parameters
    ----------
    splits : sequence of Split
    page : Path
    real : sequence of Split
        The real dataset to compare with.
    findings : Findings or callable
        What the validator and a build say of it; or what gives that, asked when all is drawn.
    photographs : Photographs
        Where the photographs lie that it was made of.
    title : str
    most : int
        Images to show; of more, that many are chosen evenly.
    self_contained : bool
        Put all pictures into the page.
    executor, progress : optional

    Returns
    -------
    int
        How many images are shown.

    Raises
    ------
    CocosynthError
        If a record cannot be read, or a folder of this name is not a report's.
    """
    run = executor or Serial()
    place = Place(page, None if self_contained else report_files_of(page))
    _prepare(place)
    names = {
        name: number
        for number, name in enumerate(
            dict.fromkeys(name for split in splits for _, name in split.columns.categories)
        )
    }
    origins = Origins(photographs)
    side = EMBEDDED_SIDE if self_contained else SIDE
    images: list[dict[str, Any]] = []
    twice: list[Collection[int]] = []
    looks: list[Looks] = []
    for number, (split, rows) in enumerate(zip(splits, spread(splits, most), strict=True)):
        document = Document(split.path, on_disk=True)  # one at a time
        shown = document.records("images", rows.tolist())
        known = origins.of_split(split.path, {record["id"] for record in shown})
        describer = Describer(place, names, number, split, known)
        pending: deque[Shown] = deque()
        drawn = run(
            Draw(side), works(split, document, rows.tolist(), place, len(images) + 1, pending)
        )
        for answer in progress(f"drawing {split.name}", drawn, len(rows), lambda _: 1):
            image = pending.popleft()
            images.append(describer.describe(image, answer))
            twice.append(known.get(image.record["id"], {}).get("twice", ()))
            if answer.looks:
                looks.append(answer.looks)
    photos = _photos(origins, images, place, run, progress, most)
    ours = figures_of(splits, looks)
    theirs = figures_of(real, _looks_of(real, run, progress)) if real else None
    listed = [[name for _, name in split.columns.categories] for split in splits]
    found = findings() if callable(findings) else findings
    concerns = Concerns(found, [split.name for split in splits], names)
    for about, ids in zip(images, twice, strict=True):
        concerns.mark(about, ids)
    content = {
        "title": title,
        "shown": len(images),
        "measured": len(looks),
        "splits": [_counts(split) for split in splits],
        "categories": _categories(splits, real, names),
        "skeletons": {
            str(names[name]): lines for split in splits for name, lines in split.skeletons.items()
        },
        "real": None if theirs is None else {"images": theirs.images, "objects": theirs.instances},
        "objects": ours.instances,
        "crowds": ours.crowds,
        "hidden": ours.occluded,
        "charts": compare.charts(ours, theirs),
        "positions": compare.positions(ours, theirs, listed),
        "mix": compare.categories(ours, theirs),
        "near": [compare.ALIKE, compare.FAR],
        "palette": [in_page(color) for color in PALETTE],
        "warnings": concerns.rows,
        "goals": _goals(found),
        "skipped": [[row.source, row.reason, row.count, row.example] for row in found.skipped],
        "checked": bool(found.reports),
        "photos": photos,
        "sources": list(dict.fromkeys(source for source, _ in origins.numbers)),
        "images": images,
    }
    files.write_atomic(page, page_of(content, title=title))
    return len(images)


def _prepare(place: Place) -> None:
    """Make an empty folder for the pictures; what stands there must be an earlier report's."""
    files.make_folder(place.page.parent)
    if place.folder is None:
        return
    if links.is_link(place.folder):
        raise CocosynthError(f"{place.folder}: must not be a link; remove it")
    if place.folder.exists():
        entries = place.folder.iterdir() if place.folder.is_dir() else iter([place.folder])
        foreign = sorted(entry for entry in entries if not _OURS.fullmatch(entry.name))
        if foreign:
            raise CocosynthError(
                f"{foreign[0]}: is not of a report, and would be deleted; move it, or name another "
                "page"
            )
        files.remove(place.folder)
    files.make_folder(place.folder)


def _photos(
    origins: Origins, images: list[Any], place: Place, run: Executor, progress: Progress, most: int
) -> list[dict[str, Any]]:
    """Draw the photographs that objects were cut out of; name all that are behind the images."""
    rows: list[dict[str, Any]] = [{"s": source, "n": name} for source, name in origins.numbers]
    wanted = used_photos(images)[:most]
    names: dict[int, str] = {}
    answers = run(DrawSmall(SIDE), photo_works(origins, wanted, place, names))
    done = progress("drawing photographs", answers, len(wanted), lambda _: 1)
    for position, answer in enumerate(done):
        number = next(islice(names, position, None))
        if not answer.fault:
            shown = place.shown(names[number], answer.thumbnail)
            rows[number] |= {"t": shown, "w": answer.size[1], "h": answer.size[0]}
    return rows


def _looks_of(splits: Sequence[Split], run: Executor, progress: Progress) -> list[Looks]:
    """Look at some images of the real dataset; those that cannot be opened are skipped."""
    seen = [split for split in splits if split.images]
    found: list[Looks] = []
    for split, rows in zip(seen, spread(seen, REAL_LOOKED_AT), strict=True):
        here, unused = Place(Path(), None), deque[Shown](maxlen=0)
        drawn = works(split, Document(split.path, on_disk=True), rows.tolist(), here, 1, unused)
        bare = (Work(work.path, work.upright, work.size) for work in drawn)
        answers = progress("looking at the real data", run(Draw(0), bare), len(rows), lambda _: 1)
        found += [answer.looks for answer in answers if answer.looks]
    return found


def _goals(findings: Findings) -> list[list[Any]]:
    goals = findings.health.goals if findings.health else []
    return [[row.goal, row.split, row.name, row.asked, row.got] for row in goals]


def _counts(split: Split) -> dict[str, Any]:
    columns = split.columns
    return {
        "name": split.name,
        "images": columns.images,
        "objects": int((~columns.crowd).sum()),
        "empty": columns.images - len(set(columns.image.tolist())),
    }


def _categories(
    splits: Sequence[Split], real: Sequence[Split], names: dict[str, int]
) -> list[dict[str, Any]]:
    rows = tally_of(list(names), splits)
    if real:
        others = dict.fromkeys(name for split in real for _, name in split.columns.categories)
        theirs = {row["n"]: row["k"] for row in tally_of(list(others), real)}
        for row in rows:
            row["q"] = theirs.pop(row["n"], 0)
        absent = [name for name, count in theirs.items() if count]
        rows += [{"n": n, "k": 0, "m": 0, "z": [0, 0, 0], "q": theirs[n]} for n in absent]
    return rows
