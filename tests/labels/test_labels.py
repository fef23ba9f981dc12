"""The labels must not lie: what is annotated is what can be seen."""

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from scipy import ndimage
from skimage import transform
from small_builds import COLORS, annotations_of, built, scenes_of, write_annotated, write_cutouts

ANNOTATED = {
    "coco": "annotated/instances.json",
    "images": "annotated/images",
    "annotations": "keep",
}
CROWDED = {
    "objects_per_image": [6, 10],
    "splits": {"train": 8},
    "limits": {"max_truncation": 0.5, "max_overlap": 0.9, "min_visibility": 0.2, "min_area": 20},
}


def masks_of(out, split="train"):
    """Yield each image with its annotations and their masks, read by pycocotools."""
    coco = COCO(str(out / "annotations" / f"instances_{split}.json"))
    for image_id, record in coco.imgs.items():
        pixels = cv2.imread(str(out / split / record["file_name"]))[..., ::-1]
        annotations = coco.imgToAnns[image_id]
        yield pixels, [(a, coco.annToMask(a).astype(bool)) for a in annotations]


@pytest.fixture(scope="module", params=["rle", "polygon"])
def crowded(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("crowded")
    export = {"image_format": "png", "segmentation": request.param}
    return built(folder, export=export, blend="paste", **CROWDED)[0]


def test_masks_of_one_image_are_disjoint(crowded):
    for _, found in masks_of(crowded):
        assert sum(mask for _, mask in found).max() <= 1


def test_boxes_are_tight_and_areas_are_pixels(crowded):
    for _, found in masks_of(crowded):
        for annotation, mask in found:
            rows, cols = np.nonzero(mask)
            left, top = cols.min(), rows.min()
            tight = [left, top, cols.max() + 1 - left, rows.max() + 1 - top]
            assert annotation["bbox"] == tight
            assert annotation["area"] == mask.sum()


def test_every_pixel_of_an_object_is_annotated_as_its_category_and_no_other_is(crowded):
    """Backgrounds are grey and each shape has a colour of its own: the picture tells the truth."""
    names = {c["id"]: c["name"] for c in annotations_of(crowded)["categories"]}
    for pixels, found in masks_of(crowded):
        colourful = np.ptp(pixels.astype(int), axis=2) > 100
        assert (colourful == np.any([mask for _, mask in found], axis=0)).all()
        for annotation, mask in found:
            color = np.array(COLORS[names[annotation["category_id"]]])
            assert np.abs(pixels[mask].astype(int) - color).max() <= 3


def test_no_object_falls_below_the_limits(crowded):
    for annotation in annotations_of(crowded)["annotations"]:
        assert annotation["area"] >= CROWDED["limits"]["min_area"]
    for scene in scenes_of(crowded):
        for placement in scene["placements"]:
            assert placement["visibility"] >= CROWDED["limits"]["min_visibility"]


def test_objects_do_hide_each_other_in_this_dataset(crowded):
    """Or the tests above would show nothing."""
    visibilities = [p["visibility"] for s in scenes_of(crowded) for p in s["placements"]]
    assert min(visibilities) < 0.7
    assert len(visibilities) > 30


def test_polygons_and_rle_of_the_same_build_are_the_same_masks(tmp_path):
    found = {}
    for kind in ("rle", "polygon"):
        out, _ = built(tmp_path, out=kind, export={"segmentation": kind}, **CROWDED)
        found[kind] = [mask for _, masks in masks_of(out) for _, mask in masks]
    assert len(found["rle"]) == len(found["polygon"]) > 30
    assert all((a == b).all() for a, b in zip(found["rle"], found["polygon"], strict=True))


def test_a_hard_paste_gives_the_instance_back_and_leaves_the_background(tmp_path):
    write_cutouts(tmp_path / "cutouts", names=["ring"], copies=1)
    out, _ = built(
        tmp_path,
        augment=[],
        blend="paste",
        objects_per_image=[1, 1],
        splits={"train": 4},
        limits={"max_truncation": 0},
    )
    source = cv2.imread(str(tmp_path / "cutouts/ring/0.png"), cv2.IMREAD_UNCHANGED)
    rows, cols = np.nonzero(source[..., 3])
    cropped = source[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
    for scene, (pixels, [(annotation, mask)]) in zip(scenes_of(out), masks_of(out), strict=True):
        x, y, w, h = annotation["bbox"]
        inside = mask[y : y + h, x : x + w]
        assert (inside == (cropped[..., 3] > 0)).all()
        pasted = pixels[y : y + h, x : x + w][inside]
        assert (pasted == cropped[..., 2::-1][inside]).all()
        background = cv2.imread(str(tmp_path / "backgrounds" / scene["background"]["file_name"]))
        assert (pixels[~mask] == background[..., ::-1][~mask]).all()


def test_the_blend_mode_changes_no_label(tmp_path):
    hard, _ = built(tmp_path, out="hard", blend="paste", **CROWDED)
    soft, _ = built(tmp_path, out="soft", blend="feather", **CROWDED)
    assert annotations_of(hard) == annotations_of(soft)
    assert (hard / "train/000000000001.png").read_bytes() != (
        soft / "train/000000000001.png"
    ).read_bytes()


def keep(tmp_path, rectangles, **changes):
    write_annotated(tmp_path / "annotated", rectangles, **changes.pop("annotated", {}))
    return built(tmp_path, backgrounds=[ANNOTATED], splits={"train": 8}, **changes)


def test_annotations_of_a_kept_background_come_along_unchanged_where_nothing_is_pasted(tmp_path):
    rectangles = [(10, 20, 30, 40), (100, 5, 20, 25)]
    out, _ = keep(tmp_path, rectangles, objects_per_image=[0, 0])
    for _, found in masks_of(out):
        assert sorted(tuple(a["bbox"]) for a, _ in found) == sorted(rectangles)


def test_a_paste_occludes_the_annotations_of_a_kept_background(tmp_path):
    out, _ = keep(tmp_path, [(20, 10, 120, 100)], objects_per_image=[3, 3], blend="paste")
    occluded = 0
    for scene, (pixels, found) in zip(scenes_of(out), masks_of(out), strict=True):
        ids = {entry["annotation_id"] for entry in scene["background_annotations"]}
        [(annotation, mask)] = [pair for pair in found if pair[0]["id"] in ids]
        grey = np.ptp(pixels.astype(int), axis=2) < 60
        expected = np.zeros_like(mask)
        expected[10:110, 20:140] = True
        assert (mask == (expected & grey)).all()
        occluded += annotation["area"] < 120 * 100
    assert occluded == 8


def test_no_paste_leaves_a_sliver_of_an_annotated_background_object(tmp_path):
    rectangles = [(x, y, 14, 14) for x in range(0, 150, 20) for y in range(0, 110, 20)]
    out, summary = keep(
        tmp_path,
        rectangles,
        objects_per_image=[4, 4],
        limits={"min_visibility": 0.5, "max_overlap": 1.0},
    )
    areas = [
        annotation["area"]
        for scene, (_, found) in zip(scenes_of(out), masks_of(out), strict=True)
        for annotation, _ in found
        if annotation["id"] in {e["annotation_id"] for e in scene["background_annotations"]}
    ]
    assert min(areas) >= 0.5 * 14 * 14
    hidden = sum(n for (_, why), n in summary.skipped.items() if "hidden" in why)
    assert len(areas) + hidden == 8 * len(rectangles)
    assert hidden > 0


def test_overlapping_annotations_of_a_background_become_disjoint_the_smaller_on_top(tmp_path):
    out, _ = keep(tmp_path, [(10, 10, 80, 80), (30, 30, 20, 20)], objects_per_image=[0, 0])
    for _, found in masks_of(out):
        assert sorted(mask.sum() for _, mask in found) == [400, 80 * 80 - 400]


def test_crowds_of_a_background_stay_crowds(tmp_path):
    out, _ = keep(tmp_path, [(10, 10, 80, 80)], annotated={"iscrowd": 1})
    crowds = [a for a in annotations_of(out)["annotations"] if a["iscrowd"]]
    assert len(crowds) == 8


@pytest.mark.parametrize("fit", ["cover", "crop", "stretch"])
def test_annotations_follow_the_background_into_the_canvas(tmp_path, fit):
    """The rectangle is drawn into the picture, so that it shows where the annotation should be."""
    write_annotated(tmp_path / "annotated", [(30, 40, 90, 50)], size=(150, 170))
    path = tmp_path / "annotated/images/0.png"
    picture = cv2.imread(str(path))
    picture[40:90, 30:120] = 255
    cv2.imwrite(str(path), picture)
    out, _ = built(
        tmp_path,
        canvas={"width": 100, "height": 120, "fit": fit},
        backgrounds=[ANNOTATED],
        objects_per_image=[0, 0],
        splits={"train": 5},
    )
    for pixels, found in masks_of(out):
        seen = pixels.min(axis=2) > 187
        marked = found[0][1] if found else np.zeros_like(seen)
        assert (seen != marked).mean() < 0.005


def test_a_background_that_holds_an_output_category_is_avoided_on_demand(tmp_path):
    write_annotated(tmp_path / "annotated", [(10, 10, 30, 30)], count=2)
    out, summary = built(
        tmp_path,
        backgrounds=[
            ANNOTATED | {"annotations": "avoid"},
            {"folder": "backgrounds"},
        ],
    )
    used = {scene["background"]["dataset"] for scene in scenes_of(out)}
    assert used == {"backgrounds"}
    reason = ("annotated/instances.json", "background that holds an output category")
    assert summary.skipped[reason] == 2


def test_a_background_whose_annotation_cannot_be_read_is_not_used(tmp_path):
    write_annotated(tmp_path / "annotated", [(5, 5, 9, 9)], segmentation=[[1, 2, 3]])
    out, summary = built(
        tmp_path, splits={"train": 6}, backgrounds=[ANNOTATED, {"folder": "backgrounds"}]
    )
    assert {scene["background"]["dataset"] for scene in scenes_of(out)} == {"backgrounds"}
    assert any("polygon of fewer than 3 points" in why for _, why in summary.skipped)


def test_what_cannot_be_placed_is_counted_not_forced(tmp_path):
    out, summary = built(
        tmp_path,
        splits={"train": 3},
        objects_per_image=[30, 30],
        limits={"max_overlap": 0, "max_truncation": 0},
    )
    placed = len(annotations_of(out)["annotations"])
    missing = sum(n for (_, why), n in summary.skipped.items() if "fitted nowhere" in why)
    assert placed + missing == 90
    assert missing > 0
    for _, found in masks_of(out):
        assert sum(mask for _, mask in found).max() <= 1


def test_pycocotools_agrees_on_area_and_box_of_every_rle(tmp_path):
    out, _ = built(tmp_path, **CROWDED)
    for annotation in annotations_of(out)["annotations"]:
        rle = annotation["segmentation"]
        assert coco_mask.area(rle) == annotation["area"]
        assert coco_mask.toBbox(rle).tolist() == annotation["bbox"]


def test_a_background_object_too_small_for_the_canvas_keeps_one_pixel(tmp_path):
    write_annotated(tmp_path / "annotated", [(61, 51, 3, 2), (20, 20, 50, 40)])
    out, _ = built(
        tmp_path,
        canvas={"width": 16, "height": 12},
        backgrounds=[ANNOTATED],
        objects_per_image=[0, 0],
        splits={"train": 2},
    )
    for _, found in masks_of(out):
        assert sorted(mask.sum() for _, mask in found)[0] == 1
        assert len(found) == 2


@pytest.mark.parametrize("flush", [True, False])
@pytest.mark.parametrize("placement", ["uniform", "source"])
def test_an_instance_cut_by_its_border_is_flush_to_one_unless_turned_off(
    tmp_path, placement, flush
):
    """Half a disk, cut by the left border of its picture, moved by a translation."""
    write_annotated(tmp_path / "annotated", [(0, 30, 40, 40)], category="half", count=3)
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    out, _ = built(
        tmp_path,
        foregrounds=[source],
        augment=[{"translate": {}}],
        placement=placement,
        limits={"max_truncation": 0},
        objects_per_image=[1, 1],
        splits={"train": 10},
        flush=flush,
    )
    boxes = [annotation["bbox"] for annotation in annotations_of(out)["annotations"]]
    assert len(boxes) == 10
    assert all(box[0] == 0 for box in boxes) == flush
    assert len({box[1] for box in boxes}) > 3


def test_a_blend_mode_of_the_users_cannot_make_the_labels_lie(tmp_path, monkeypatch):
    (tmp_path / "spill.py").write_text(
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True)\n"
        "class Spill:\n"
        "    def prepare(self, rgba):\n"
        "        return rgba\n"
        "    def __call__(self, canvas, foreground):\n"
        "        canvas[:] = 255\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    out, _ = built(tmp_path, blend="spill:Spill", splits={"train": 4})
    for pixels, found in masks_of(out):
        white = (pixels == 255).all(axis=2)
        assert (white == np.any([mask for _, mask in found], axis=0)).all()


def test_masks_are_where_the_scenes_say_by_a_slow_and_obvious_way(crowded):
    """Warp each source with scikit-image by the matrix written down, paint in order, compare."""
    for scene, (_, found) in zip(scenes_of(crowded), masks_of(crowded), strict=True):
        owner = np.zeros(scene["size"], int)
        for placement in scene["placements"]:
            path = crowded.parent / "cutouts" / placement["file_name"]
            alpha = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., 3] / 255
            move = np.eye(3)
            move[:2, 2] = 0.5  # skimage counts from the centres of pixels
            inverse = np.linalg.inv(move) @ np.linalg.inv(placement["matrix"]) @ move
            warped = transform.warp(alpha, inverse, output_shape=scene["size"])
            owner[warped >= 0.5] = placement["annotation_id"]
        near = ndimage.maximum_filter(owner, 3) != ndimage.minimum_filter(owner, 3)
        for annotation, mask in found:
            expected = owner == annotation["id"]
            assert (mask == expected)[~near].all()
            around = (near & ndimage.binary_dilation(expected, iterations=2)).sum()
            assert (mask != expected).sum() <= 0.1 * around + 3


def test_a_background_with_more_annotations_than_labels_is_not_used(tmp_path, monkeypatch):
    """Label numbers have 16 bits: one too many would be counted as another object."""
    monkeypatch.setattr("cocosynth.labels.background_layers.MAX_ANNOTATIONS", 3)
    write_annotated(tmp_path / "annotated", [(x, 10, 9, 9) for x in (0, 20, 40, 60)])
    out, summary = built(
        tmp_path, splits={"train": 6}, backgrounds=[ANNOTATED, {"folder": "backgrounds"}]
    )
    assert {scene["background"]["dataset"] for scene in scenes_of(out)} == {"backgrounds"}
    assert any("annotations are more than 3" in why for _, why in summary.skipped)


def test_no_least_area_is_that_of_one_pixel(tmp_path):
    """A sweep of `min_area` may begin at 0; nothing that cannot be seen is annotated."""
    small = {"scale": {"factor_range": [0.02, 0.3]}}
    open_ = {"max_truncation": 1, "max_overlap": 1, "min_visibility": 0}
    made = [
        built(tmp_path, f"out{area}", limits={**open_, "min_area": area}, augment=[small],
              objects_per_image=[20, 20])[0]
        for area in (0, 1)
    ]  # fmt: skip
    areas = [annotation["area"] for annotation in annotations_of(made[0])["annotations"]]
    assert min(areas) >= 1
    assert annotations_of(made[0]) == annotations_of(made[1])
