"""What each format of the table says is in a dataset: masks by class, for every image."""

import io
import json
import tarfile
import xml.etree.ElementTree as ET

import cv2
import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from ruamel.yaml import YAML
from small_builds import annotations_of


def coco_labels(out, split, kind="instances"):
    coco = COCO(str(out / f"annotations/{kind}_{split}.json"))
    return {
        record["file_name"]: [
            (coco.cats[a["category_id"]]["name"], bool(a["iscrowd"]), coco.annToMask(a))
            for a in coco.imgToAnns[record["id"]]
        ]
        for record in coco.imgs.values()
    }


def yolo_labels(out, split):
    """Read as ultralytics does: labels beside the images, outlines drawn with their border."""
    data = YAML(typ="safe", pure=True).load((out / "data.yaml").read_text())
    labels = {}
    for path in sorted((out / split).rglob("*.txt")):
        image = path.with_suffix("." + image_format(out, split))
        with Image.open(image) as opened:
            size = opened.size
        labels[image.relative_to(out / split).as_posix()] = [
            drawn(line, size, data["names"]) for line in path.read_text().splitlines()
        ]
    return labels


def image_format(out, split):
    return annotations_of(out, split)["images"][0]["file_name"].rpartition(".")[2]


def drawn(line, size, names):
    number, *places = line.split()
    points = (np.array(places, float).reshape(-1, 2) * size).astype(np.int32)
    mask = cv2.fillPoly(np.zeros(size[::-1], np.uint8), [points], 1)
    return names[int(number)], False, mask


def keypoint_labels(out, split):
    """Read the file of keypoints; its records are those of the instances."""
    content, whole = annotations_of(out, split, "person_keypoints"), annotations_of(out, split)
    known = {annotation["id"]: annotation for annotation in whole["annotations"]}
    assert all(known[annotation["id"]] == annotation for annotation in content["annotations"])
    assert content["images"] == whole["images"]
    assert content["categories"] == [c for c in whole["categories"] if "keypoints" in c]
    return coco_labels(out, split, "person_keypoints")


def yolo_poses(out, split):
    """Read boxes, and compare the keypoints with those of the COCO file."""
    labels = yolo_boxes(out, split, "yolo_pose")
    data = YAML(typ="safe", pure=True).load((out / "yolo_pose/data.yaml").read_text())
    coco = COCO(str(out / f"annotations/person_keypoints_{split}.json"))
    (category,) = coco.cats.values()
    assert data["kpt_shape"] == [len(category["keypoints"]), 3]
    assert [category["keypoints"][i] for i in data["flip_idx"]] == FLIPPED
    for image in coco.imgs.values():
        path = out / f"yolo_pose/labels/{split}/{image['file_name']}"
        rows = [line.split()[5:] for line in path.with_suffix(".txt").read_text().splitlines()]
        wanted = [a for a in coco.imgToAnns[image["id"]] if not a["iscrowd"]]
        for row, annotation in zip(rows, wanted, strict=True):
            points = np.array(row, float).reshape(-1, 3) * (image["width"], image["height"], 1)
            expected = np.array(annotation["keypoints"]).reshape(-1, 3)
            assert np.allclose(points, expected, atol=0.001)
    return labels


KEYPOINTS, FLIPPED = ["left_a", "right_a", "nose"], ["right_a", "left_a", "nose"]


def yolo_boxes(out, split, format="yolo_detect"):
    """Read as ultralytics does: labels in a folder that is called so instead of `images`."""
    folder = out / format
    data = YAML(typ="safe", pure=True).load((folder / "data.yaml").read_text())
    assert data.get(split, f"images/{split}") == f"images/{split}"
    labels = {}
    images = folder / "images" / split
    for image in sorted(path for path in images.rglob("*") if path.is_file()):
        name = image.relative_to(images)
        assert image.read_bytes() == (out / split / name).read_bytes()
        with Image.open(image) as opened:
            width, height = opened.size
        path = (folder / "labels" / split / name).with_suffix(".txt")
        rows = [line.split()[:5] for line in path.read_text().splitlines()]
        labels[name.as_posix()] = []
        for number, *places in rows:
            x, y, w, h = np.array(places, float) * (width, height, width, height)
            corners = np.rint([x - w / 2, y - h / 2, x + w / 2, y + h / 2]).astype(int)
            filled = box_mask((height, width), corners)
            labels[name.as_posix()].append((data["names"][int(number)], False, filled))
    return labels


def box_mask(size, corners):
    left, top, right, bottom = corners
    mask = np.zeros(size, np.uint8)
    mask[top:bottom, left:right] = 1
    return mask


