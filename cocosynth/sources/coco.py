"""Foregrounds and backgrounds out of COCO datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from cocosynth.coco.records import (
    UNKNOWN_LICENSE,
    CategoryRecord,
    Dataset,
    ImageRecord,
    licenses_of,
)
from cocosynth.core import files, identity
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor
from cocosynth.core.suggest import choices
from cocosynth.core.urls import at
from cocosynth.core.values import Category, License
from cocosynth.sources.catalogue import BackgroundPhoto, Catalogue, Role
from cocosynth.sources.coco_cuts import CocoCuts
from cocosynth.sources.coco_images import ByImage, Counted, Span
from cocosynth.sources.coco_photos import CocoPhotos
from cocosynth.sources.distractors import OBJECTS, Use, category_for
from cocosynth.sources.exclude import REASON, excluded_ids
from cocosynth.sources.options import CocoBackground, CocoForeground
from cocosynth.sources.outlines import Look
from cocosynth.sources.poses import checked_pose, with_keypoints

_STUFF = "background annotation of stuff (isthing: 0), which has no objects"

Reader = Callable[[str], Dataset]


def add_coco_foregrounds(
    catalogue: Catalogue,
    source: CocoForeground,
    folder: Path,
    where: str,
    read: Reader,
    use: Use = OBJECTS,
    run: Executor | None = None,
) -> None:
    dataset = _read(catalogue, source, folder, read)
    chosen = _choose(catalogue, dataset, source, where)
    names = _names(catalogue, dataset, source, chosen, use)
    ids = dataset.annotations.ids
    excluded = excluded_ids(catalogue, source, folder, where, map(int, ids))
    by_image = ByImage(catalogue, dataset, source.coco)
    chosen_rows, crowds = by_image.of_categories(names), dataset.annotations.crowds[by_image.rows]
    is_out = np.isin(ids[by_image.rows], list(excluded))
    named = Counted(chosen_rows)
    left, crowd = Counted(chosen_rows & ~crowds & is_out), Counted(chosen_rows & crowds)
    kept = Counted(chosen_rows & ~crowds & ~is_out)
    cuts = CocoCuts(by_image, kept.chosen.copy(), names, source, use)
    look = None
    if run is not None and cuts.takes_all:
        look = Look(by_image, dataset.images, kept.chosen, run)
        cuts = replace(cuts, there=look.there)
    span_of = {
        record.id: span
        for record, span in zip(dataset.images, by_image.spans, strict=True)
        if named[span]
    }
    photos = CocoPhotos(catalogue, source, dataset, folder)
    holding = [record for record in dataset.images if record.id in span_of]
    ahead = photos.ahead(holding)
    for record, license, refused in _licensed(
        catalogue, dataset, source.coco, use.role, images=look.beside(ahead) if look else ahead
    ):
        span = span_of[record.id]
        lose = partial(_lose, catalogue, by_image, span, names, source.coco)
        if refused:
            lose(named, "by licence")
            continue
        if crowd[span]:
            catalogue.skip(source.coco, "crowd annotations are never cut out", crowd[span])
            lose(crowd, "that are crowds")
        if left[span]:
            lose(left, "by exclude")
            catalogue.skip(source.coco, REASON, left[span])
        if kept[span]:
            lost = partial(by_image.named, span, kept.chosen, names)
            photo = photos.add(record, license, "instance", lost)
            if photo is not None:
                cuts.add(catalogue, photo, span, kept[span])
    photos.note_names()


def _lose(
    catalogue: Catalogue,
    by_image: ByImage,
    span: Span,
    names: dict[int, str],
    source: str,
    which: Counted,
    reason: str,
) -> None:
    catalogue.lose(source, by_image.named(span, which.chosen, names), reason)


def _names(
    catalogue: Catalogue,
    dataset: Dataset,
    source: CocoForeground,
    chosen: Iterable[CategoryRecord],
    use: Use,
) -> dict[int, str]:
    """Return under which name each category is pasted; count the objects of those that are not."""
    names = {}
    for record in chosen:
        name, reason = category_for(
            catalogue, _category(catalogue, record, source.coco), source.coco, use
        )
        if name is not None:
            names[record.id] = name
        elif count := np.count_nonzero(dataset.annotations.category_ids == record.id):
            catalogue.skip(source.coco, reason, int(count))
    return names


def read_backgrounds(
    catalogue: Catalogue, source: CocoBackground, folder: Path, where: str, read: Reader
) -> Dataset:
    """Read a dataset of backgrounds; the categories it carries along become output categories."""
    dataset = _read(catalogue, source, folder, read)
    if source.annotations == "keep":
        for record in _choose(catalogue, dataset, source, where):
            if source.categories is not None or not record.is_stuff:
                catalogue.add_category(_category(catalogue, record, source.coco), source.coco)
    return dataset


def add_coco_backgrounds(
    catalogue: Catalogue, source: CocoBackground, folder: Path, dataset: Dataset
) -> None:
    """Add images with all their annotations of output categories, or those that have none."""
    by_image = ByImage(catalogue, dataset, source.coco)
    category_ids = by_image.category_ids.tolist()
    key = catalogue.key
    output = {key(category.name): category.id for category in catalogue.categories}
    ids = {c.id: output[key(c.name)] for c in dataset.categories if key(c.name) in output}
    doubtful = {
        c.id: f"background that holds {c.name!r}, which looks like the output category {other!r}"
        for c in dataset.categories
        if c.id not in ids and (other := catalogue.lookalike(c.name)) is not None
    }
    names = {category.id: category.name for category in dataset.categories}
    stuff = {c.id for c in dataset.categories if c.is_stuff and c.id not in ids}
    unwritten: list[set[str]] = []  # of each background that shows any
    photos = CocoPhotos(catalogue, source, dataset, folder)
    licensed = _licensed(
        catalogue, dataset, source.coco, "backgrounds", images=photos.ahead(dataset.images)
    )
    for (record, license, refused), span in zip(licensed, by_image.spans, strict=True):
        if refused:
            continue
        shown = category_ids[span.slice]
        carried = [number for number in shown if number in ids]
        if carried and source.annotations == "avoid":
            catalogue.skip(source.coco, "background that holds an output category")
            continue
        alike = next((number for number in shown if number in doubtful), None)
        if alike is not None:  # it would stay in the picture without a label
            catalogue.skip(source.coco, doubtful[alike])
            continue
        photo = photos.add(record, license, "background")
        if photo is None:
            continue
        if len(carried) < len(shown) and source.annotations == "keep":
            of_stuff = sum(number in stuff for number in shown)
            if of_stuff:
                catalogue.skip(source.coco, _STUFF, of_stuff)
            dropped = len(shown) - len(carried) - of_stuff
            if dropped:
                catalogue.skip(source.coco, "background annotation of no output category", dropped)
        others = {names[n] for n in shown if n not in ids and n not in stuff}
        unwritten += [others] if others else []
        annotations = by_image.some(span, [number in ids for number in shown]) if carried else ()
        carried_ids = tuple(ids[number] for number in carried)
        catalogue.backgrounds.append(BackgroundPhoto(photo, annotations, carried_ids))
    photos.note_names()
    _note_unwritten(catalogue, source.coco, unwritten)


def _note_unwritten(catalogue: Catalogue, source: str, shown: list[set[str]]) -> None:
    """Say which categories that are not written can be seen in backgrounds."""
    if shown:
        counts = Counter(name for names in shown for name in names)
        some = [
            f"{n} ({count})" for n, count in sorted(counts.items(), key=lambda x: (-x[1], x[0]))
        ]
        more = f" and {len(some) - 8} more" if len(some) > 8 else ""
        text = f"{len(shown)} backgrounds show categories that are not written"
        catalogue.note(source, f"{text}: {', '.join(some[:8])}{more}")


def _read(
    catalogue: Catalogue, source: CocoForeground | CocoBackground, folder: Path, read: Reader
) -> Dataset:
    if not files.is_folder(at(folder, source.images)):
        raise CocosynthError(f"{at(folder, source.images)}: no such image folder")
    dataset = read(str(at(folder, source.coco)))
    named = [name for name in (source.coco, source.keypoints) if name is not None]
    fresh = [name for name in named if name not in catalogue.coco_files]  # said once of each file
    catalogue.coco_files |= {name: identity.sha256(at(folder, name)) for name in fresh}
    if dataset.captions and source.coco in fresh:
        catalogue.skip(source.coco, "caption: it belongs to no object", dataset.captions)
    if source.keypoints is None:
        return dataset
    poses = read(str(at(folder, source.keypoints)))
    names = {"of": str(at(folder, source.coco)), "path": str(at(folder, source.keypoints))}
    dataset, missing = with_keypoints(dataset, poses, **names)
    if missing and source.keypoints in fresh:
        reason = f"keypoints of an annotation that is not in {source.coco}"
        catalogue.skip(source.keypoints, reason, missing)
    return dataset


def _choose(
    catalogue: Catalogue, dataset: Dataset, source: CocoForeground | CocoBackground, where: str
) -> list[CategoryRecord]:
    """Pick categories by name, id or supercategory; a name goes before a supercategory."""
    known = dataset.categories
    if source.categories is None:
        return known
    where = f"{where}.categories"
    picked: dict[int, CategoryRecord] = {}
    for want in source.categories:
        key = want if isinstance(want, int) else catalogue.key(want)
        found = [c for c in known if key in (c.id, catalogue.key(c.name))] or [
            c for c in known if c.supercategory and key == catalogue.key(c.supercategory)
        ]
        if not found:
            names: set[str | int] = {c.name for c in known}
            names |= {c.supercategory for c in known if c.supercategory}
            names |= {c.id for c in known if str(c.id) == want}
            raise CocosynthError(f"{where}: no category {want!r}; {choices(want, names)}")
        picked.update((category.id, category) for category in found)
    return [category for category in known if category.id in picked]


def _category(catalogue: Catalogue, record: CategoryRecord, source: str) -> Category:
    category = Category(
        id=record.id,
        name=record.name,
        supercategory=record.supercategory or record.name,
        keypoints=record.keypoints or (),
        skeleton=record.skeleton or (),
        pairs=record.keypoint_flip_map,
    )
    checked, note = checked_pose(category, source)
    if note:
        catalogue.note(source, note)
    return checked


def _licensed(
    catalogue: Catalogue,
    dataset: Dataset,
    source: str,
    role: Role,
    *,
    images: Iterable[ImageRecord],
) -> Iterator[tuple[ImageRecord, License, bool]]:
    """Yield each image, its licence, and whether the user refuses that."""
    licenses = licenses_of(dataset)
    for record in images:
        license = licenses.get(record.license, UNKNOWN_LICENSE)
        name = record.file_name
        refused = catalogue.refuses(license, source=source, role=role, file_name=name)
        yield record, license, refused
