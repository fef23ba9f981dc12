"""What is known of instances beforehand, against the instances themselves."""

import json
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
from msgspec import Raw

from cocosynth.coco.records import AnnotationRecord
from cocosynth.core import images
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import License, Photo
from cocosynth.foregrounds.cutter import Batch, Cutter
from cocosynth.foregrounds.shapes import CutsOf, Survey
from cocosynth.sources.catalogue import Cut

SIZE = (60, 80)
HULLS = [
    [[5, 5, 30, 5, 30, 40, 5, 40]],
    [[0, 10, 20, 10, 20, 30, 0, 30]],  # cut by a border
    [[50.2, 20.1, 52.9, 20.1, 52.9, 22.3]],  # a few pixels
    [[1.1, 1.1, 1.2, 1.1, 1.2, 1.2]],  # no pixel
    [[1, 2, 3]],  # no polygon
    [],
    [[30, 30, 70, 30, 70, 55, 30, 55], [33, 33, 60, 33, 60, 58, 33, 58]],
    [[40, 2, 60, 2, 60, 12, 40, 12] * 2],  # walked twice: no pixel
]
OPTIONS = {
    "none": {},
    "area_range": {"area_range": (50, 900)},
    "truncated": {"skip_truncated": True},
    "min_side": {"min_side": 5},
    "whole": {"whole": 0.95},
}
PLACES = {"box": 0, "crate": 1}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Write a photograph; return what makes the photos of a survey by the options of its cuts."""
    path = tmp_path_factory.mktemp("photos") / "one.png"
    pixels = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    path.write_bytes(images.encode_image(pixels, "png", quality=0))
    photo = Photo("s", str(path), "one.png", SIZE, False, 1, License("", ""), "")
    records = [
        AnnotationRecord(number, 1, 1, Raw(json.dumps(hull).encode()))
        for number, hull in enumerate(HULLS, start=1)
    ]
    for number, keypoints in enumerate((b"[10, 10, 2]", b"[1, 2]"), start=len(HULLS) + 1):
        text = records[0].segmentation
        records.append(AnnotationRecord(number, 1, 1, text, keypoints=Raw(keypoints)))

    def of(**options):
        cuts = [
            Cut(["box", "crate"][n % 2], annotation, beside=tuple(records), **options)
            for n, annotation in enumerate(records)
        ]
        return [CutsOf(7, photo, cuts)]

    return of


def _surveyed(photos, *, measure):
    skipped, unusable = Skipped(), Skipped()
    survey = Survey(PLACES, {}, measure=measure, measure_whole=False)
    entries = survey(photos, (3, 0), skipped, unusable)
    return entries, skipped.rows(), unusable.rows()


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("measure", [True, False])
def test_what_is_there_and_what_is_not_is_known_without_pixels(photos, tmp_path, options, measure):
    of = photos(**options)
    entries, skipped, unusable = _surveyed(of, measure=measure)
    survey = Survey(PLACES, {}, measure=True, measure_whole=True)
    cut = Cutter(tmp_path, (lambda rgba: rgba,), survey)(Batch(3, tuple(of)))
    keys = ["part", "category_id", "photo", "annotation_id"]
    assert entries[keys].tolist() == cut.entries[keys].tolist()
    assert 0 < len(entries) < len(HULLS)
    assert (skipped, unusable) == (cut.skipped, cut.unusable)
    assert not entries["pixels"].any()


def test_shapes_that_are_asked_for_are_those_of_the_instances(photos, tmp_path):
    of = photos()
    entries, *_ = _surveyed(of, measure=True)
    survey = Survey(PLACES, {}, measure=True, measure_whole=True)
    cut = Cutter(tmp_path, (lambda rgba: rgba,), survey)(Batch(3, tuple(of)))
    keys = ["top", "left", "height", "width", "area", "borders"]
    assert [str(row) for row in entries[keys]] == [str(row) for row in cut.entries[keys]]


def test_shapes_that_nobody_asks_for_are_not_measured(photos):
    entries, *_ = _surveyed(photos(), measure=False)
    large = entries[entries["annotation_id"] == 1][0]
    assert (large["height"], large["area"], large["whole"]) == (0, 0, 1)


def test_a_batch_is_the_same_in_another_process(photos):
    batch = Batch(3, tuple(photos(min_side=5, area_range=(50, 900))))
    again = ForkingPickler.loads(ForkingPickler.dumps(batch))
    cuts = list(again.photos[0].cuts)
    assert again._replace(photos=(again.photos[0]._replace(cuts=cuts),)) == batch
    assert all(cut.annotation in cut.beside and cut.beside is cuts[0].beside for cut in cuts)
