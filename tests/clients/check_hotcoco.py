"""hotcoco: its health check finds no error, and warns of nothing but of what the data are like.

That an object is long and thin, as a sliver of a kept one can be, is no fault, but told.
"""

from collections import Counter

from client import run
from hotcoco import COCO


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


if __name__ == "__main__":
    run("hotcoco", reads)
