"""How whole an object is: drawn cases whose share can be counted, and real ones looked at."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import masks

from cocosynth.coco.masks import box_of
from cocosynth.coco.records import read_dataset
from cocosynth.core.values import Box
from cocosynth.foregrounds.photo_masks import PhotoMasks
from cocosynth.foregrounds.wholeness import Region, surroundings, wholeness

SIZE = (200, 200)


def region(*boxes, size=SIZE):
    """Return the region of some boxes; a negative box, behind a minus sign, is taken out."""
    mask = np.zeros(size, dtype=bool)
    for top, left, bottom, right, *taken in boxes:
        mask[top:bottom, left:right] = not taken
    box = box_of(mask)
    return Region(box, mask[box.slices])


def whole(own, *others, size=SIZE):
    return wholeness(own, others, size)


SQUARE = region((50, 50, 90, 90))
OUTLINE = 4 * 40 - 4  # its pixels


def test_an_object_alone_is_whole():
    assert whole(SQUARE) == 1
    assert whole(SQUARE, region((150, 150, 160, 160))) == 1


@pytest.mark.parametrize(
    ("left", "shared"),
    [(90, 40 + 2 * 2), (91, 40 + 2 * 1), (92, 40), (93, 0), (99, 0)],
    ids="gap of {}".format,
)
def test_a_neighbour_takes_its_side_of_the_outline(left, shared):
    """The few pixels at the two corners that are as near to it go along."""
    neighbour = region((50, left, 90, 130))
    assert whole(SQUARE, neighbour) == pytest.approx(1 - shared / OUTLINE)
    assert whole(neighbour, SQUARE) < 1 or not shared


def test_a_gap_grows_with_the_photograph():
    own, other = (region((50, a, 90, b), size=(200, 2000)) for a, b in ((50, 90), (98, 130)))
    assert whole(own, other, size=(200, 640)) == 1
    assert whole(own, other, size=(200, 2000)) == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize("box", [(0, 50, 40, 90), (1, 50, 41, 90), (50, 160, 90, 200)])
def test_the_border_of_the_photograph_takes_its_side(box):
    assert whole(region(box)) == pytest.approx(0.75, abs=0.05)


def test_an_object_a_few_pixels_from_the_border_is_whole():
    assert whole(region((3, 50, 43, 90))) == 1


def test_a_hole_that_an_occluder_fills_makes_less_whole():
    hole = (60, 60, 80, 80)
    ring = region((50, 50, 90, 90), (*hole, "out"))
    assert whole(ring) == 1  # a ring is one
    outer, inner = OUTLINE, 4 * 20  # pixels of the ring at its hole, without corners
    share, filled = outer / (outer + inner), 20 * 20
    assert whole(ring, region(hole)) == pytest.approx(share * 1200 / (1200 + filled), abs=0.01)


def test_parts_that_an_occluder_lies_between_make_less_whole():
    parts = ((50, 50, 90, 80), (50, 90, 90, 100))
    apart = region(*parts)
    assert whole(apart) == 1
    pole = region((20, 80, 150, 90))
    alone = region(parts[0])
    assert whole(apart, pole) < whole(alone, pole) * 31 / 40
    far = region((20, 110, 150, 120))
    assert whole(apart, far) == 1


def test_a_bite_costs_its_outline():
    bitten = region((50, 50, 90, 90), (50, 50, 70, 70, "out"))
    assert whole(bitten, region((40, 40, 70, 70))) == pytest.approx(0.75, abs=0.05)


def test_of_two_masks_that_overlap_the_one_inside_is_whole():
    """A cup on a table whose mask goes on below it."""
    table, cup = region((50, 20, 180, 180)), region((100, 100, 130, 130))
    assert whole(cup, table) == 1
    assert whole(table, cup) == pytest.approx(1 - 30 * 30 / (130 * 160), abs=0.02)


def test_where_another_mask_goes_on_below_the_edge_is_the_object_s_own():
    """A cup at the edge of a table: beyond the edge, nothing is near."""
    table, cup = region((100, 20, 180, 180)), region((70, 90, 115, 120))
    assert whole(cup, table) == pytest.approx(1, abs=0.1)


def test_neighbours_whose_masks_overlap_by_a_little_still_touch():
    own, other = region((50, 50, 90, 90)), region((50, 87, 150, 150))
    assert whole(own, other) < 0.8


def test_an_object_annotated_twice_is_not_its_own_occluder():
    assert whole(SQUARE, region((51, 50, 90, 91))) == 1


@given(masks(st.just((14, 14))), masks(st.just((14, 14))))
def test_a_neighbour_never_makes_more_whole(first, second):
    second = second & ~first
    if not first.any():
        return
    own = Region(Box(0, 0, 14, 14), first)
    alone = wholeness(own, [], (300, 300))
    beside = wholeness(own, [Region(Box(0, 0, 14, 14), second)], (300, 300))
    assert 0 <= beside <= alone <= 1


WHOLE = {595070: "giraffe", 710628: "bowl with salad", 1103789: "laptop", 1562545: "broccoli"}
BITTEN = {
    116294: "couch behind a table",
    1074179: "pizza below a knife",
    1378100: "boat behind a boat",
    120990: "table below plates",
    1308830: "person in a crowd",
    495849: "groom behind a bride",
}


@pytest.mark.parametrize("number", [*WHOLE, *BITTEN], ids=[*WHOLE.values(), *BITTEN.values()])
def test_real_objects_are_judged_as_people_see_them(real_coco, number):
    dataset = read_dataset(str(real_coco / "annotations/instances_val2017.json"))
    annotation = next(a for a in dataset.annotations if a.id == number)
    image = next(image for image in dataset.images if image.id == annotation.image_id)
    size = (image.height, image.width)
    beside = [a for a in dataset.annotations if a.image_id == image.id]
    found = PhotoMasks(beside, size)
    judged = wholeness(found.region(annotation), found.others(annotation), size)
    assert judged > 0.95 if number in WHOLE else judged < 0.5


def test_what_is_far_away_need_not_be_decoded(real_coco):
    dataset = read_dataset(str(real_coco / "annotations/instances_val2017.json"))
    sizes = {image.id: (image.height, image.width) for image in dataset.images}
    by_image = {}
    for annotation in dataset.annotations:
        by_image.setdefault(annotation.image_id, []).append(annotation)
    missing = 0
    for number, beside in list(by_image.items())[:12]:
        size = sizes[number]
        for annotation in beside[:4]:
            own = PhotoMasks(beside, size).region(annotation)
            every = PhotoMasks(beside, size).others(annotation)
            near = PhotoMasks(beside, size).others(annotation, surroundings(own.box, size))
            missing += len(every) - len(near)
            assert wholeness(own, near, size) == wholeness(own, every, size)
    assert missing, "all are near, so nothing here is tested"
