"""datumaro: names and masks; it wants the images in `images/<split>`, so they are linked there."""

from pathlib import Path

import datumaro
import numpy as np
from client import figures_of, iou, run
from pycocotools import mask as rle


def reads(dataset):
    imported = datumaro.Dataset.import_from(str(linked(dataset)), "coco_instances")
    names = [item.name for item in imported.categories()[datumaro.AnnotationType.label].items]
    agreement = []
    for split in dataset.splits:
        coco = dataset.coco(split)
        for record in coco.imgs.values():
            item = imported.get(Path(record["file_name"]).stem, split)
            groups = {}
            for annotation in item.annotations:
                groups.setdefault(annotation.group, []).append(annotation)
            expected = coco.imgToAnns[record["id"]]
            assert sorted(groups) == sorted(annotation["id"] for annotation in expected)
            for annotation in expected:
                parts = groups[annotation["id"]]
                name = coco.cats[annotation["category_id"]]["name"]
                assert {names[part.label] for part in parts} == {name}
                truth = coco.annToMask(annotation)
                agreement.append(iou(mask_of(parts, truth.shape), truth))
    assert min(agreement) == 1, figures_of(agreement)
    return figures_of(agreement)


def mask_of(parts, size):
    """Return the mask of an object that may have come as several polygons."""
    mask = np.zeros(size, bool)
    for part in parts:
        if part.type == datumaro.AnnotationType.mask:
            mask |= part.image.astype(bool)
        elif part.type == datumaro.AnnotationType.polygon:
            mask |= rle.decode(rle.frPyObjects([part.points], *size))[..., 0].astype(bool)
    return mask


def linked(dataset):
    folder = Path(f"{dataset.root.name}-datumaro").absolute()
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").symlink_to(dataset.root / "annotations")
    for split in dataset.splits:
        (folder / "images" / split).symlink_to(dataset.root / split)
    return folder


if __name__ == "__main__":
    run("datumaro", reads)
