"""The plain way of doing it, as tutorials do: full frames, floats, scikit-image, pycocotools."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask
from skimage import io, transform
from skimage.util import img_as_ubyte


def compose(
    background: Path,
    foregrounds: list[tuple[Path, np.ndarray]],
    out: Path,
    rng: np.random.Generator,
) -> list[dict]:
    """Paste whole photographs through their masks onto a background, one after the other."""
    canvas = transform.resize(_read(background), (480, 640))
    annotations = []
    for path, mask in foregrounds:
        front = transform.resize(_read(path), (480, 640))
        alpha = transform.resize(mask.astype(float), (480, 640))
        if rng.random() < 0.5:
            front, alpha = front[:, ::-1], alpha[:, ::-1]
        scale, angle = rng.uniform(0.5, 1.0), rng.uniform(-10, 10)
        move = transform.SimilarityTransform(
            scale=1 / scale, translation=(rng.uniform(-200, 100), rng.uniform(-150, 80))
        )
        front = transform.warp(transform.rotate(front, angle), move)
        alpha = transform.warp(transform.rotate(alpha, angle), move) > 0.5
        canvas = np.where(alpha[..., None], front, canvas)
        if alpha.any():
            rle = coco_mask.encode(np.asfortranarray(alpha.astype(np.uint8)))
            annotations.append(
                {
                    "segmentation": {**rle, "counts": rle["counts"].decode()},
                    "bbox": coco_mask.toBbox(rle).tolist(),
                    "area": int(coco_mask.area(rle)),
                }
            )
    io.imsave(out, img_as_ubyte(np.clip(canvas, 0, 1)), check_contrast=False)
    json.dumps(annotations)
    return annotations


def _read(path: Path) -> np.ndarray:
    image = io.imread(path)
    return (np.dstack([image] * 3) if image.ndim == 2 else image[..., :3]) / 255.0
