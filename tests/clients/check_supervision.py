"""supervision: its masks against those of pycocotools; it draws polygons anew."""

import numpy as np
from client import figures_of, iou, run
from supervision import DetectionDataset


def reads(dataset):
    agreement = []
    for split in dataset.splits:
        coco = dataset.coco(split)
        loaded = DetectionDataset.from_coco(
            str(dataset.root / split), str(dataset.annotation_file(split)), force_masks=True
        )
        assert len(loaded) == len(coco.imgs)
        for record in coco.imgs.values():
            [path] = [p for p in loaded.image_paths if p.endswith(record["file_name"])]
            detections = loaded.annotations[path]
            expected = coco.imgToAnns[record["id"]]
            assert len(detections) == len(expected)
            for number, annotation in enumerate(expected):
                name = coco.cats[annotation["category_id"]]["name"]
                assert loaded.classes[detections.class_id[number]] == name
                assert np.allclose(detections.xyxy[number], corners(annotation["bbox"]))
                agreement.append(iou(detections.mask[number], coco.annToMask(annotation)))
    if dataset.encoding == "rle":
        assert min(agreement) == 1
    return figures_of(agreement)


def corners(bbox):
    x, y, width, height = bbox
    return x, y, x + width, y + height


if __name__ == "__main__":
    run("supervision", reads)
