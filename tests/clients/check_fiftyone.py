"""FiftyOne: names and masks."""

from pathlib import Path

import fiftyone
import numpy as np
from client import figures_of, iou, run


def reads(dataset):
    agreement = []
    for split in dataset.splits:
        coco = dataset.coco(split)
        loaded = fiftyone.Dataset.from_dir(
            dataset_type=fiftyone.types.COCODetectionDataset,
            data_path=str(dataset.root / split),
            labels_path=str(dataset.annotation_file(split)),
            label_types=["segmentations"],
            label_field="found",
        )
        samples = {Path(sample.filepath).name: sample for sample in loaded}
        assert len(samples) == len(coco.imgs)
        for record in coco.imgs.values():
            found = samples[record["file_name"]]["found"]
            detections = found.detections if found else []
            expected = coco.imgToAnns[record["id"]]
            assert len(detections) == len(expected)
            for detection, annotation in zip(detections, expected, strict=True):
                assert detection.label == coco.cats[annotation["category_id"]]["name"]
                truth = coco.annToMask(annotation)
                agreement.append(iou(mask_of(detection, truth.shape), truth))
        loaded.delete()
    assert min(agreement) == 1, figures_of(agreement)
    return figures_of(agreement)


def mask_of(detection, size):
    """Put the mask of a box where the box is."""
    height, width = size
    left, top = round(detection.bounding_box[0] * width), round(detection.bounding_box[1] * height)
    mask = np.zeros(size, bool)
    rows, cols = detection.mask.shape
    mask[top : top + rows, left : left + cols] = detection.mask
    return mask


if __name__ == "__main__":
    run("fiftyone", reads)
