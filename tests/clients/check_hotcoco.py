"""hotcoco: its health check finds no error, and warns of nothing but of what the data are like.

Panoptic quality and mean IoU of what was exported, against itself, are 1.

That an object is long and thin, as a sliver of a kept one can be, is no fault, but told.
"""

import json
from collections import Counter
from pathlib import Path

from client import run
from hotcoco import COCO, panoptic, semantic


def reads(dataset):
    images = annotations = 0
    remarks = Counter()
    for split in dataset.splits:
        report = COCO(str(dataset.annotation_file(split))).healthcheck()
        faults = list(report["errors"])
        for warning in report["warnings"]:
            if warning["code"] == "extreme_aspect_ratio":
                remarks[warning["code"]] += len(warning["affected_ids"])
            elif warning["layer"] != "Distribution":
                faults.append(warning)
        assert not faults, faults
        images += report["summary"]["num_images"]
        annotations += report["summary"]["num_annotations"]
    told = "".join(f", {count} x {code}" for code, count in remarks.items())
    return f"healthy: {images} images, {annotations} annotations{told}"


def panoptic_quality(dataset):
    if not dataset.has("panoptic"):
        return None
    segments = 0
    for split in dataset.splits:
        path = str(dataset.root / f"panoptic/panoptic_{split}.json")
        found = panoptic.PanopticEval(path, path)
        found.run()
        assert found.results()["All"]["pq"] == 1, found.results()["All"]
        content = json.loads(Path(path).read_text())
        segments += sum(len(each["segments_info"]) for each in content["annotations"])
    return f"panoptic: PQ 1 against itself, {segments} segments"


def mean_iou(dataset):
    if not dataset.has("semantic"):
        return None
    classes = json.loads((dataset.root / "semantic/classes.json").read_text())["classes"]
    for split in dataset.splits:
        folder = str(dataset.root / "semantic" / split)
        found = semantic.SemanticEval(len(classes))
        found.update_folders(folder, folder)
        assert found.report()["metrics"]["mIoU"] == 1, found.report()["metrics"]
    return f"semantic: mIoU 1 against itself, {len(classes)} classes"


if __name__ == "__main__":
    run("hotcoco", reads, more=(panoptic_quality, mean_iou))
