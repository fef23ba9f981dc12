"""A matte finds the object's own rim; what it decides is the alpha, and labels follow from that."""

import importlib.util

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_builds import (
    annotations_of,
    built,
    scenes_of,
    setup_of,
    tree,
    write_annotated,
    write_backgrounds,
)
from strategies import images, masks, sizes

from cocosynth.coco.masks import box_of, decode
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.values import Box
from cocosynth.foregrounds.cut_out import MARGIN, cut_out
from cocosynth.foregrounds.matting import MATTES
from cocosynth.foregrounds.matting.matted import matted
from cocosynth.foregrounds.matting.trimap import band_of, trimap_of
from cocosynth.foregrounds.wholeness import Region
from cocosynth.pipeline.build import build
from cocosynth.pipeline.extract import extract
from cocosynth.pipeline.replay import replay

INSTALLED = importlib.util.find_spec("pymatting") is not None
needs_pymatting = pytest.mark.skipif(not INSTALLED, reason="pymatting is not installed")
METHODS = [
    pytest.param(name, marks=needs_pymatting if name == "closed_form" else ())
    for name in sorted(MATTES)
]
OWN, BEHIND = np.array((200, 60, 30.0)), np.array((40, 90, 160.0))


def soft_disk(size=120, radius=38, blur=1.5):
    """Return a photograph of a disk out of focus, and its true alpha from 0 to 1."""
    rows, cols = np.indices((size, size)) - (size - 1) / 2
    alpha = cv2.GaussianBlur((np.hypot(rows, cols) <= radius).astype(float), (0, 0), blur)
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 6, (size, size, 3))
    image = OWN * alpha[..., None] + BEHIND * (1 - alpha[..., None]) + noise
    return np.rint(image.clip(0, 255)).astype(np.uint8), alpha


def rough_mask(alpha):
    """Return a mask as people draw it: a polygon, here and there some pixels off."""
    mask = np.zeros(alpha.shape, np.uint8)
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    radii = 38 + np.where(np.arange(14) % 2, 2, -1)
    points = np.stack([np.cos(angles) * radii, np.sin(angles) * radii], axis=1) + 59.5
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return mask.astype(bool)


def cut(image, mask):
    alpha = np.where(mask, np.uint8(255), np.uint8(0))
    return cut_out(image, alpha, category="disk", annotation_id=7)


def in_photo(instance, size):
    """Return the RGBA of an instance at its place in its photograph."""
    whole = np.zeros((*size, 4), np.uint8)
    inner = instance.box.clipped(size)
    whole[inner.slices] = instance.rgba[inner.moved(-instance.box.top, -instance.box.left).slices]
    return whole


@pytest.mark.parametrize("method", METHODS)
def test_a_matte_is_nearer_to_the_truth_than_the_mask(method):
    image, truth = soft_disk()
    mask = rough_mask(truth)
    made = in_photo(matted(cut(image, mask), image, (), method), mask.shape)
    found = made[..., 3] / 255
    error, before = np.abs(found - truth).sum(), np.abs(mask - truth).sum()
    assert error < 0.6 * before
    soft = (found > 0.1) & (found < 0.9)
    assert soft.sum() > 300


@pytest.mark.parametrize("method", METHODS)
def test_colours_at_the_rim_are_those_of_the_object(method):
    image, truth = soft_disk()
    mask = rough_mask(truth)
    made = in_photo(matted(cut(image, mask), image, (), method), mask.shape)
    rim = (made[..., 3] > 60) & (truth < 0.8)
    assert rim.sum() > 100
    stray = np.abs(made[rim][:, :3] - OWN).mean()
    assert stray < 0.45 * np.abs(image[rim] - OWN).mean()


def test_where_colours_tell_nothing_the_edge_of_the_mask_stays():
    """A cloth before the same cloth: no haze over the whole band."""
    texture = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 1, (160, 160, 3)), (0, 0), 3)
    image = np.rint((110 + 30 * texture / texture.std()).clip(0, 255)).astype(np.uint8)
    mask = np.zeros((160, 160), bool)
    mask[40:120, 40:120] = True
    alpha = in_photo(matted(cut(image, mask), image, (), "guided"), mask.shape)[..., 3]
    across = alpha[60:100].mean(axis=0)
    assert across[43:117].min() > 245
    assert max(across[:39].max(), across[121:].max()) < 20


@pytest.mark.parametrize("method", METHODS)
def test_what_belongs_to_others_is_background(method):
    image, truth = soft_disk()
    mask = rough_mask(truth)
    left = mask.copy()
    left[:, 60:] = False
    right = mask & ~left
    other = Region(box_of(right), right[box_of(right).slices])
    made = in_photo(matted(cut(image, left), image, [other], method), mask.shape)
    assert not made[right, 3].any()