def panoptic_labels(out, split):
    """Read by the definition of COCO: ids are R + 256 G + 65536 B."""
    content = json.loads((out / f"panoptic/panoptic_{split}.json").read_text())
    names = {category["id"]: category["name"] for category in content["categories"]}
    assert {category["isthing"] for category in content["categories"]} == {1}
    files = {image["id"]: image["file_name"] for image in content["images"]}
    labels = {}
    for annotation in content["annotations"]:
        with Image.open(out / f"panoptic/panoptic_{split}" / annotation["file_name"]) as opened:
            assert opened.mode == "RGB"
            ids = np.asarray(opened).astype(int) @ (1, 256, 65536)
        segments = annotation["segments_info"]
        assert {*np.unique(ids)} - {0} == {segment["id"] for segment in segments}
        found = []
        for segment in segments:
            mask = (ids == segment["id"]).astype(np.uint8)
            assert segment["area"] == mask.sum()
            assert segment["bbox"] == list(cv2.boundingRect(mask))
            found.append((names[segment["category_id"]], bool(segment["iscrowd"]), mask))
        labels[files[annotation["image_id"]]] = found
    return labels


def semantic_labels(out, split):
    """Read as mmsegmentation does: the values of the pixels as they are; 255 is void."""
    classes = json.loads((out / "semantic/classes.json").read_text())["classes"]
    labels = {}
    for path in sorted((out / "semantic" / split).rglob("*.png")):
        with Image.open(path) as opened:
            assert opened.mode == "P"
            values = np.asarray(opened)
        present = [value for value in np.unique(values) if value != 255]
        name = path.relative_to(out / "semantic" / split).with_suffix("").as_posix()
        labels[f"{name}.{image_format(out, split)}"] = [
            (classes[value], False, (values == value).astype(np.uint8)) for value in present
        ]
    return labels


def voc_labels(out, split):
    root = out / "VOCdevkit/VOC2012"
    labels = {}
    for stem in (root / f"ImageSets/Main/{split}.txt").read_text().splitlines():
        tree = ET.parse(root / f"Annotations/{stem}.xml").getroot()
        name = tree.findtext("filename").removeprefix(f"{split}_")
        image = root / "JPEGImages" / tree.findtext("filename")
        assert image.read_bytes() == (out / split / name).read_bytes()
        size = int(tree.findtext("size/height")), int(tree.findtext("size/width"))
        labels[name] = []
        for each in tree.iter("object"):
            corners = [int(each.findtext(f"bndbox/{k}")) for k in ("xmin", "ymin", "xmax", "ymax")]
            filled = box_mask(size, (corners[0] - 1, corners[1] - 1, *corners[2:]))
            difficult = each.findtext("difficult") == "1"
            labels[name].append((each.findtext("name"), difficult, filled))
    return labels


def webdataset_labels(out, split):
    labels = {}
    for path in sorted((out / "webdataset").glob(f"{split}-*.tar")):
        with tarfile.open(path) as tar:
            members = {member.name: tar.extractfile(member).read() for member in tar}
        for name in [name for name in members if not name.endswith(".json")]:
            content = json.loads(members[f"{name.rpartition('.')[0]}.json"])
            assert content["file_name"] == name
            assert members[name] == (out / split / name).read_bytes()
            with Image.open(io.BytesIO(members[name])) as opened:
                assert opened.size == (content["width"], content["height"])
            labels[name] = [
                (a["category"], bool(a["iscrowd"]), coco_mask.decode(a["segmentation"]))
                for a in content["annotations"]
            ]
    return labels


READERS = {
    "coco": coco_labels,
    "coco_keypoints": keypoint_labels,
    "panoptic": panoptic_labels,
    "semantic": semantic_labels,
    "voc": voc_labels,
    "webdataset": webdataset_labels,
    "yolo": yolo_labels,
    "yolo_detect": yolo_boxes,
    "yolo_pose": yolo_poses,
}
NO_CROWDS = ("semantic", "yolo", "yolo_detect", "yolo_pose")
HOLDS_CROWDS = {name: name not in NO_CROWDS for name in READERS}


def boxed(masks):
    """Return the boxes of some masks as masks."""
    found = []
    for name, crowd, mask in masks:
        x, y, w, h = cv2.boundingRect(mask)
        found.append((name, crowd, box_mask(mask.shape, (x, y, x + w, y + h))))
    return found


def united(masks):
    """Return one mask for each category, in the order of their names."""
    names = sorted({name for name, _, _ in masks})
    parts = {name: [mask for named, _, mask in masks if named == name] for name in names}
    return [(name, False, np.maximum.reduce(found)) for name, found in parts.items()]


def posed(masks):
    """Return the masks of the one category that has keypoints."""
    return [mask for mask in masks if mask[0] == "disk"]


AS_HELD = {
    "coco_keypoints": posed,
    "semantic": united,
    "voc": boxed,
    "yolo_detect": boxed,
    "yolo_pose": lambda masks: boxed(posed(masks)),
}
"""What a format holds of the masks."""


def always(mask):
    return True


EXACT = dict.fromkeys(READERS, always) | {
    "yolo": lambda mask: cv2.connectedComponents(mask)[0] == 2,  # one part, joined to none
}
