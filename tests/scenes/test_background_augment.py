"""Backgrounds flipped and zoomed, with their annotations."""

import dataclasses
import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, built, scenes_of, tree, write_annotated

from cocosynth.coco.masks import decode
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.core.geometry import canvas_matrix, moved
from cocosynth.core.values import Background, Box
from cocosynth.pipeline.dataset import Compositor
from cocosynth.pipeline.replay import replay
from cocosynth.scenes.background_augment import BACKGROUND_AUGMENTATIONS
from cocosynth.scenes.background_augment.view import View

names = pytest.mark.parametrize("name", sorted(BACKGROUND_AUGMENTATIONS))
RECTANGLES = [(10, 20, 50, 40), (90, 70, 40, 30)]
LSJ = {"zoom": {"zoom_range": [0.1, 2]}}
FLIPS = ["flip", {"flip": {"direction": "vertical"}}]


def views(folder, count=3, size=(120, 160), **extra):
    """Write photographs whose annotated pixels are red, all others grey."""
    write_annotated(folder / "views", RECTANGLES, count=count, size=size, **extra)
    for path in (folder / "views/images").iterdir():
        pixels = cv2.imread(str(path))
        for x, y, w, h in RECTANGLES:
            pixels[y : y + h, x : x + w] = (0, 0, 255)
        cv2.imwrite(str(path), pixels)
    return [{"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}]


def shown(out):
    """Yield each image, the union of its masks, and its scene."""
    found = annotations_of(out)
    masks = {image["id"]: [] for image in found["images"]}
    for one in found["annotations"]:
        masks[one["image_id"]].append(one["segmentation"])
    for image, scene in zip(found["images"], scenes_of(out), strict=True):
        picture = cv2.imread(str(out / "train" / image["file_name"])).astype(int)
        union = np.zeros(picture.shape[:2], bool)
        for segmentation in masks[image["id"]]:
            union |= decode(segmentation, union.shape)
        yield picture, union, scene


EMPTY = {"splits": {"train": 24}, "objects_per_image": [0, 0], "augment": []}


@pytest.mark.parametrize("fit", ["cover", "stretch", "background"])
def test_labels_are_flipped_with_the_pixels(tmp_path, fit):
    canvas = {"width": 160, "height": 120, "fit": fit} if fit != "background" else fit
    out, _ = built(
        tmp_path, backgrounds=views(tmp_path), canvas=canvas, augment_background=FLIPS, **EMPTY
    )
    flips = set()
    for picture, union, scene in shown(out):
        np.testing.assert_array_equal(union, picture[..., 2] - picture[..., 0] > 100)
        flips.add(scene["background"].get("flip"))
    assert flips == {None, "horizontal", "vertical", "both"}


@pytest.mark.parametrize("size", [(120, 160), (90, 200), (300, 210)])
@pytest.mark.parametrize("fit", ["cover", "crop", "stretch", "background"])
def test_labels_and_padding_are_where_the_pixels_are_at_every_zoom(tmp_path, fit, size):
    canvas = {"width": 160, "height": 120, "fit": fit} if fit != "background" else fit
    out, _ = built(
        tmp_path,
        backgrounds=views(tmp_path, size=size),
        canvas=canvas,
        augment_background=[*FLIPS, LSJ],
        **EMPTY,
    )
    padded, zooms = 0, []
    for picture, union, scene in shown(out):
        red = picture[..., 2] - picture[..., 0]
        background = scene["background"]
        rows, cols = picture.shape[:2]
        top, left, bottom, right = place = background.get("place", [0, 0, rows, cols])
        zooms.append((bottom - top) / (background["crop"][2] - background["crop"][0]))
        outside = np.ones((rows, cols), bool)
        outside[top:bottom, left:right] = False
        assert (picture[outside] == 128).all()
        assert not union[outside].any()
        padded += place != [0, 0, rows, cols]
        if min(bottom - top, right - left) > 40:  # where an object has an inside
            kernel = np.ones((5, 5), np.uint8)
            core = cv2.erode(union.astype(np.uint8), kernel, borderValue=1).view(bool)
            far = ~cv2.dilate(union.astype(np.uint8), kernel).view(bool) & ~outside
            assert (red[core] > 100).all()
            assert (red[far] < 100).all()
    assert 6 < padded < 24
    assert max(zooms) > 3 * min(zooms)


@names
def test_probability_zero_never_changes_anything(name):
    made = BACKGROUND_AUGMENTATIONS[name](p=0)
    rng = np.random.default_rng(0)
    assert all(made.sample(rng, photo=(9, 9), canvas=(9, 9)) is None for _ in range(30))


@names
def test_whether_it_happens_does_not_shift_the_numbers_drawn_later(name):
    never, always = np.random.default_rng(1), np.random.default_rng(1)
    for p, rng in ((0, never), (1, always)):
        BACKGROUND_AUGMENTATIONS[name](p=p).sample(rng, photo=(9, 9), canvas=(9, 9))
    assert never.random() == always.random()


def test_flips_of_two_steps_add_up_and_zooms_are_multiplied():
    view = View(across=True, zoom=2, padding=5).then(View(across=True, down=True, zoom=0.25))
    assert view == View(down=True, zoom=0.5)
    assert View(zoom=0.5, padding=5).then(View(down=True)).padding == 5


@given(
    st.sampled_from(["", "horizontal", "vertical", "both"]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_matrix_leads_the_corners_of_the_crop_to_those_of_its_place(flip, down, across):
    crop, place = Box(3, 5, 23, 65), Box(10, 20, 50, 80)
    matrix = canvas_matrix(Background(0, crop, flip, place), (100, 120))
    x, y = moved((5 + 60 * across, 3 + 20 * down), matrix)
    if flip in ("horizontal", "both"):
        across = 1 - across
    if flip in ("vertical", "both"):
        down = 1 - down
    assert (x, y) == pytest.approx((20 + 60 * across, 10 + 40 * down))


def test_a_background_that_comes_again_is_not_the_same(tmp_path):
    out, _ = built(
        tmp_path, backgrounds=views(tmp_path, count=1), augment_background=["flip", LSJ], **EMPTY
    )
    seen = {json.dumps(scene["background"]) for scene in scenes_of(out)}
    assert len(seen) == 24


def test_the_same_scenes_by_several_workers_in_memory_and_rendered_again(tmp_path):
    changes = {
        "backgrounds": views(tmp_path),
        "splits": {"train": 16},
        "augment_background": [*FLIPS, LSJ],
        "placement": "near",
    }
    alone, _ = built(tmp_path, out="alone", **changes)
    several, _ = built(tmp_path, out="several", executor=Processes(2), **changes)
    assert tree(alone) == tree(several)
    compositor = Compositor(tmp_path / "cocosynth.yaml")
    assert any("place" in scene["background"] for scene in scenes_of(alone))
    for number in range(16):
        name, content = replay(alone, tmp_path, split="train", image_id=number + 1)
        assert content == (alone / "train" / name).read_bytes()
        picture = cv2.imread(str(alone / "train" / name))[..., ::-1]
        np.testing.assert_array_equal(compositor[number].image, picture)


def test_other_decisions_stay_as_they_were(tmp_path):
    plain, _ = built(tmp_path, out="plain", backgrounds=views(tmp_path))
    flipped, _ = built(
        tmp_path, out="flipped", backgrounds=views(tmp_path), augment_background=["flip"]
    )
    for one, other in zip(scenes_of(plain), scenes_of(flipped), strict=True):
        assert one["background"]["crop"] == other["background"]["crop"]
        assert one["background"]["file_name"] == other["background"]["file_name"]


def test_keypoints_go_with_a_flipped_background(tmp_path):
    points = [20, 30, 2, 50, 40, 2]
    backgrounds = views(tmp_path, keypoints=points, num_keypoints=2)
    path = tmp_path / "views/instances.json"
    content = json.loads(path.read_text())
    content["categories"][0] |= {"keypoints": ["left_eye", "right_eye"], "skeleton": [[1, 2]]}
    path.write_text(json.dumps(content))
    out, _ = built(
        tmp_path, backgrounds=backgrounds, augment_background=[{"flip": {"p": 1}}], **EMPTY
    )
    for one in annotations_of(out)["annotations"]:
        assert one["keypoints"] == [160 - 51, 40, 2, 160 - 21, 30, 2]


@pytest.mark.parametrize(
    "background",
    [{"place": [0, 0, 121, 160]}, {"place": [5, 5, 5, 9]}, {"flip": "sideways"}, {"padding": 300}],
)
def test_a_scene_with_an_impossible_background_is_refused(tmp_path, background):
    out, _ = built(tmp_path, backgrounds=views(tmp_path), augment_background=[LSJ], **EMPTY)
    path = out / "scenes/train.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["background"] |= background
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(CocosynthError, match=r"train.jsonl.*(cannot be made|not a scene)"):
        replay(out, tmp_path, split="train", image_id=1)


@dataclasses.dataclass(frozen=True)
class Nothing:
    """A class of the user's own that answers what no view is."""

    def sample(self, rng, *, photo, canvas):
        return View(zoom=0)


def test_a_class_of_the_users_own_is_checked(tmp_path):
    with pytest.raises(CocosynthError, match="sample must give None or a View"):
        built(tmp_path, augment_background=[f"{__name__}:Nothing"])


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("flip", {"p": 2}, r"p must lie in \[0, 1\]"),
        ("zoom", {"zoom_range": (0.01, 1)}, r"zoom_range must lie in \[0.05, 20\]"),
        ("zoom", {"zoom_range": (2, 1)}, "zoom_range must go from low to high"),
        ("zoom", {"padding": 256}, r"padding must lie in \[0, 255\], got 256"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, parameters, message):
    with pytest.raises(ValueError, match=message):
        BACKGROUND_AUGMENTATIONS[name](**parameters)
