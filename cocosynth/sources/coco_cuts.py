"""What is cut out of the photographs of a COCO dataset."""

from __future__ import annotations

from collections.abc import Iterable

from cocosynth.coco.records import AnnotationRecord
from cocosynth.sources.catalogue import Catalogue, Cut
from cocosynth.sources.distractors import Use
from cocosynth.sources.options import CocoForeground


def cuts_of(
    wanted: list[AnnotationRecord],
    names: dict[int, str],
    source: CocoForeground,
    beside: tuple[AnnotationRecord, ...],
    use: Use,
) -> list[Cut]:
    """Return what is to be cut out of one photograph: all that is wanted, but no crowds."""
    return [
        Cut(
            category=names[annotation.category_id],
            annotation=annotation,
            area_range=source.area_range,
            skip_truncated=source.skip_truncated,
            whole=source.whole,
            min_sharpness=source.min_sharpness,
            min_side=source.min_side,
            matte=source.matte,
            beside=beside,
            distracts=use.distracts,
        )
        for annotation in wanted
        if not annotation.iscrowd
    ]


def count_what_is_not_cut(
    catalogue: Catalogue, wanted: list[AnnotationRecord], names: dict[int, str], source: str
) -> None:
    """Count the crowds among the annotations that are wanted."""
    crowds = [annotation for annotation in wanted if annotation.iscrowd]
    if crowds:
        catalogue.skip(source, "crowd annotations are never cut out", len(crowds))
        catalogue.lose(source, named_instances(crowds, names), "that are crowds")


def named_instances(
    annotations: Iterable[AnnotationRecord], names: dict[int, str]
) -> dict[int | str, str]:
    """Return the category of each annotation, by its id."""
    return {annotation.id: names[annotation.category_id] for annotation in annotations}


def add_cuts(catalogue: Catalogue, photo: int, cuts: list[Cut], source: str) -> None:
    """Add instances to a photo; one that an earlier foreground has chosen is there already."""
    there = catalogue.cuts.setdefault(photo, [])
    known = {cut.annotation.id for cut in there if cut.annotation}
    fresh = [cut for cut in cuts if cut.annotation and cut.annotation.id not in known]
    there.extend(fresh)
    if len(fresh) < len(cuts):
        reason = "instance that an earlier foreground has chosen already"
        catalogue.skip(source, reason, len(cuts) - len(fresh))
