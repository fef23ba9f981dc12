"""Make composites with another library, in its own environment: nothing of ours is imported here.

    .clients/albumentationsx/bin/python benchmarks/peer.py albumentationsx inputs.json out

Each pastes objects as its documentation shows, on the same backgrounds, from the same photographs;
images are written as JPEG of quality 95, masks are encoded as RLE. What it prints is CPU and wall
seconds of the images alone, and how many pixels two masks of an image claim both.
"""

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco_mask

OBJECTS = 3
SCALE_RANGE = (0.5, 1.0)

Objects = list[dict[str, Any]]  # each the path of a photograph and the polygons of an object
Maker = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]  # image and masks (n, H, W)


def albumentationsx(objects: Objects, size: tuple[int, int]) -> Maker:
    """Hand over cut-outs of objects, and let the library scale, place and paste them."""
    import albumentations

    paste = albumentations.CopyAndPaste(scale_range=SCALE_RANGE, p=1)
    compose = albumentations.Compose([paste], seed=0)
    donors = []
    for one in objects:
        photograph = cv2.imread(one["path"])
        mask = _mask(one["polygons"], photograph.shape[:2])
        left, top, width, height = cv2.boundingRect(mask)
        part = slice(top, top + height), slice(left, left + width)
        donors.append({"image": photograph[part].copy(), "mask": mask[part].copy()})

    def make(background: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = [donors[(number * OBJECTS + k) % len(donors)] for k in range(OBJECTS)]
        nothing = np.zeros((0, *background.shape[:2]), np.uint8)
        made = compose(image=background, masks=nothing, copy_paste_metadata=chosen)
        return made["image"], np.asarray(made["masks"])

    return make


def ultralytics(objects: Objects, size: tuple[int, int]) -> Maker:
    """Let the library paste the objects of one photograph at a time, where they are in it.

    It pastes nothing into an image without objects, so each background has one, a triangle in its
    corner, which is not counted.
    """
    from ultralytics.data.augment import CopyPaste
    from ultralytics.utils.instance import Instances
    from ultralytics.utils.ops import resample_segments

    width, height = size
    of_photograph: dict[str, list[np.ndarray]] = {}
    for one in objects:
        longest = max(one["polygons"], key=len)
        of_photograph.setdefault(one["path"], []).append(np.reshape(longest, (-1, 2)))
    names = sorted(of_photograph)

    def labelled(image: np.ndarray, segments: list[np.ndarray]) -> dict[str, Any]:
        lines = np.stack(resample_segments([s.astype(np.float32) for s in segments], n=1000))
        boxes = np.concatenate([lines.min(axis=1), lines.max(axis=1)], axis=1)
        instances = Instances(boxes, lines, bbox_format="xyxy", normalized=False)
        return {"img": image, "cls": np.zeros((len(lines), 1)), "instances": instances}

    class Photographs:
        def __len__(self) -> int:
            return len(names)

        def get_image_and_label(self, number: int) -> dict[str, Any]:
            photograph = cv2.imread(names[number])
            factor = size / np.array(photograph.shape[1::-1])
            segments = [segment * factor for segment in of_photograph[names[number]][:OBJECTS]]
            return labelled(cv2.resize(photograph, size), segments)

    paste = CopyPaste(Photographs(), p=1, mode="mixup")
    corner = np.array([[0, 0], [1, 0], [0, 1]])

    def make(background: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        made = paste(labelled(background, [corner]))
        shown = made["instances"].segments[1:]
        masks = [_mask([segment.ravel().tolist()], (height, width)) for segment in shown]
        return made["img"], np.array(masks).reshape(-1, height, width)

    return make


def _mask(polygons: list[list[float]], size: tuple[int, int]) -> np.ndarray:
    return coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(polygons, *size)))


MAKERS = {"albumentationsx": albumentationsx, "ultralytics": ultralytics}


def _images(make: Maker, backgrounds: list[str], out: Path) -> Iterator[tuple[int, int]]:
    """Make and write every image; yield its masks, and the pixels that two of them claim."""
    records = []
    for number, path in enumerate(backgrounds):
        image, masks = make(cv2.imread(path), number)
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
        encoded.tofile(out / f"{number:06d}.jpg")
        for mask in masks:
            rle = coco_mask.encode(np.asfortranarray(mask))
            box, area = coco_mask.toBbox(rle).tolist(), int(coco_mask.area(rle))
            counts = rle["counts"].decode()
            segmentation = {"size": rle["size"], "counts": counts}
            records.append({"segmentation": segmentation, "bbox": box, "area": area})
        yield len(masks), int((masks.sum(axis=0) > 1).sum()) if len(masks) else 0
    (out / "annotations.json").write_text(json.dumps(records))


def main() -> None:
    name, inputs, out = sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3])
    cv2.setNumThreads(1)
    np.random.seed(0)  # noqa: NPY002  # what the library draws from
    out.mkdir()
    make = MAKERS[name](inputs["objects"], tuple(inputs["size"]))
    make(cv2.imread(inputs["backgrounds"][0]), 0)  # once for nothing
    cpu, wall = time.process_time(), time.perf_counter()
    found = list(_images(make, inputs["backgrounds"], out))
    told = {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "pasted": sum(masks for masks, _ in found),
        "twice": sum(twice for _, twice in found),
        "version": importlib.metadata.version(name),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
