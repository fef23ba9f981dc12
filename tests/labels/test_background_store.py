"""Backgrounds lie on disk: a worker is handed little, and decodes what it uses once."""

from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
from msgspec.structs import asdict

from cocosynth.coco import masks
from cocosynth.config.config import Config
from cocosynth.core.values import Background, Box
from cocosynth.labels.background_layers import background_layers
from cocosynth.labels.background_masks import decode_masks
from cocosynth.labels.background_store import store_backgrounds
from cocosynth.sources.options import CocoBackground, FolderForeground
from cocosynth.sources.survey import survey

SIZE = (30, 40)
WHOLE = Box(0, 0, *SIZE)
SOURCE = CocoBackground(coco="photos/instances.json", images="photos/images", annotations="keep")


@pytest.fixture
def surveyed(tmp_path, small_coco):
    """Return a function that surveys backgrounds of two annotations, and a last one of none."""

    def surveyed(count):
        images = [{"id": number} for number in range(1, count + 2)]
        boxes = [(3, 4, 10 + number % 9, 12) for number in range(count)]
        small_coco(
            images=images,
            annotations=[
                {"image_id": number + 1, "box": box, "iscrowd": crowd}
                for number, box in enumerate(boxes)
                for crowd in (0, 1)
            ],
        )
        foreground = FolderForeground(folder="photos/images")
        config = Config(
            splits={"train": 1},
            canvas="background",
            foregrounds=(foreground,),
            backgrounds=(SOURCE,),
        )
        return survey(config, tmp_path).backgrounds

    return surveyed


def sent(value):
    return ForkingPickler.loads(bytes(ForkingPickler.dumps(value)))


def layers_of(masks, size=SIZE, crop=WHOLE):
    return background_layers(masks, Background(0, crop), size)


@pytest.mark.parametrize("size", [SIZE, (15, 25), (60, 80)])
def test_the_layers_are_the_same_from_disk_as_from_memory(tmp_path, surveyed, size):
    known = surveyed(3)
    stored = sent(store_backgrounds(tmp_path / "stored", known))
    assert len(stored) == len(known) == 4
    for position, photo in enumerate(known):
        assert stored.photos[position] == photo.photo
        for _ in range(2):  # decoded, then remembered
            again = layers_of(stored.masks(position, SIZE), size)
            once = layers_of(decode_masks(photo, SIZE), size)
            np.testing.assert_array_equal(again.labels, once.labels)
            assert list(map(asdict, again.layers)) == list(map(asdict, once.layers))


def test_a_worker_is_handed_little_however_many_annotations_there_are(tmp_path, surveyed):
    known = surveyed(200)
    stored = store_backgrounds(tmp_path / "stored", known)
    assert len(bytes(ForkingPickler.dumps(stored))) < 20 * len(known) + 500


def test_annotations_are_decoded_once_for_images_that_follow_each_other(
    tmp_path, surveyed, monkeypatch
):
    known = surveyed(3)
    stored, decoded = store_backgrounds(tmp_path / "stored", known), []
    decode = masks.decode_in_box

    def counting(segmentation, size):
        decoded.append(size)
        return decode(segmentation, size)

    monkeypatch.setattr("cocosynth.labels.background_masks.masks.decode_in_box", counting)
    for position in (0, 1, 2, 3):
        for _ in range(5):
            layers_of(stored.masks(position, SIZE))
    assert len(decoded) == 3 * 2


def test_layers_tell_what_the_annotations_are(tmp_path, surveyed):
    stored = store_backgrounds(tmp_path / "stored", surveyed(1))
    laid = layers_of(stored.masks(0, SIZE), crop=Box(0, 0, 10, 40), size=(10, 40))
    below, above = laid.layers
    assert (below.crowd, above.crowd) == (True, False)
    assert (below.annotation_id, above.annotation_id) == (2, 1)
    assert above.box == (4, 3, 10, 13)
    assert above.full_area == 10 * 12
    assert laid.visible_areas() == [0, 10 * 6]
