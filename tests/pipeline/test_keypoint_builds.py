"""What annotations of a build carry: keypoints, amodal masks, attributes, crowds, boxes alone."""

import json

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from small_builds import annotations_of, built, scenes_of, write_annotated, write_backgrounds

from cocosynth.check.fix import fix
from cocosynth.check.validate import validate
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.merge.merge import merge
from cocosynth.datasets.split.split import parse_parts, partition
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dataset import Compositor
from cocosynth.pipeline.extract import extract

POSE = ["nose", "left_hand", "right_hand"]
SKELETON = [[1, 2], [1, 3]]


def write_people(folder, points, rectangle=(20, 10, 40, 30), names=POSE, category="disk", **extra):
    """Write a COCO dataset of keypoints, a person of other colours in each of four images."""
    pose = {"keypoints": points, "num_keypoints": sum(v > 0 for v in points[2::3])}
    many = {"size": (60, 80), "category": category, "count": 4}
    write_annotated(folder, [rectangle], **many, **pose, **extra)
    content = json.loads((folder / "instances.json").read_text())
    content["categories"][0] |= {"keypoints": names, "skeleton": SKELETON}
    (folder / "instances.json").write_text(json.dumps(content))
    return {"coco": f"{folder.name}/instances.json", "images": f"{folder.name}/images"}


