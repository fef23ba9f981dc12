"""Images are shown in full size, those that were asked for, with all that is annotated in them."""

import numpy as np
import pytest

from cocosynth.check.draw import DARK, Marked, labelled, outline, rectangle
from cocosynth.check.show import Wanted, chosen_images, overlay, side_by_side
from cocosynth.check.worst import Worst
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Box

YELLOW = (240, 228, 66)


def marked():
    box = Box(20, 30, 60, 90)
    mask = np.ones((box.bottom - box.top, box.right - box.left), bool)
    return Marked(mask, box, box, "cat", YELLOW)


def chosen(folder, **wanted):
    return chosen_images(folder / "instances.json", folder / "images", Wanted(**wanted))


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_an_outline_is_bright_and_dark_on_any_ground_and_tints_nothing(ground):
    image = np.full((80, 120, 3), ground, np.uint8)
    outline(image, marked())
    row = image[40]
    assert np.abs(row[30].astype(int) - YELLOW).max() < 60
    assert (np.abs(row[28:33].astype(int) - DARK).max(axis=1) < 60).any()
    assert (image[25:55, 35:85] == ground).all()
    assert (image[:15] == ground).all()


def test_an_outline_follows_the_scale():
    image = np.zeros((40, 60, 3), np.uint8)
    outline(image, marked(), scale=0.5)
    found = np.argwhere(image[..., 0] > 150)
    assert np.abs(found.min(axis=0) - (10, 15)).max() <= 1
    assert np.abs(found.max(axis=0) - (29, 44)).max() <= 1


def test_a_box_at_the_border_is_drawn():
    image = np.zeros((80, 120, 3), np.uint8)
    rectangle(image, Box(0, 0, 80, 120), YELLOW)
    for edge in (image[0], image[-1], image[:, 0], image[:, -1]):
        assert (edge == YELLOW).all(axis=1).all()


def test_names_at_one_place_do_not_cover_each_other():
    image = np.zeros((200, 200, 3), np.uint8)
    once = labelled(image, [marked()])
    thrice = labelled(image, [marked()] * 3)
    count = [(np.abs(shown.astype(int) - DARK).max(axis=2) < 1).sum() for shown in (once, thrice)]
    assert count[1] == pytest.approx(3 * count[0], rel=0.02)


def test_images_are_chosen_by_id_and_category(small_coco):
    folder = small_coco(
        images=[{"id": 1}, {"id": 2}, {"id": 3}],
        annotations=[{"image_id": 2}],
    )
    assert [each.record.id for each in chosen(folder)] == [1, 2, 3]
    assert [each.record.id for each in chosen(folder, image_ids=[3, 1])] == [3, 1]
    name = next(iter(chosen(folder)[0].categories.values())).name
    assert [each.record.id for each in chosen(folder, categories=[name])] == [2]
    with pytest.raises(CocosynthError, match="no category 'nothing'"):
        chosen(folder, categories=["nothing"])


def test_the_worst_come_first(small_coco):
    folder = small_coco(
        images=[{"id": 1}, {"id": 2}],
        annotations=[
            {"image_id": 1, "bbox": [0, 0, 10, 10]},
            {"image_id": 2, "bbox": [0, 0, 8, 8]},
            {"image_id": 2, "bbox": [4, 0, 8, 8]},
        ],
    )
    for worst in Worst:
        assert [each.record.id for each in chosen(folder, worst=worst)] == [2, 1]
    assert [each.record.id for each in chosen(folder, worst=Worst.overlap, count=1)] == [2]


def test_pictures_are_in_full_size(small_coco):
    [first, *_] = chosen(small_coco("drawn", annotations=[{"box": (5.5, 5.25, 10.5, 12.75)}]))
    shown, apart = overlay(first), side_by_side(first)
    assert apart.shape == (shown.shape[0], 3 * shown.shape[1] + 16, 3)
    assert (shown[..., 0] != apart[:, : shown.shape[1], 0]).any()


LARGE = [{"id": 1, "width": 200, "height": 150}]


def test_keypoints_and_their_lines_are_drawn(small_coco):
    """Visible ones are filled, hidden ones are rings; of what is not labelled nothing is drawn."""
    categories = [
        {"id": 1, "name": "dog", "keypoints": ["a", "b", "c"], "skeleton": [[1, 2], [2, 3], "x"]},
        {"id": 2, "name": "cat"},
    ]
    shown = []
    for points in ([80, 50, 2, 120, 50, 1, 120, 80, 0], [0] * 9):
        annotations = [{"box": (1, 1, 3, 3), "keypoints": points}]
        name = f"points{sum(points)}"
        folder = small_coco(name, images=LARGE, annotations=annotations, categories=categories)
        [image] = chosen(folder)
        shown.append((overlay(image), side_by_side(image)[:, -200:]))
    for posed, bare in zip(*shown, strict=True):
        changed = (posed != bare).any(axis=2)
        assert changed[47:54, 78:123].any(axis=0).all()  # the line, and both ends
        assert not changed[56:].any()
        assert (posed[50, 80] == YELLOW).all()
        assert np.abs(posed[50, 120].astype(int) - DARK).max() < 60


def test_objects_of_the_only_category_have_colors_of_their_own(small_coco):
    boxes = [{"box": (10, 10, 40, 40)}, {"box": (100, 10, 40, 40)}]
    two = [{"id": n, "name": name} for n, name in enumerate(["dog", "cat"], 1)]
    for name, categories, is_one in (("one", None, True), ("two", two, False)):
        folder = small_coco(name, images=LARGE, annotations=boxes, categories=categories)
        [image] = chosen(folder)
        masks = side_by_side(image)[:, 208:408]
        assert (masks[30, 30] != masks[30, 120]).any() == is_one
