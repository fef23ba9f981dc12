"""hotcoco: its health check finds no error, and no warning but of how many there are of what."""

from client import run
from hotcoco import COCO


def reads(dataset):
    images = annotations = 0
    for split in dataset.splits:
        report = COCO(str(dataset.annotation_file(split))).healthcheck()
        faults = report["errors"] + [
            warning for warning in report["warnings"] if warning["layer"] != "Distribution"
        ]
        assert not faults, faults
        images += report["summary"]["num_images"]
        annotations += report["summary"]["num_annotations"]
    return f"healthy: {images} images, {annotations} annotations"


if __name__ == "__main__":
    run("hotcoco", reads)
