"""Detections on real photographs, judged by pycocotools."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from experiments.proof.detector import Answers, Detector, detections
from experiments.proof.views import Views, levels_of

Detection = tuple[int, str, float, list[float]]
"""The place of the image, the category, the score, and [x, y, width, height] in the file."""


@torch.no_grad()
def detect(model: Detector, views: Views, categories: Sequence[str]) -> list[Detection]:
    """Return what the detector finds, the surest 100 of each image.

    Answers about an image and its mirror image are averaged.
    """
    found: list[Detection] = []
    device = next(model.parameters()).device
    for part in torch.arange(len(views)).split(16):
        plain, mirrored = (
            model(levels_of(views.features[2 * part + number].to(device), views.shapes))
            for number in range(2)
        )
        boxes, scores, numbers = (one.cpu() for one in detections(_both(plain, mirrored)))
        limit = views.size[part].repeat(1, 2)[:, None]
        boxes = torch.minimum(boxes.clamp(min=0), limit) / views.scale[part, None, None]
        for place, *of_image in zip(
            part.tolist(), boxes.tolist(), scores.tolist(), numbers.tolist(), strict=True
        ):
            for (left, top, right, bottom), score, number in zip(*of_image, strict=True):
                if score > 0:
                    box = [left, top, right - left, bottom - top]
                    found.append((place, categories[number], score, box))
    return found


def _both(plain: Answers, mirrored: Answers) -> Answers:
    """Return scores from 0 to 1 and sides, the mean of both."""
    left_to_right = [2, 1, 0, 3]
    return [
        (
            (scores.sigmoid() + others.sigmoid().flip(-1)) / 2,
            (sides + other_sides.flip(-1)[:, left_to_right]) / 2,
        )
        for (scores, sides), (others, other_sides) in zip(plain, mirrored, strict=True)
    ]


def judge(truth: Path, found: Sequence[Detection], categories: Sequence[str]) -> dict[str, Any]:
    """Return AP and AP50 of each category in percent, and which detections are right at 0.5.

    `ranked` lists for each category the places of the images of its detections, counted from 1, the
    surest detection first, with a minus where it is wrong; the wrong ones behind the last right one
    change nothing and are not there. AP50 of any sample of the images follows from it.
    """
    with redirect_stdout(StringIO()):
        coco = COCO(str(truth))
        ids = {category["name"]: category["id"] for category in coco.cats.values()}
        image_ids = sorted(coco.imgs)
        records = [
            {"image_id": image_ids[place], "category_id": ids[name], "score": score, "bbox": box}
            for place, name, score, box in found
        ]
        judged = COCOeval(coco, coco.loadRes(records), "bbox")
        judged.params.catIds = sorted(
            ids[name] for name in categories
        )  # as pycocotools does itself
        judged.params.imgIds = image_ids
        judged.evaluate()
        judged.accumulate()
    precision = judged.eval["precision"][..., 0, -1]  # IoU, recall, category
    by_category: dict[str, dict[str, Any]] = {}
    for name in categories:
        number = judged.params.catIds.index(ids[name])
        ap = precision[..., number]
        if (ap > -1).all():
            figures = {"AP": 100 * ap.mean(), "AP50": 100 * ap[0].mean()}
            ranked, truths = _ranked(judged, number)
            by_category[name] = {
                **{key: round(float(value), 3) for key, value in figures.items()},
                "instances": sum(truths),
                "in": truths,
                "ranked": ranked,
            }
    return {
        **{
            key: round(float(np.mean([figures[key] for figures in by_category.values()])), 3)
            for key in ("AP", "AP50")
        },
        "categories": by_category,
    }


def _ranked(judged: COCOeval, category: int) -> tuple[list[int], list[int]]:
    """Return the ranked detections of a category, and how many instances each image has."""
    images, ranges = len(judged.params.imgIds), len(judged.params.areaRng)
    of_images = judged.evalImgs[category * ranges * images :][:images]  # any area
    places, scores, right, truths = [], [], [], []
    for place, image in enumerate(of_images, start=1):
        if image is None:
            truths.append(0)
            continue
        truths.append(int((np.asarray(image["gtIgnore"]) == 0).sum()))
        kept = ~image["dtIgnore"][0]
        places += [place] * int(kept.sum())
        scores += list(np.asarray(image["dtScores"])[kept])
        right += list(image["dtMatches"][0][kept] > 0)
    order = np.argsort(-np.array(scores), kind="mergesort") if scores else np.array([], int)
    ranked = [places[n] if right[n] else -places[n] for n in order]
    last = max((n for n, place in enumerate(ranked, start=1) if place > 0), default=0)
    return ranked[:last], truths