@given(images(sizes(24)), st.data())
@settings(max_examples=40)
def test_any_picture_gives_an_instance_that_holds_together(image, data):
    mask = data.draw(masks(st.just(image.shape[:2])))
    if not mask.any():
        return
    instance = cut(image, mask)
    try:
        made = matted(instance, image, (), "guided")
    except UnusableError:
        return
    alpha = made.rgba[..., 3]
    assert made.rgba.shape[:2] == made.box.size
    assert made.area == (alpha >= 128).sum() > 0
    assert (made.category, made.annotation_id, made.borders) == ("disk", 7, instance.borders)
    if not made.matted:
        assert made is instance
        return
    ring = np.ones_like(alpha, dtype=bool)
    ring[MARGIN:-MARGIN, MARGIN:-MARGIN] = False
    assert not alpha[ring].any()
    assert box_of(alpha > 0) == Box(MARGIN, MARGIN, *(side - MARGIN for side in alpha.shape))
    polygon = np.zeros(np.add(alpha.shape, 20), np.uint8)
    cv2.fillPoly(polygon, [np.add(made.octagon, 10).astype(np.int32)], 1)
    assert (polygon[10:-10, 10:-10] >= (alpha > 0)).all()


def test_the_band_grows_with_the_object():
    assert [band_of(np.ones((s, s), bool)) for s in (3, 100, 300, 5000)] == [3, 4, 12, 20]


def test_the_middle_of_thin_parts_is_sure():
    mask = np.zeros((30, 60), bool)
    mask[14:17, 5:55] = True
    trimap = trimap_of(mask, np.zeros_like(mask), band=4)
    assert (trimap[15, 10:50] == 255).all()
    assert (trimap[14, 10:50] == 128).all()


def test_the_border_of_the_photograph_is_no_rim():
    mask = np.zeros((40, 40), bool)
    mask[10:30, :20] = True
    trimap = trimap_of(mask, np.zeros_like(mask), band=3)
    assert (trimap[14:26, 0] == 255).all()
    assert (trimap[20, 17:23] == 128).all()


@pytest.fixture
def project(tmp_path):
    write_backgrounds(tmp_path / "backgrounds")
    write_annotated(tmp_path / "photos", [(10, 10, 40, 30), (90, 20, 50, 60)], count=2)
    for path in (tmp_path / "photos/images").iterdir():
        image = cv2.imread(str(path))
        for x, y, w, h in ((11, 11, 37, 28), (91, 22, 48, 57)):
            image[y : y + h, x : x + w] = (30, 60, 200)
        cv2.imwrite(str(path), cv2.GaussianBlur(image, (0, 0), 1.2))
    return tmp_path


def photos(**options):
    return {"coco": "photos/instances.json", "images": "photos/images", **options}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("blend", ["paste", "feather", "gaussian"])
def test_a_bank_replays_and_workers_give_the_same_bytes(project, method, blend):
    choices = {"foregrounds": [photos(matte=method)], "blend": blend}
    out, _ = built(project, **choices)
    extract(project / "cocosynth.yaml", project / "bank", gallery=0)
    build(project / "cocosynth.yaml", project / "with", bank=project / "bank")
    assert tree(out) == tree(project / "with")
    for scene in scenes_of(out)[:2]:
        replay(out, project, split="train", image_id=scene["image_id"])


def test_labels_are_where_the_warped_alpha_is_at_least_128(project):
    """What shows around it is fainter than half."""
    choices = {"foregrounds": [photos(matte="guided")], "objects_per_image": [1, 1]}
    out, _ = built(project, blend="paste", **choices, augment=[{"rotate": {}}])
    plain, _ = built(project, "plain", objects_per_image=[0, 0])
    annotations = annotations_of(out)
    fainter = 0
    for image in annotations["images"]:
        pixels = cv2.imread(str(out / "train" / image["file_name"])).astype(int)
        behind = cv2.imread(str(plain / "train" / image["file_name"])).astype(int)
        mask = np.zeros(pixels.shape[:2], bool)
        for annotation in annotations["annotations"]:
            if annotation["image_id"] == image["id"]:
                mask |= decode(annotation["segmentation"], mask.shape)
        share = (pixels - behind)[..., 2] / (200 - behind[..., 2])  # about
        assert share[~mask].max() < 0.65
        assert share[mask].min() > 0.35
        fainter += ((share > 0.1) & ~mask).sum()
    assert fainter > 50


def test_a_matte_leaves_the_choice_of_instances_alone(project):
    """Limits count the mask that was annotated."""
    options = {"area_range": [1200, 1200], "whole": 0.5}
    first = setup_of(project, project / "a", foregrounds=[photos(**options)])
    other = setup_of(project, project / "b", foregrounds=[photos(**options, matte="guided")])
    ids = [setup.inputs.bank.entries["annotation_id"].tolist() for setup in (first, other)]
    assert ids == [[1, 3], [1, 3]]
    assert other.inputs.bank.matted(0)
    assert not first.inputs.bank.matted(0)


@pytest.mark.skipif(INSTALLED, reason="pymatting is installed")
@pytest.mark.parametrize("act", [build, extract])
def test_a_missing_package_is_one_line_that_says_what_to_install(project, act):
    built(project, "before", foregrounds=[photos()])
    text = (project / "cocosynth.yaml").read_text()
    text = text.replace('"images":', '"matte": "closed_form", "images":')
    (project / "cocosynth.yaml").write_text(text)
    with pytest.raises(CocosynthError, match=r'run `pip install "cocosynth\[matting\]"`'):
        act(project / "cocosynth.yaml", project / "out")
