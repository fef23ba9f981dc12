"""panopticapi: panoptic quality against itself is 1; segments are the masks of the COCO file."""

import json

import numpy as np
from client import figures_of, iou, run
from panopticapi.evaluation import pq_compute
from panopticapi.utils import rgb2id
from PIL import Image


def reads(dataset):
    if not dataset.has("panoptic"):
        return None
    agreement = []
    for split in dataset.splits:
        path = dataset.root / f"panoptic/panoptic_{split}.json"
        found = pq_compute(str(path), str(path))
        assert found["All"]["pq"] == 1, found["All"]
        content, coco = json.loads(path.read_text()), dataset.coco(split)
        for image in content["annotations"]:
            pixels = np.asarray(Image.open(path.with_suffix("") / image["file_name"]))
            ids, expected = rgb2id(pixels), coco.imgToAnns[image["image_id"]]
            for segment, annotation in zip(image["segments_info"], expected, strict=True):
                assert segment["category_id"] == annotation["category_id"]
                agreement.append(iou(ids == segment["id"], coco.annToMask(annotation)))
    assert min(agreement) == 1
    return f"PQ 1 against itself, {figures_of(agreement)}"


if __name__ == "__main__":
    run("panopticapi", reads)
