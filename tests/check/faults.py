"""Faults planted into a sound file, one at a time: add one here, and it is tested and documented.

`python tests/check/faults.py` writes the table of `docs/validate-faults.md` anew.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cocosynth.check.validate import RULES
from cocosynth.coco import masks, rle

Content = dict[str, Any]
Plant = Callable[[Content], None]
PAGE = Path(__file__).parents[2] / "docs" / "validate-faults.md"


def _nothing(_: Any) -> None:
    """Leave all as it is."""


@dataclass(frozen=True)
class Fault:
    """A fault, how it is reported, and whether `--fix` has an answer.

    `before` makes the sound file that the fault is planted into; `pictures` changes image files.
    """

    name: str
    rule: str
    fixed: bool
    plant: Plant
    before: Plant = _nothing
    pictures: Callable[[Path], None] = _nothing

    def sound(self, content: Content) -> Content:
        content = copy.deepcopy(content)
        self.before(content)
        return content

    def planted(self, content: Content) -> Content:
        content = self.sound(content)
        self.plant(content)
        return content


FAULTS: list[Fault] = []
GROUPS: dict[str, int] = {}  # title to the position of its first fault


def group(title: str) -> None:
    GROUPS[title] = len(FAULTS)


def fault(name: str, rule: str, plant: Plant, **options: Any) -> None:
    FAULTS.append(Fault(name, rule, options.pop("fixed", False), plant, **options))


# --- what faults are planted into


def polygons(content: Content) -> list[dict[str, Any]]:
    """Return the objects drawn by one polygon, the larger ones first: a fault shows there."""
    found = [a for a in content["annotations"] if not a["iscrowd"]]
    found = [a for a in found if isinstance(a.get("segmentation"), list)]
    single = [a for a in found if len(a["segmentation"]) == 1]
    return sorted(single, key=lambda a: (-a["area"], a["id"]))


def middle(content: Content) -> dict[str, Any]:
    """Return an object of middling size that touches no border of its image."""
    sizes = image_sizes(content)
    inside = [
        a for a in polygons(content)
        if 400 < a["area"] < 40_000
        and min(a["bbox"][:2]) > 12
        and a["bbox"][0] + a["bbox"][2] < sizes[a["image_id"]][1] - 12
        and a["bbox"][1] + a["bbox"][3] < sizes[a["image_id"]][0] - 12
        and abs(a["bbox"][2] - a["bbox"][3]) > 4
    ]  # fmt: skip
    return inside[len(inside) // 2]


def image_sizes(content: Content) -> dict[int, tuple[int, int]]:
    return {image["id"]: (image["height"], image["width"]) for image in content["images"]}


def without_masks(content: Content) -> None:
    """Keep the boxes alone, with areas as tools for boxes write them."""
    content["annotations"] = [a for a in content["annotations"] if not a["iscrowd"]]
    for annotation in content["annotations"]:
        annotation.pop("segmentation", None)
        annotation["area"] = annotation["bbox"][2] * annotation["bbox"][3]


def at_the_border(content: Content) -> None:
    """Keep the boxes alone; one object touches the right border of its image."""
    record = middle(content)
    without_masks(content)
    record["bbox"][0] = image_sizes(content)[record["image_id"]][1] - record["bbox"][2]


def with_keypoints(content: Content) -> None:
    """Give all objects of the most frequent category three keypoints."""
    categories = [a["category_id"] for a in content["annotations"]]
    frequent = max(set(categories), key=lambda c: (categories.count(c), c))
    for category in content["categories"]:
        category.pop("keypoints", None), category.pop("skeleton", None)
        if category["id"] == frequent:
            category["keypoints"] = ["left", "middle", "right"]
            category["skeleton"] = [[1, 2], [2, 3]]
    for annotation in content["annotations"]:
        annotation.pop("keypoints", None), annotation.pop("num_keypoints", None)
        if annotation["category_id"] == frequent and not annotation["iscrowd"]:
            x, y, w, h = annotation["bbox"]
            points = [[x + w * k / 4, y + h / 2, 2] for k in (1, 2)]
            annotation["keypoints"] = [round(v, 2) for point in points for v in point] + [0, 0, 0]
            annotation["num_keypoints"] = 2


def posed(content: Content) -> dict[str, Any]:
    found = [a for a in content["annotations"] if a.get("num_keypoints")]
    return max(found, key=lambda a: a["area"])


# --- ways to plant


def on(choose: Callable[[Content], dict[str, Any]], **values: Any) -> Plant:
    """Set keys of a chosen record; a callable gets the record."""

    def plant(content: Content) -> None:
        record = choose(content)
        record.update({k: v(record) if callable(v) else v for k, v in values.items()})

    return plant


def lose(choose: Callable[[Content], dict[str, Any]], *keys: str) -> Plant:
    def plant(content: Content) -> None:
        record = choose(content)
        for key in keys:
            del record[key]

    return plant


def each(change: Callable[[dict[str, Any]], None]) -> Plant:
    """Change all annotations that are no crowds."""

    def plant(content: Content) -> None:
        for annotation in content["annotations"]:
            if not annotation["iscrowd"]:
                change(annotation)

    return plant


def each_box(form: Callable[..., list[float]]) -> Plant:
    """Write all boxes in another form; `form` gets x, y, w, h and the size of the image."""

    def plant(content: Content) -> None:
        sizes = image_sizes(content)
        for a in content["annotations"]:
            a["bbox"] = form(*a["bbox"], *sizes[a["image_id"]])

    return plant


def first(table: str) -> Callable[[Content], dict[str, Any]]:
    return lambda content: content[table][0]


def add(table: str, make: Callable[[Content], dict[str, Any]]) -> Plant:
    return lambda content: content[table].append(make(content))


def corners(x: float, y: float, w: float, h: float, *_: int) -> list[float]:
    return [x, y, x + w, y + h]


def centre(x: float, y: float, w: float, h: float, *_: int) -> list[float]:
    return [x + w / 2, y + h / 2, w, h]


def fractions(x: float, y: float, w: float, h: float, rows: int, cols: int) -> list[float]:
    return [round(v, 6) for v in (x / cols, y / rows, w / cols, h / rows)]


def yolo(x: float, y: float, w: float, h: float, rows: int, cols: int) -> list[float]:
    return fractions(*centre(x, y, w, h), rows, cols)


def moved(annotation: dict[str, Any], x: float, y: float) -> list[list[float]]:
    return [[v + (y if i % 2 else x) for i, v in enumerate(polygon)]
            for polygon in annotation["segmentation"]]  # fmt: skip


def turned(change: Callable[..., tuple[float, float]]) -> Plant:
    """Move the points of a mask; `change` gets x, y, and the size of the image."""

    def plant(content: Content) -> None:
        record = middle(content)
        size = image_sizes(content)[record["image_id"]]
        record["segmentation"] = [
            [v for x, y in zip(p[::2], p[1::2], strict=True) for v in change(x, y, *size)]
            for p in record["segmentation"]
        ]

    return plant


def as_rle(content: Content) -> None:
    """Draw a chosen object by run lengths."""
    record = middle(content)
    size = image_sizes(content)[record["image_id"]]
    mask = masks.decode(record["segmentation"], size)
    record["segmentation"] = {"size": list(size), "counts": rle.encode(mask)}


def all_rle_of_one_image(content: Content) -> None:
    """Draw all objects by run lengths in one image."""
    image = image_of(content)["id"]
    size = image_sizes(content)[image]
    for record in content["annotations"]:
        if record["image_id"] == image and isinstance(record["segmentation"], list):
            mask = masks.decode(record["segmentation"], size)
            tighten(record, content)
            record["segmentation"] = {"size": list(size), "counts": rle.encode(mask)}


def image_of(content: Content) -> dict[str, Any]:
    """Return the image with the most objects that is no square."""
    named = [a["image_id"] for a in content["annotations"]]
    oblong = [image for image in content["images"] if image["width"] != image["height"]]
    return max(oblong, key=lambda image: (named.count(image["id"]), image["id"]))


def without_crowds(content: Content) -> None:
    content["annotations"] = [a for a in content["annotations"] if not a["iscrowd"]]


def swap_size(content: Content) -> None:
    image = image_of(content)
    image["width"], image["height"] = image["height"], image["width"]


def inverted(record: dict[str, Any]) -> dict[str, Any]:
    size = tuple(record["segmentation"]["size"])
    return {"size": list(size), "counts": rle.encode(~masks.decode(record["segmentation"], size))}


def crossed(record: dict[str, Any]) -> list[list[float]]:
    """Walk the corners of the box in the form of an hourglass."""
    x, y, w, h = record["bbox"]
    return [[x, y, x + w, y + h, x + w, y, x, y + h]]


def rectangle(record: dict[str, Any]) -> None:
    x, y, w, h = record["bbox"]
    record["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]


def new_id(content: Content) -> int:
    return max(a["id"] for a in content["annotations"]) + 1


def fresh(content: Content, **values: Any) -> dict[str, Any]:
    """Return a copy of the chosen annotation under a new id."""
    record = copy.deepcopy(middle(content)) | {"id": new_id(content)}
    return record | {k: v(record) if callable(v) else v for k, v in values.items()}


def other_object(content: Content) -> dict[str, Any]:
    """Return an object of another place in the image of the chosen one."""
    record = middle(content)
    x, y, w, h = record["bbox"]

    def is_apart(other: dict[str, Any]) -> bool:
        ox, oy, ow, oh = other["bbox"]
        return ox > x + w or ox + ow < x or oy > y + h or oy + oh < y

    return next(a for a in polygons(content)
                if a["image_id"] == record["image_id"] and is_apart(a))  # fmt: skip


# --- the faults

group("Notation")
fault("an id is text", "id-form", on(middle, id=lambda a: str(a["id"])), fixed=True)
fault("all category ids are text", "id-form",
      lambda c: [r.update({k: str(r[k])}) for k, t in (("id", "categories"), ("category_id",
      "annotations")) for r in c[t]], fixed=True)  # fmt: skip
fault("an id is no number", "id-form", on(middle, id="x7"))
fault("`iscrowd` is true and false", "iscrowd-form",
      lambda c: [a.update(iscrowd=bool(a["iscrowd"])) for a in c["annotations"]],
      fixed=True)  # fmt: skip
fault("`iscrowd` is missing", "iscrowd-missing", lose(middle, "iscrowd"), fixed=True)
fault("`iscrowd` is 2", "iscrowd-form", on(middle, iscrowd=2))
fault("the area is missing", "missing-key", lose(middle, "area"), fixed=True)
fault("the box is missing", "missing-key", lose(middle, "bbox"), fixed=True)
fault("area and box are missing", "missing-key", lose(middle, "area", "bbox"), fixed=True)
fault("the area is null", "area-form", on(middle, area=None), fixed=True)
fault("the area is text", "area-form", on(middle, area=lambda a: str(a["area"])), fixed=True)
fault("the box is null", "bbox-form", on(middle, bbox=None), fixed=True)
fault("the box is text", "bbox-form", on(middle, bbox=lambda a: [str(v) for v in a["bbox"]]),
      fixed=True)  # fmt: skip
fault("the box has three numbers", "bbox-form", on(middle, bbox=lambda a: a["bbox"][:3]),
      fixed=True)  # fmt: skip
fault("the box has a negative width", "bbox-form",
      on(middle, bbox=lambda a: [a["bbox"][0] + a["bbox"][2], a["bbox"][1], -a["bbox"][2],
                                 a["bbox"][3]]), fixed=True)  # fmt: skip
fault("the area is missing where there is no mask", "missing-key", lose(first("annotations"),
      "area"), before=without_masks)  # fmt: skip
fault("the width of an image is text", "size-form",
      on(image_of, width=lambda i: str(i["width"])), fixed=True)  # fmt: skip
fault("the width of an image is 0", "size-form", on(image_of, width=0))
fault("the file name is missing", "missing-key", lose(image_of, "file_name"),
      before=lambda c: image_of(c).pop("coco_url", None))  # fmt: skip
fault("a category name is a number", "category-name-form", on(first("categories"), name=7))
fault("a polygon is not in a list", "segmentation-flat",
      on(middle, segmentation=lambda a: a["segmentation"][0]), fixed=True)  # fmt: skip
fault("a segmentation is null", "segmentation-form", on(middle, segmentation=None), fixed=True)
fault("a segmentation is an empty list", "segmentation-empty", on(middle, segmentation=[]))
fault("a polygon has two points", "polygon-form", on(middle, segmentation=[[1, 1, 9, 9]]))
fault("run lengths are printed as bytes", "rle-counts-bytes",
      lambda c: middle_rle(c).update(counts=str(middle_rle(c)["counts"].encode())),
      before=as_rle, fixed=True)  # fmt: skip
fault("the table of images is a mapping", "table-form",
      lambda c: c.update(images={str(i["id"]): i for i in c["images"]}))  # fmt: skip
fault("an annotation is null", "record-form", lambda c: c["annotations"].append(None))


def middle_rle(content: Content) -> dict[str, Any]:
    """Return the run lengths of an object in an image that is no square."""
    return next(a["segmentation"] for a in content["annotations"]
                if isinstance(a["segmentation"], dict) and not a["iscrowd"]
                and len(set(a["segmentation"]["size"])) == 2
                and isinstance(a["segmentation"]["counts"], str))  # fmt: skip


def two_categories(content: Content) -> None:
    content["categories"].append({"id": 8888, "name": "another thing"})


group("Ids, names and records")
fault("two annotations have one id", "duplicate-id",
      lambda c: middle(c).update(id=other_object(c)["id"]))  # fmt: skip
fault("an annotation is there twice, with its id", "duplicate-annotation",
      add("annotations", lambda c: copy.deepcopy(middle(c))), fixed=True)  # fmt: skip
fault("an annotation is there twice, under another id", "duplicate-annotation",
      add("annotations", fresh), fixed=True)  # fmt: skip
fault("an annotation is there twice, once with 10 and once with 10.0", "duplicate-annotation",
      add("annotations", lambda c: fresh(c, bbox=lambda a: [float(v) for v in a["bbox"]])),
      before=lambda c: tighten(middle(c), c),
      fixed=True)  # fmt: skip
fault("an image record is there twice", "duplicate-id",
      add("images", lambda c: dict(c["images"][0])), fixed=True)  # fmt: skip
fault("a category is there twice", "duplicate-id",
      add("categories", lambda c: dict(c["categories"][0])), fixed=True)  # fmt: skip
fault("two images have one id", "duplicate-id",
      lambda c: c["images"][1].update(id=c["images"][0]["id"]))  # fmt: skip
fault("an annotation has the id 0", "annotation-id-zero", on(middle, id=0))
fault("an image id is negative", "negative-id", lambda c: [
      r.update({k: -7}) for t, k, old in (("annotations", "image_id", c["images"][0]["id"]),
      ("images", "id", c["images"][0]["id"])) for r in c[t] if r[k] == old])  # fmt: skip
fault("an annotation names no image", "unknown-image", on(middle, image_id=987_654_321))
fault("an annotation names no category", "unknown-category", on(middle, category_id=987_654))
fault("an image names no license", "unknown-license", on(image_of, license=9876), fixed=True)
fault("two categories have one name", "duplicate-category-name",
      lambda c: c["categories"][1].update(name=c["categories"][0]["name"]),
      before=two_categories)  # fmt: skip
fault("two category names differ in case and a space", "category-name-lookalike",
      lambda c: c["categories"][1].update(name=c["categories"][0]["name"].title() + " "),
      before=two_categories)  # fmt: skip
fault("a category name is a space", "category-name-blank", on(first("categories"), name=" "))
fault("a category has no annotation", "category-without-annotations",
      add("categories", lambda c: {"id": 9999, "name": "unheard of"}))  # fmt: skip
fault("two images are `a.jpg` and `./a.jpg`", "duplicate-file-name",
      lambda c: c["images"][1].update(file_name="./" + c["images"][0]["file_name"]))  # fmt: skip
fault("a file name leads out of the folder", "file-name-outside",
      on(image_of, file_name=lambda i: f"../{i['file_name']}"))  # fmt: skip
fault("a file name has a backslash", "file-name-not-relative",
      on(image_of, file_name=lambda i: f".\\{i['file_name']}"))  # fmt: skip
fault("images have an address only, as in LVIS", "file-name-missing",
      lambda c: [i.update(coco_url=f"http://x/{i.pop('file_name')}") for i in c["images"]],
      before=lambda c: [i.update(file_name=f"f/{Path(i['file_name']).name}") for i in c["images"]],
      fixed=True)  # fmt: skip

group("Boxes with masks")
fault("one box is two corners", "bbox-corners",
      on(middle, bbox=lambda a: corners(*a["bbox"])), fixed=True)  # fmt: skip
fault("all boxes are two corners", "bbox-corners", each_box(corners), fixed=True)
fault("one box is centre and size", "bbox-centre",
      on(middle, bbox=lambda a: centre(*a["bbox"])), fixed=True)  # fmt: skip
fault("all boxes are centre and size", "bbox-centre", each_box(centre), fixed=True)
fault("all boxes are fractions of the image", "bbox-normalized", each_box(fractions), fixed=True)
fault("all boxes are as YOLO has them", "bbox-normalized", each_box(yolo), fixed=True)
fault("a box has x and y swapped", "bbox-axes-swapped",
      on(middle, bbox=lambda a: [a["bbox"][i] for i in (1, 0, 3, 2)]))  # fmt: skip
fault("a box is one pixel short", "bbox-one-short",
      on(middle, bbox=lambda a: [*a["bbox"][:2], a["bbox"][2] - 1, a["bbox"][3] - 1]),
      before=lambda c: tighten(middle(c), c), fixed=True)  # fmt: skip
fault("a box is a little too wide", "bbox-differs",
      on(middle, bbox=lambda a: [a["bbox"][0] - 4, a["bbox"][1] - 3, a["bbox"][2] + 8,
                                 a["bbox"][3] + 6]), fixed=True)  # fmt: skip
fault("a box is moved by 3 px", "bbox-differs",
      on(middle, bbox=lambda a: [a["bbox"][0] + 3, a["bbox"][1], *a["bbox"][2:]]))  # fmt: skip
fault("a box is somewhere else", "mask-outside-bbox",
      on(middle, bbox=lambda a: [0, 0, *a["bbox"][2:]]))  # fmt: skip
fault("a box is half as large and near", "mask-outside-bbox",
      on(middle, bbox=lambda a: [v / 2 for v in a["bbox"]]))  # fmt: skip
fault("a box encloses nothing", "bbox-empty-with-mask",
      on(middle, bbox=lambda a: [*a["bbox"][:2], 0, 0]), fixed=True)  # fmt: skip
fault("a box reaches far beyond the image", "bbox-outside-image",
      on(middle, bbox=lambda a: [v * 4 for v in a["bbox"]]))  # fmt: skip


def tighten(record: dict[str, Any], content: Content) -> None:
    """Give a record the box and area of its mask, in whole pixels."""
    mask = masks.decode(record["segmentation"], image_sizes(content)[record["image_id"]])
    box = masks.box_of(mask)
    assert box is not None
    height, width = box.size
    record.update(bbox=[box.left, box.top, width, height], area=int(np.count_nonzero(mask)))


group("Boxes without masks")
fault("all boxes are two corners", "bbox-corners", each_box(corners), before=without_masks)
fault("all boxes are centre and size", "bbox-centre", each_box(centre), before=without_masks)
fault("all boxes are fractions of the image", "bbox-normalized", each_box(fractions),
      before=without_masks)  # fmt: skip
fault("all boxes are as YOLO has them", "bbox-normalized", each_box(yolo), before=without_masks)
fault("one box is two corners", "bbox-outside-image",
      lambda c: max(c["annotations"], key=reach(c)).update(
          bbox=corners(*max(c["annotations"], key=reach(c))["bbox"])),
      before=without_masks)  # fmt: skip
fault("a box reaches 3 px beyond the border", "bbox-outside-image",
      lambda c: beyond(c, 3), before=at_the_border, fixed=True)  # fmt: skip
fault("a box reaches 300 px beyond the border", "bbox-outside-image",
      lambda c: beyond(c, 300), before=at_the_border)  # fmt: skip
fault("a box has no width", "bbox-empty",
      lambda c: c["annotations"][3]["bbox"].__setitem__(2, 0), before=without_masks)  # fmt: skip
fault("every box is its image", "boxes-are-images",
      each_box(lambda x, y, w, h, rows, cols: [0, 0, cols, rows]),
      before=without_masks)  # fmt: skip
fault("an area is 999999", "area-exceeds-box", on(first("annotations"), area=999_999),
      before=without_masks)  # fmt: skip
fault("all areas are 4 times the box", "area-scaled", each(lambda a: a.update(area=4 * a["area"])),
      before=without_masks)  # fmt: skip
fault("all areas are 0", "area-zero", each(lambda a: a.update(area=0)), before=without_masks)


def reach(content: Content) -> Callable[[dict[str, Any]], float]:
    """Return how far the box of an annotation would reach beyond its image as two corners."""
    sizes = image_sizes(content)
    return lambda a: 2 * a["bbox"][0] + a["bbox"][2] - sizes[a["image_id"]][1]


def beyond(content: Content, pixels: int) -> None:
    """Make the box at the right border reach beyond it."""
    sizes = image_sizes(content)
    flush = [a for a in content["annotations"]
             if a["bbox"][0] + a["bbox"][2] == sizes[a["image_id"]][1]]  # fmt: skip
    record = min(flush, key=lambda a: a["area"])
    record["bbox"][2] += pixels
    record["area"] = record["bbox"][2] * record["bbox"][3]


group("Areas beside masks")
fault("an area is that of the box", "area-is-box",
      on(middle, area=lambda a: a["bbox"][2] * a["bbox"][3]), fixed=True)  # fmt: skip
fault("an area is 0", "area-zero", on(middle, area=0), fixed=True)
fault("an area is 3 times too large", "area-far-off", on(middle, area=lambda a: 3 * a["area"]),
      fixed=True)  # fmt: skip
fault("an area is a third too large", "area-differs", on(middle, area=lambda a: 1.3 * a["area"]),
      fixed=True)  # fmt: skip
fault("all areas are 4 times too large", "area-scaled",
      each(lambda a: a.update(area=4 * a["area"])), fixed=True)  # fmt: skip
fault("all areas are a quarter", "area-scaled",
      each(lambda a: a.update(area=a["area"] / 4)), fixed=True)  # fmt: skip

group("Masks")
fault("a mask is that of another object", "mask-outside-bbox",
      lambda c: middle(c).update(segmentation=other_object(c)["segmentation"]))  # fmt: skip
fault("a mask is mirrored", "mask-outside-bbox", turned(lambda x, y, h, w: (w - x, y)))
fault("a mask is upside down", "mask-outside-bbox", turned(lambda x, y, h, w: (x, h - y)))
fault("a mask has x and y swapped", "bbox-axes-swapped", turned(lambda x, y, h, w: (y, x)))
fault("a mask is inverted", "mask-outside-bbox",
      lambda c: invert(c), before=as_rle)  # fmt: skip
fault("one mask is moved by 40 px", "mask-outside-bbox",
      on(middle, segmentation=lambda a: moved(a, 40, 0)))  # fmt: skip
fault("all masks are moved by 6 px", "masks-shifted", each(
      lambda a: a.update(segmentation=moved(a, 6, 5)) if isinstance(a["segmentation"], list)
      else None))  # fmt: skip
fault("a mask is moved out of the image", "mask-empty",
      on(middle, segmentation=lambda a: moved(a, 9000, 0)))  # fmt: skip
fault("polygons are fractions of the image", "polygon-normalized",
      turned(lambda x, y, h, w: (x / w, y / h)))  # fmt: skip
fault("a polygon reaches astronomically far", "mask-invalid",
      turned(lambda x, y, h, w: (x * 1e9, y)))  # fmt: skip
fault("a polygon crosses itself", "polygon-crosses-itself", on(middle, segmentation=crossed))
fault("a polygon is there twice", "polygon-repeated",
      on(middle, segmentation=lambda a: a["segmentation"] * 2), fixed=True)  # fmt: skip
fault("a coordinate of a polygon is missing", "polygon-odd-length",
      on(middle, segmentation=lambda a: [a["segmentation"][0][:-1]]))  # fmt: skip
fault("every mask is the rectangle of its box", "masks-are-boxes", each(rectangle))
fault("the size of run lengths is swapped", "rle-size-mismatch",
      lambda c: middle_rle(c)["size"].reverse(), before=as_rle, fixed=True)  # fmt: skip
fault("the record of an image is swapped beside run lengths", "image-record-swapped",
      swap_size, before=all_rle_of_one_image, fixed=True)  # fmt: skip
fault("run lengths are cut short", "rle-counts-mismatch",
      lambda c: middle_rle(c).update(counts=middle_rle(c)["counts"][:-1]),
      before=as_rle)  # fmt: skip
fault("a crowd is drawn by a polygon", "crowd-polygon", on(middle, iscrowd=1))
fault("all objects are crowds", "crowd-marks-parts",
      lambda c: [a.update(iscrowd=1) for a in c["annotations"]])  # fmt: skip
fault("an object is annotated again, a little differently", "near-duplicate",
      add("annotations", lambda c: fresh(c, segmentation=lambda a: moved(a, 0.3, 0))))  # fmt: skip
fault("one mask is there under two categories", "two-categories",
      add("annotations", lambda c: fresh(c, category_id=lambda a: next(
          k["id"] for k in c["categories"] if k["id"] != a["category_id"]))),
      before=two_categories)  # fmt: skip


def invert(content: Content) -> None:
    record = next(a for a in content["annotations"] if a["segmentation"] is middle_rle(content))
    record["segmentation"] = inverted(record)


group("Keypoints")


def keypoint(name: str, rule: str, plant: Plant, *, fixed: bool = False) -> None:
    fault(name, rule, plant, fixed=fixed, before=with_keypoints)


def point(index: int, value: float) -> Plant:
    return lambda content: posed(content)["keypoints"].__setitem__(index, value)


def each_point(change: Callable[..., tuple[float, float]]) -> Plant:
    """Move all labelled keypoints; `change` gets x, y, the box and the size of the image."""

    def plant(content: Content) -> None:
        sizes = image_sizes(content)
        for a in content["annotations"]:
            points = a.get("keypoints", [])
            for i in range(0, len(points), 3):
                if points[i + 2]:
                    size = sizes[a["image_id"]]
                    points[i : i + 2] = change(points[i], points[i + 1], a["bbox"], size)

    return plant


keypoint("a keypoint is outside the image", "keypoint-outside-image", point(0, 99_999))
keypoint("a keypoint is far outside its box", "keypoint-far-from-box", lambda c: far_point(c))
keypoint("a visibility is 3", "keypoint-visibility", point(2, 3))
keypoint("a keypoint that is not labelled has a place", "keypoint-unlabelled-place", point(6, 5))
keypoint("`num_keypoints` is wrong", "num-keypoints-differs", on(posed, num_keypoints=3),
         fixed=True)  # fmt: skip
keypoint("`num_keypoints` is missing", "num-keypoints-differs",
         lambda c: posed(c).pop("num_keypoints"), fixed=True)  # fmt: skip
keypoint("a keypoint is missing", "keypoints-mismatch",
         on(posed, keypoints=lambda a: a["keypoints"][:-3]))  # fmt: skip
keypoint("a category has no names of keypoints", "keypoint-names-missing",
         lambda c: [k.pop("keypoints", None) for k in c["categories"]])  # fmt: skip
keypoint("a name of a keypoint is there twice", "keypoint-names-repeated",
         lambda c: [k.update(keypoints=["a", "a", "b"])
                    for k in c["categories"] if "keypoints" in k])  # fmt: skip
keypoint("a skeleton names a keypoint too many", "skeleton-out-of-range", lambda c: [
         k.update(skeleton=[[1, 4]]) for k in c["categories"] if "keypoints" in k])  # fmt: skip
keypoint("a skeleton counts from 0", "skeleton-from-zero", lambda c: [
         k.update(skeleton=[[0, 1], [1, 2]]) for k in c["categories"] if "keypoints" in k],
         fixed=True)  # fmt: skip
keypoint("all keypoints are fractions of the image", "keypoints-normalized",
         each_point(lambda x, y, box, size: (x / size[1], y / size[0])))  # fmt: skip
keypoint("all keypoints are moved", "keypoints-shifted",
         each_point(lambda x, y, box, size: (x + 400, y + 300)))  # fmt: skip
keypoint("all keypoints count from their boxes", "keypoints-shifted",
         each_point(lambda x, y, box, size: (x - box[0], y - box[1])))  # fmt: skip


def far_point(content: Content) -> None:
    """Put a keypoint of a small object at the other end of its image."""
    found = [a for a in content["annotations"] if a.get("num_keypoints")]
    record = min(found, key=lambda a: a["bbox"][2])
    width = image_sizes(content)[record["image_id"]][1]
    record["keypoints"][0] = 1 if record["bbox"][0] > width / 2 else width - 1


group("Image files")


def one_picture(change: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda folder: change(sorted(p for p in folder.rglob("*") if p.is_file())[0])


def every_picture(change: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda folder: [change(p) for p in folder.rglob("*") if p.is_file()] and None


def resize(path: Path) -> None:
    with Image.open(path) as image:
        half = image.resize((image.width // 2, image.height // 2))
    half.save(path)


fault("an image file is missing", "image-missing", _nothing, pictures=one_picture(Path.unlink))
fault("an image file is cut short", "image-unreadable", _nothing,
      pictures=one_picture(lambda p: p.write_bytes(p.read_bytes()[:999]) and None))  # fmt: skip
fault("the recorded width is one too large", "image-size-mismatch",
      on(image_of, width=lambda i: i["width"] + 1), fixed=True)  # fmt: skip
fault("recorded width and height are swapped", "image-size-mismatch", swap_size, fixed=True,
      before=without_crowds)  # fmt: skip
fault("one picture is resized", "image-size-mismatch", _nothing, pictures=one_picture(resize))
fault("all pictures are resized", "images-resized", _nothing, pictures=every_picture(resize))
fault("a picture is there under two names", "duplicate-image",
      lambda c: c["images"].append(min(c["images"], key=lambda i: i["file_name"])
                                   | {"id": 99_999, "file_name": "twin.jpg"}),
      pictures=lambda folder: (folder / "twin.jpg").write_bytes(
          min(p for p in folder.rglob("*") if p.is_file()).read_bytes()) and None)  # fmt: skip


def table() -> str:
    """Return the page of the faults."""
    lines = [_HEAD]
    titles = {position: title for title, position in GROUPS.items()}
    for position, one in enumerate(FAULTS):
        if position in titles:
            lines += ["", f"## {titles[position]}", "", _COLUMNS, "|---|---|---|---|"]
        rule = f"[{one.rule}](validate.md#{one.rule})"
        lines.append(
            f"| {one.name} | {rule} | {RULES[one.rule].severity} | "
            f"{'fixed' if one.fixed else 'undecided'} |"
        )
    return "\n".join(lines) + "\n"


_COLUMNS = "| fault | reported as | severity | `--fix` |"
_HEAD = """# Faults and what becomes of them

Each of these faults is planted alone into real files by a test: it must be reported under the rule
named here, and `validate --fix` must bring back the right numbers (*fixed*), or leave the file
as it is (*undecided*). No number that was right may be changed, and no other error appear. The
page is written from a list, `tests/check/faults.py`; whoever knows another fault adds it there."""


if __name__ == "__main__":
    PAGE.write_text(table(), encoding="utf-8")
    print(json.dumps({"faults": len(FAULTS), "fixed": sum(f.fixed for f in FAULTS)}))  # noqa: T201
