"""pycocotools: the ground truth against itself, and every area and box."""

import contextlib
import io

import numpy as np
from client import run
from pycocotools import mask as rle
from pycocotools.cocoeval import COCOeval


def reads(dataset):
    figures = []
    for split in dataset.splits:
        coco = dataset.coco(split)
        assert coco.getCatIds() == [c["id"] for c in dataset.content(split)["categories"]]
        for annotation in coco.anns.values():
            encoded = coco.annToRLE(annotation)
            assert rle.area(encoded) == annotation["area"]
            assert rle.toBbox(encoded).tolist() == annotation["bbox"]
        figures.append(f"{split} AP {average_precision(coco)}")
    return ", ".join(figures)


def average_precision(coco):
    """Hold the annotations against themselves: nothing but 1 is right."""
    detections = [
        {key: annotation[key] for key in ("image_id", "category_id", "segmentation", "bbox")}
        | {"score": 1.0}
        for annotation in coco.anns.values()
        if not annotation["iscrowd"]
    ]
    for detection in detections:
        if isinstance(detection["segmentation"], list):
            detection["segmentation"] = coco.annToRLE(
                {"segmentation": detection["segmentation"], "image_id": detection["image_id"]}
            )
    figures = {}
    for kind in ("bbox", "segm"):
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(coco, coco.loadRes([d.copy() for d in detections]), kind)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        assert np.isclose(evaluation.stats[0], 1.0), f"{kind} AP {evaluation.stats[0]}"
        figures[kind] = round(float(evaluation.stats[0]), 3)
    return f"{figures['bbox']} box {figures['segm']} segm"


if __name__ == "__main__":
    run("pycocotools", reads)