POINTS = [40, 25, 2, 30, 20, 2, 50, 38, 1]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A dataset of people pasted on people, with all that annotations can carry."""
    folder = tmp_path_factory.mktemp("everything")
    people = write_people(folder / "people", POINTS)
    kept = write_people(folder / "views", POINTS, rectangle=(5, 5, 60, 50))
    content = json.loads((folder / "views/instances.json").read_text())
    crowd = dict(content["annotations"][0], id=99, iscrowd=1, keypoints=[0] * 9, num_keypoints=0)
    crowd["segmentation"] = {"size": [60, 80], "counts": [0, 10 * 60, 60 * 70]}
    crowd |= {"bbox": [0, 0, 10, 60], "area": 600}
    content["annotations"].append(crowd)
    (folder / "views/instances.json").write_text(json.dumps(content))
    return folder, built(
        folder,
        splits={"train": 24},
        foregrounds=[people],
        backgrounds=[{**kept, "annotations": "keep"}],
        augment_background=["flip"],
        augment=["flip", {"rotate": {"angle_range": [-90, 90]}}, "perspective"],
        objects_per_image=[1, 4],
        share_sources=True,
        canvas={"width": 160, "height": 120},
        limits={"max_overlap": 0.9, "min_visibility": 0.1, "max_truncation": 0.6},
        export={"image_format": "png", "amodal": True, "attributes": True},
    )[0]


def test_keypoints_agree_with_themselves_by_pycocotools(everything):
    coco = COCO(str(everything[1] / "annotations/instances_train.json"))
    assert any(one["num_keypoints"] for one in coco.anns.values())
    found = [
        {k: one[k] for k in ("image_id", "category_id", "keypoints")} | {"score": 1.0}
        for one in coco.anns.values()
        if one["num_keypoints"]
    ]
    evaluation = COCOeval(coco, coco.loadRes(found), "keypoints")
    evaluation.params.kpt_oks_sigmas = np.full(3, 0.05)
    evaluation.evaluate()
    for image, category in evaluation.ious:
        for matches in np.atleast_2d(evaluation.ious[image, category]):
            assert not len(matches) or matches.max() == 1.0
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1.0


def test_numbers_of_every_annotation_agree(everything):
    for one in annotations_of(everything[1])["annotations"]:
        mask = coco_mask.decode(one["segmentation"])
        assert one["area"] == mask.sum()
        assert one["bbox"] == coco_mask.toBbox(one["segmentation"]).tolist()
        points = np.array(one["keypoints"]).reshape(-1, 3)
        assert len(points) == 3
        assert one["num_keypoints"] == (points[:, 2] > 0).sum()
        assert (points[points[:, 2] == 0] == 0).all()
        inside = (points[:, :2] >= 0) & (points[:, :2] < [160, 120])
        assert inside.all()


def test_visible_keypoints_lie_on_their_own_pixels(everything):
    """Those of these people lie well inside of their masks, so a pixel of another hides them."""
    hidden = 0
    for one in annotations_of(everything[1])["annotations"]:
        mask = coco_mask.decode(one["segmentation"])
        for x, y, visibility in np.array(one["keypoints"]).reshape(-1, 3)[:2]:
            if visibility:
                own = mask[int(y + 0.5), int(x + 0.5)]
                hidden += visibility == 1
                assert own or visibility == 1
    assert hidden


def test_a_pose_lies_where_the_matrix_of_its_scene_says(everything):
    annotations = {a["id"]: a for a in annotations_of(everything[1])["annotations"]}
    mirrored = set()
    for scene in scenes_of(everything[1]):
        for placement in scene["placements"]:
            matrix = np.array(placement["matrix"])
            flips = np.linalg.det(matrix) < 0
            mirrored.add(bool(flips))
            points = np.array(annotations[placement["annotation_id"]]["keypoints"]).reshape(-1, 3)
            for place, source in enumerate([0, 2, 1] if flips else [0, 1, 2]):
                x, y, visibility = POINTS[3 * source : 3 * source + 3]
                moved = matrix @ [x + 0.5, y + 0.5, 1]
                across, down = moved[:2] / moved[2] - 0.5
                if points[place, 2]:
                    assert abs(points[place, :2] - [across, down]).max() <= 0.5
                    assert points[place, 2] <= visibility
                else:
                    assert not (0 <= across < 159.5 and 0 <= down < 119.5)
    assert mirrored == {True, False}


def test_the_amodal_mask_holds_the_visible_one_and_what_hides_it(everything):
    annotations = annotations_of(everything[1])["annotations"]
    more = 0
    for one in annotations:
        assert ("amodal_segmentation" in one) == one["attributes"]["pasted"]
        if "amodal_segmentation" in one:
            full = coco_mask.decode(one["amodal_segmentation"])
            assert full.shape == (120, 160)
            visible = coco_mask.decode(one["segmentation"])
            assert not (visible & ~full).any()
            assert one["amodal_area"] == full.sum()
            assert one["amodal_bbox"] == coco_mask.toBbox(one["amodal_segmentation"]).tolist()
            assert one["attributes"]["occluded"] == (full.sum() > visible.sum())
            more += full.sum() > visible.sum()
    assert more


def test_attributes_say_how_an_object_lies_and_where_it_is_from(everything):
    dataset = annotations_of(everything[1])
    of_image = {}
    for one in dataset["annotations"]:
        assert not {"label", "mask", "index", "id"} & one["attributes"].keys()
        of_image.setdefault(one["image_id"], []).append(one["attributes"])
    scenes = {scene["image_id"]: scene for scene in scenes_of(everything[1])}
    truncated = set()
    for image_id, found in of_image.items():
        assert [one["z_order"] for one in found] == sorted(one["z_order"] for one in found)
        pasted = [one for one in found if one["pasted"]]
        for one, placement in zip(pasted, scenes[image_id]["placements"], strict=True):
            assert one["visibility"] == placement["visibility"]
            assert one["dataset"] == placement["dataset"] == "people/instances.json"
            assert one["source_annotation_id"] == placement["source_annotation_id"]
            assert one["source_image_id"] == placement["source_image_id"]
            assert one["blend"] == "feather"
            truncated.add(one["truncated"])
        kept = [one for one in found if not one["pasted"]]
        assert all("blend" not in one and one["dataset"] == "views/instances.json" for one in kept)
    assert truncated == {True, False}


def test_crowds_stay_crowds_and_are_not_pasted(everything):
    crowds = [a for a in annotations_of(everything[1])["annotations"] if a["iscrowd"]]
    assert crowds
    assert all(isinstance(one["segmentation"]["counts"], str) for one in crowds)
    assert not any(one["attributes"]["pasted"] for one in crowds)


def test_one_image_has_the_same_annotations_in_memory(everything):
    compositor = Compositor(everything[1] / "config.yaml", folder=everything[0])
    sample = compositor[3]
    records = [a for a in annotations_of(everything[1])["annotations"] if a["image_id"] == 4]
    found = [[n for point in one.keypoints for n in point] for one in sample.annotations]
    assert found == [one["keypoints"] for one in records]
    assert [one.full is not None for one in sample.annotations] == [
        "amodal_bbox" in one for one in records
    ]
    assert [one.occluded for one in sample.annotations] == [
        one["attributes"]["occluded"] for one in records
    ]


def test_a_bank_gives_the_same_bytes(everything):
    folder, out = everything
    extract(out / "config.yaml", folder / "bank", folder=folder, gallery=0)
    build(out / "config.yaml", folder / "again", folder=folder, bank=folder / "bank")
    name = "annotations/instances_train.json"
    assert (folder / "again" / name).read_bytes() == (out / name).read_bytes()


def test_the_dataset_can_be_a_source_again(everything):
    """It keeps names, skeleton and visibility; what it carries besides does no harm."""
    folder, out = everything
    again = {"coco": f"{out.name}/annotations/instances_train.json", "images": f"{out.name}/train"}
    target, _ = built(folder, "second", splits={"train": 4}, foregrounds=[again], augment=[])
    [category] = annotations_of(target)["categories"]
    assert (category["keypoints"], category["skeleton"]) == (POSE, SKELETON)
    assert any(one["num_keypoints"] for one in annotations_of(target)["annotations"])


def test_polygons_leave_crowds_as_coco_writes_them(everything):
    folder, out = everything
    config = json.loads(json.dumps(load_config_of(out)))
    config["export"] |= {"segmentation": "polygon"}
    build(config, folder / "polygons", folder=folder)
    pairs = zip(annotations_of(out)["annotations"],
                annotations_of(folder / "polygons")["annotations"], strict=True)  # fmt: skip
    coco = COCO(str(folder / "polygons/annotations/instances_train.json"))
    for rle, one in pairs:
        counts = one["segmentation"]["counts"] if one["iscrowd"] else None
        assert isinstance(counts, list) if one["iscrowd"] else isinstance(one["segmentation"], list)
        assert (coco.annToMask(one) == coco_mask.decode(rle["segmentation"])).all()
        if "amodal_segmentation" in one:
            full = coco_mask.merge(coco_mask.frPyObjects(one["amodal_segmentation"], 120, 160))
            assert (coco_mask.decode(full) == coco_mask.decode(rle["amodal_segmentation"])).all()
    report = validate(folder / "polygons/annotations/instances_train.json")
    assert "crowd-polygon" not in {problem.rule for problem in report.problems}


def test_boxes_alone_are_those_of_the_visible_masks(everything):
    folder, out = everything
    config = load_config_of(out)
    config["export"] |= {"segmentation": "none"}
    build(config, folder / "boxes", folder=folder)
    coco = COCO(str(folder / "boxes/annotations/instances_train.json"))
    for rle, one in zip(annotations_of(out)["annotations"], coco.anns.values(), strict=True):
        assert not {"segmentation", "amodal_segmentation"} & one.keys()
        assert (one["bbox"], one["area"]) == (rle["bbox"], rle["area"])
        assert one.get("amodal_bbox") == rle.get("amodal_bbox")
    found = [{k: a[k] for k in ("image_id", "category_id", "bbox")} | {"score": 1.0}
             for a in coco.anns.values() if not a["iscrowd"]]  # fmt: skip
    evaluation = COCOeval(coco, coco.loadRes(found), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] > 0.999


def load_config_of(out):
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load((out / "config.yaml").read_text())


def one_person(folder, points, **changes):
    """Build an image that shows one person in the middle of nothing, and return its annotation."""
    people = write_people(folder / "people", points, **changes.pop("people", {}))
    write_backgrounds(folder / "backgrounds")
    choices = {"splits": {"train": 1}, "foregrounds": [people], "augment": [],
               "objects_per_image": [1, 1], "share_sources": True} | changes  # fmt: skip
    out, _ = built(folder, **choices)
    [annotation] = annotations_of(out)["annotations"]
    [placement] = scenes_of(out)[0]["placements"]
    return annotation, placement["matrix"]


def test_what_the_mask_does_not_bring_along_is_not_visible(tmp_path):
    """The mask ends at column 59: a hand 2 pixels beyond is a matter of drawing, one 8 is not."""
    annotation, matrix = one_person(tmp_path, [40, 25, 2, 61, 20, 2, 67, 20, 2])
    x, y = matrix[0][2], matrix[1][2]
    assert annotation["keypoints"] == [40 + x, 25 + y, 2, 61 + x, 20 + y, 2, 67 + x, 20 + y, 1]
    assert annotation["num_keypoints"] == 3


def test_nothing_labelled_is_written_as_coco_does(tmp_path):
    annotation, _ = one_person(tmp_path, [0] * 9)
    assert annotation["keypoints"] == [0] * 9
    assert annotation["num_keypoints"] == 0


def test_pairs_that_are_given_take_the_place_of_names(tmp_path):
    points = [30, 20, 2, 40, 25, 2, 50, 30, 2]
    flipped = {"augment": [{"flip": {"p": 1}}]}
    by_name, matrix = one_person(tmp_path / "names", points, **flipped)
    right = matrix[0][2] - 1
    xs = [right - 30, right - 40, right - 50]
    assert by_name["keypoints"][::3] == [xs[0], xs[2], xs[1]]
    pairs = {"keypoint_flip_map": {"disk": [["nose", "left_hand"]]}}
    by_pairs, _ = one_person(tmp_path / "pairs", points, **flipped, **pairs)
    assert by_pairs["keypoints"][::3] == [xs[1], xs[0], xs[2]]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({"cat": []}, "keypoint_flip_map: no category 'cat'"),
        ({"disk": [["nose", "left_hnd"]]}, "no keypoint 'left_hnd'; did you mean 'left_hand'"),
        ({"disk": [["nose", "left_hand"], ["nose", "right_hand"]]}, "'nose' stands there twice"),
    ],
)
def test_pairs_of_what_is_not_there_are_refused(tmp_path, pairs, message):
    with pytest.raises(CocosynthError, match=message):
        one_person(tmp_path, POINTS, keypoint_flip_map=pairs)


def test_a_number_of_keypoints_that_does_not_fit_is_reported(tmp_path):
    people = write_people(tmp_path / "people", [30, 20, 2])
    write_backgrounds(tmp_path / "backgrounds")
    out, summary = built(tmp_path, splits={"train": 2}, foregrounds=[people], share_sources=True)
    assert all(a["num_keypoints"] == 0 for a in annotations_of(out)["annotations"])
    assert any("keypoints that are not x, y" in str(row) for row in summary.skipped.rows())


def test_a_pose_that_nobody_can_draw_is_said(tmp_path):
    people = write_people(tmp_path / "people", POINTS)
    path = tmp_path / "people/instances.json"
    content = json.loads(path.read_text())
    write_backgrounds(tmp_path / "backgrounds")
    choices = {"splits": {"train": 1}, "foregrounds": [people], "share_sources": True}
    content["categories"][0]["skeleton"] = [[0, 1]]
    path.write_text(json.dumps(content))
    out, summary = built(tmp_path, **choices)
    assert "skeleton" not in annotations_of(out)["categories"][0]
    assert any("names the keypoint 0 of 3, counted from 1" in str(n) for n in summary.notes)
    content["categories"][0] |= {"keypoints": ["eye", "eye", "nose"], "skeleton": []}
    path.write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match="two of its keypoints are called 'eye'"):
        built(tmp_path, "again", **choices)
    content["categories"][0] |= {"keypoints": POSE, "keypoint_flip_map": [["nose", "ear"]]}
    path.write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match=r"instances.json: .*no keypoint 'ear'"):
        built(tmp_path, "again", **choices)


def test_sources_without_keypoints_and_names_without_sides_are_noted(tmp_path):
    people = write_people(tmp_path / "people", POINTS, names=["a", "b", "c"])
    write_annotated(tmp_path / "plain", [(20, 10, 40, 30)], size=(60, 80))
    plain = {"coco": "plain/instances.json", "images": "plain/images"}
    out, summary = built(
        tmp_path, splits={"train": 8}, foregrounds=[people, plain], share_sources=True
    )
    texts = [str(note) for note in summary.notes]
    assert any("plain/instances.json: no keypoints of 'disk'" in text for text in texts)
    assert any("keypoint_flip_map.disk" in text for text in texts)
    numbers = {a["num_keypoints"] for a in annotations_of(out)["annotations"]}
    assert numbers >= {0, 3}


def test_an_instances_file_gets_the_keypoints_of_another(tmp_path):
    people = write_people(tmp_path / "people", POINTS)
    path = tmp_path / "people/instances.json"
    content = json.loads(path.read_text())
    (tmp_path / "people/poses.json").write_text(json.dumps(content))
    content["annotations"] = [
        {k: v for k, v in a.items() if k not in ("keypoints", "num_keypoints")}
        for a in content["annotations"]
    ]
    del content["categories"][0]["keypoints"], content["categories"][0]["skeleton"]
    path.write_text(json.dumps(content))
    write_backgrounds(tmp_path / "backgrounds")
    source = people | {"keypoints": "people/poses.json"}
    out, _ = built(tmp_path, splits={"train": 3}, foregrounds=[source], share_sources=True)
    assert all(a["num_keypoints"] for a in annotations_of(out)["annotations"])
    assert "people/poses.json" in json.loads((out / "manifest.json").read_text())["coco_files"]
    poses = json.loads((tmp_path / "people/poses.json").read_text())
    poses["annotations"][1]["image_id"] = 1
    (tmp_path / "people/poses.json").write_text(json.dumps(poses))
    with pytest.raises(CocosynthError, match=r"poses.json: annotation 2 is of another image"):
        built(tmp_path, "other", splits={"train": 3}, foregrounds=[source], share_sources=True)
    poses["annotations"] = [{**a, "id": a["id"] + 100} for a in poses["annotations"]]
    (tmp_path / "people/poses.json").write_text(json.dumps(poses))
    with pytest.raises(CocosynthError, match=r"poses.json: none of its annotations is in"):
        built(tmp_path, "other", splits={"train": 3}, foregrounds=[source], share_sources=True)


def test_captions_and_stuff_of_backgrounds_are_reported_once(tmp_path):
    write_annotated(tmp_path / "views", [(20, 10, 40, 30)], count=4)
    path = tmp_path / "views/instances.json"
    content = json.loads(path.read_text())
    content["categories"].append({"id": 9, "name": "sky", "isthing": 0})
    sky = dict(content["annotations"][0], id=90, category_id=9)
    content["annotations"] += [sky, {"id": 91, "image_id": 1, "caption": "a view"}]
    path.write_text(json.dumps(content))
    views = {"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}
    out, summary = built(tmp_path, backgrounds=[views], splits={"train": 4}, share_sources=True)
    rows = {row.reason: row.count for row in summary.skipped.rows() if row.source == views["coco"]}
    assert rows["caption: it belongs to no object"] == 1
    assert rows["background annotation of stuff (isthing: 0), which has no objects"] == 1
    assert "sky" not in {c["name"] for c in annotations_of(out)["categories"]}
    chosen = views | {"categories": ["sky"]}
    out, _ = built(tmp_path, "sky", backgrounds=[chosen], splits={"train": 4}, share_sources=True)
    assert "sky" in {c["name"] for c in annotations_of(out)["categories"]}


def test_the_preview_shows_keypoints_and_skeleton(everything, tmp_path):
    from cocosynth.check.preview import contact_sheet

    folder, out = everything
    path = out / "annotations/instances_train.json"
    posed = contact_sheet([(path, out / "train")])
    content = json.loads(path.read_text())
    for one in content["annotations"]:
        one["keypoints"] = [0] * 9
    (tmp_path / "bare.json").write_text(json.dumps(content))
    bare = contact_sheet([(tmp_path / "bare.json", out / "train")])
    assert (cv2.absdiff(posed, bare).max(axis=2) > 0).sum() > 500


def test_merge_and_split_keep_what_annotations_carry(everything, tmp_path):
    """A category with keypoints in one file has them, not labelled, on objects of the other."""
    folder, out = everything
    path = out / "annotations/instances_train.json"
    write_annotated(tmp_path / "plain", [(20, 10, 40, 30)], count=2)
    plain = tmp_path / "plain/instances.json"
    merged = tmp_path / "merged.json"
    summary = merge([path, plain], merged, images=[out / "train", tmp_path / "plain/images"])
    before, after = annotations_of(out), json.loads(merged.read_text())
    assert after["categories"][0]["keypoints"] == POSE
    count = len(before["annotations"])
    for one, other in zip(before["annotations"], after["annotations"][:count], strict=True):
        assert {**one, "id": 0, "image_id": 0} == {**other, "id": 0, "image_id": 0}
    for one in after["annotations"][count:]:
        assert (one["keypoints"], one["num_keypoints"]) == ([0] * 9, 0)
    assert any("2 annotations have no keypoints" in note for note in summary.notes)
    outputs = {name: tmp_path / f"{name}.json" for name in ("train", "val")}
    partition(merged, outputs, parse_parts("50/50"), by="image")
    parts = [json.loads(path.read_text()) for path in outputs.values()]
    found = sorted(
        (json.dumps(a["attributes"]), a["keypoints"])
        for part in parts
        for a in part.get("annotations", ())
        if "attributes" in a
    )
    assert found == sorted(
        (json.dumps(a["attributes"]), a["keypoints"]) for a in before["annotations"]
    )


def test_rescaling_takes_amodal_boxes_and_keypoints_along(everything, tmp_path):
    folder, out = everything
    (tmp_path / "small").mkdir()
    for path in (out / "train").glob("*.png"):
        half = cv2.resize(cv2.imread(str(path)), (80, 60))
        cv2.imwrite(str(tmp_path / "small" / path.name), half)
    fixed = tmp_path / "fixed.json"
    fix(out / "annotations/instances_train.json", fixed, images=tmp_path / "small", rescale=True)
    after = json.loads(fixed.read_text())["annotations"]
    for one, other in zip(annotations_of(out)["annotations"], after, strict=True):
        for x, half in zip(one["keypoints"][::3], other["keypoints"][::3], strict=True):
            assert half == pytest.approx(x / 2, abs=0.002)
        if "amodal_bbox" in one:
            assert other["amodal_bbox"] == [side / 2 for side in one["amodal_bbox"]]
            assert other["amodal_segmentation"]["size"] == [60, 80]


@pytest.mark.slow
def test_real_people_keep_their_poses(real_coco, tmp_path):
    """Both files of COCO in one configuration: of every pose, OKS against itself is 1."""
    split = "annotations/{}_val2017.json"
    config = {
        "splits": {"train": 16},
        "canvas": {"width": 640, "height": 480},
        "foregrounds": [
            {"coco": split.format("person_keypoints"), "images": "val2017"},
            {"coco": split.format("instances"), "images": "val2017", "categories": ["dog", "car"]},
        ],
        "backgrounds": [
            {"coco": split.format("instances"), "keypoints": split.format("person_keypoints"),
             "images": "val2017", "annotations": "keep"}
        ],
        "augment": ["flip", {"rotate": {"angle_range": [-40, 40]}}],
        "licenses": {"no_derivatives": "allow"},
        "share_sources": True,
    }  # fmt: skip
    build(config, tmp_path / "out", folder=real_coco)
    coco = COCO(str(tmp_path / "out/annotations/instances_train.json"))
    person = coco.getCatIds(["person"])
    people = coco.loadAnns(coco.getAnnIds(catIds=person))
    labelled = [one for one in people if one["num_keypoints"]]
    seen = {v for one in labelled for v in one["keypoints"][2::3]}
    assert seen == {0, 1, 2}
    found = [
        {k: one[k] for k in ("image_id", "category_id", "keypoints")} | {"score": 1.0}
        for one in labelled
    ]
    evaluation = COCOeval(coco, coco.loadRes(found), "keypoints")
    evaluation.params.catIds = person
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1.0
