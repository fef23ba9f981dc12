"""The plain way of doing it, as tutorials do: full frames, floats, scikit-image, pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from imageio.v3 import imread, imwrite
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from skimage import transform
from skimage.util import img_as_ubyte

from benchmarks.clock import Cost, now

_SIZE = (480, 640)


class Tutorial:
    """Pastes three objects of a COCO dataset onto each background.

    Parameters
    ----------
    annotations, folder : str
        The dataset.
    area_range : list of float
        Of the objects that are pasted.
    """

    def __init__(self, annotations: str, folder: str, area_range: Sequence[float]) -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # it tells how long it takes
            self._coco = COCO(annotations)
        self._folder = Path(folder)
        chosen = self._coco.getAnnIds(areaRng=area_range, iscrowd=False)
        self._annotations = self._coco.loadAnns(chosen)

    def compose(self, backgrounds: Sequence[Path], out: Path) -> Cost:
        """Compose an image on each background and write down what is in it."""
        rng = np.random.default_rng(0)
        out.mkdir()
        start = now()
        labels = {path.name: self._compose(path, out / path.name, rng) for path in backgrounds}
        (out / "annotations.json").write_text(json.dumps(labels))
        cost = now() - start
        shutil.rmtree(out)
        return cost

    def _compose(self, background: Path, out: Path, rng: np.random.Generator) -> list[Any]:
        canvas = _framed(_read(background))
        labels = []
        for number in rng.integers(0, len(self._annotations), 3):
            annotation = self._annotations[number]
            record = self._coco.imgs[annotation["image_id"]]
            front = _framed(_read(self._folder / record["file_name"]))
            alpha = _framed(self._coco.annToMask(annotation).astype(float))
            if rng.random() < 0.5:
                front, alpha = front[:, ::-1], alpha[:, ::-1]
            scale, angle = rng.uniform(0.5, 1.0), rng.uniform(-30, 30)
            move = transform.SimilarityTransform(
                scale=1 / scale, translation=(rng.uniform(-200, 100), rng.uniform(-150, 80))
            )
            front = transform.warp(transform.rotate(front, angle), move)
            alpha = transform.warp(transform.rotate(alpha, angle), move) > 0.5
            canvas = np.where(alpha[..., None], front, canvas)
            if alpha.any():
                labels.append(_described(alpha))
        pixels = img_as_ubyte(np.clip(canvas, 0, 1))
        imwrite(out, pixels, quality=95)
        return labels


def _read(path: Path) -> np.ndarray:
    image = imread(path)
    return (np.dstack([image] * 3) if image.ndim == 2 else image[..., :3]) / 255.0


def _framed(image: np.ndarray) -> np.ndarray:
    return image if image.shape[:2] == _SIZE else transform.resize(image, _SIZE)


def _described(mask: np.ndarray) -> dict[str, Any]:
    rle = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {
        "segmentation": {**rle, "counts": rle["counts"].decode()},
        "bbox": coco_mask.toBbox(rle).tolist(),
        "area": int(coco_mask.area(rle)),
    }
