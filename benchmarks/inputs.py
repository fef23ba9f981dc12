"""What the benchmarks read: photographs of one size, objects to paste, and configurations.

Real COCO photographs where COCOSYNTH_REAL_COCO names some, else those of `sample_data/`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from itertools import count as counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.big_coco import star
from benchmarks.sizes import Sizes
from cocosynth.core.resources import resource

CANVAS = (640, 480)
INSTANCES_A_PHOTO = 10
FITTED = 12  # photographs brought to another size, which takes long where that is large

CONFIG: dict[str, Any] = {
    "seed": 1,
    "objects_per_image": [3, 3],
    "augment": [
        {"flip": {"p": 0.5}},
        {"rotate": {"angle_range": [-30, 30]}},
        {"scale": {"factor_range": [0.5, 1.0]}},
    ],
    "export": {"quality": 95},
    "licenses": {"no_derivatives": "allow"},
    "report": False,  # it shows the first hundred images: none of what each further one costs
}


@dataclass(frozen=True)
class Inputs:
    """A folder to work in, and how much is to be measured."""

    work: Path
    sizes: Sizes
    _numbers: counter[int]

    @classmethod
    def in_folder(cls, work: Path, sizes: Sizes) -> Inputs:
        return cls(work, sizes, counter())

    def config(self, images: int, backgrounds: list[Path], **changes: Any) -> Path:
        """Write a configuration of images with objects of the real annotations; return its path."""
        content = CONFIG | {
            "splits": {"train": images},
            "canvas": dict(zip(("width", "height"), CANVAS, strict=True)),
            "foregrounds": [self.foreground()],
            "backgrounds": [{"folder": str(backgrounds[0].parent)}],
        }
        path = self.work / f"config-{next(self._numbers)}.yaml"
        path.write_text(json.dumps(content | changes))
        return path

    def foreground(self, *, area_range: tuple[int, int] = (1024, 60_000)) -> dict[str, Any]:
        """Return the annotated photographs, or the first of them, as a source of objects."""
        kind, folder = source()
        annotations, images = (
            ("annotations/instances_train2017.json", "train2017")
            if kind == "COCO"
            else ("photos/annotations/instances.json", "photos/images")
        )
        path = self.work / "objects.json"
        if not path.exists():
            dataset = json.loads((folder / annotations).read_bytes())
            dataset["images"] = dataset["images"][: self.sizes.photographs]
            chosen = {image["id"] for image in dataset["images"]}
            dataset["annotations"] = [a for a in dataset["annotations"] if a["image_id"] in chosen]
            path.write_text(json.dumps(dataset))
        source_of = {"coco": str(path), "images": str(folder / images)}
        return source_of | {"area_range": list(area_range)}

    def fresh(self) -> Path:
        """Return the name of a folder that does not exist yet."""
        return self.work / f"out-{next(self._numbers)}"

    def frames(self, count: int, *, size: tuple[int, int] = CANVAS, name: str = "") -> list[Path]:
        """Return JPEG files of this width and height, no two of them equal.

        Photographs that have the size are taken as they are, or else all of them are fitted to it.
        Where more are wanted than there are, they come again, told apart by a comment in the file:
        that changes neither what it takes to decode them nor how they look.
        """
        folder = self.work / f"{name or 'frames'}-{count}-{size[0]}x{size[1]}"
        files = [folder / f"{number:06d}.jpg" for number in range(count)]
        if not folder.exists():
            folder.mkdir()
            photographs = _of_size(size, count)
            for number, file in enumerate(files):
                copy, original = divmod(number, len(photographs))
                file.write_bytes(_commented(photographs[original], f"{name}{number}" + "." * copy))
        return files

    def blobs(self, photos: int) -> dict[str, Any]:
        """Write a COCO dataset of ten invented instances a photo; return it as a foreground."""
        frames = self.frames(photos, name="photos")
        rng = np.random.default_rng(0)
        width, height = CANVAS
        images = [
            {"id": number, "file_name": frame.name, "width": width, "height": height}
            for number, frame in enumerate(frames, start=1)
        ]
        annotations = []
        for number in range(photos * INSTANCES_A_PHOTO):
            polygon = star(rng, radius_range=(20, 60))
            record = {"segmentation": [polygon.ravel().tolist()], "iscrowd": 0, "category_id": 1}
            annotations.append(
                {"id": number + 1, "image_id": number // INSTANCES_A_PHOTO + 1, **record}
            )
        dataset = {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": 1, "name": "blob"}],
        }
        path = self.work / f"blobs-{photos}.json"
        path.write_text(json.dumps(dataset))
        return {"coco": str(path), "images": str(frames[0].parent)}


def source() -> tuple[str, Path]:
    """Return what kind of photographs is used, and the folder they are in."""
    real = os.environ.get("COCOSYNTH_REAL_COCO")
    return ("COCO", Path(real)) if real else ("sample_data", resource("sample_data"))


def _of_size(size: tuple[int, int], count: int) -> list[bytes]:
    kind, folder = source()
    name = "val2017" if kind == "COCO" else "backgrounds"
    found = []
    for file in sorted((folder / name).glob("*.jpg")):
        content = file.read_bytes()
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        found.append((content, pixels))
    ready = [content for content, pixels in found if pixels.shape[1::-1] == size]
    return ready or [_fitted(pixels, size) for _, pixels in found[: min(count, FITTED)]]


def _fitted(pixels: np.ndarray, size: tuple[int, int]) -> bytes:
    """Scale pixels to cover a width and height, cut off what is over, and encode them."""
    width, height = size
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    scaled = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    fitted = cv2.resize(scaled[:height, :width], size)  # rounding may leave it a pixel short
    return cv2.imencode(".jpg", fitted, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def _commented(jpeg: bytes, text: str) -> bytes:
    """Put a comment segment behind the start of a JPEG file."""
    comment = text.encode("ascii")
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]
