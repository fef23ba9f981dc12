"""torchvision: the printed Dataset, bit for bit, and a short training of the printed Mask R-CNN."""

import torch
from client import falling, figures_of, iou, run
from torchvision.datasets import VOCDetection

SMALL = {
    "min_size": 120,
    "max_size": 160,
    "rpn_post_nms_top_n_train": 200,
    "box_batch_size_per_image": 32,
    "box_detections_per_img": 20,
}


def reads(dataset):
    snippet = dataset.run_snippet("torchvision")
    agreement = []
    for split in dataset.splits:
        coco = dataset.coco(split)
        for image, target in snippet["CocoInstances"](split):
            record = coco.imgs[target["image_id"]]
            assert image.shape == (3, record["height"], record["width"])
            expected = [a for a in coco.imgToAnns[record["id"]] if not a["iscrowd"]]
            assert len(target["masks"]) == len(target["boxes"]) == len(expected)
            for number, annotation in enumerate(expected):
                name = coco.cats[annotation["category_id"]]["name"]
                assert snippet["CLASSES"][target["labels"][number]] == name
                x, y, width, height = annotation["bbox"]
                assert target["boxes"][number].tolist() == [x, y, x + width, y + height]
                agreement.append(iou(target["masks"][number], coco.annToMask(annotation)))
    assert min(agreement) == 1, figures_of(agreement)
    return figures_of(agreement)


def trains(dataset):
    torch.manual_seed(0)
    snippet = dataset.run_snippet("torchvision")
    model = snippet["make_model"](weights=None, weights_backbone=None, **SMALL)
    losses = snippet["train"](model, device="cpu", epochs=2, learning_rate=0.002, workers=0)
    fell = falling(losses, count=4)
    found = snippet["evaluate"](model, "val", device="cpu")
    return f"trained: {fell}; val AP {found['bbox']:.3f} box {found['segm']:.3f} segm"


def reads_voc(dataset):
    """Read Pascal VOC, of which torchvision takes JPEG files only."""
    if not dataset.has("VOCdevkit") or not dataset.ordinary:
        return None
    boxes = 0
    for split in dataset.splits:
        coco = dataset.coco(split)
        read = VOCDetection(str(dataset.root), year="2012", image_set=split)
        assert len(read) == len(coco.imgs)
        images = {f"{split}_{record['file_name']}": record for record in coco.imgs.values()}
        for image, target in read:
            record = images[target["annotation"]["filename"]]
            assert image.size == (record["width"], record["height"])
            expected = coco.imgToAnns[record["id"]]
            objects = target["annotation"].get("object", [])
            for found, annotation in zip(objects, expected, strict=True):
                assert found["name"] == coco.cats[annotation["category_id"]]["name"]
                assert int(found["difficult"]) == annotation["iscrowd"]
                corners = [int(found["bndbox"][key]) for key in ("xmin", "ymin", "xmax", "ymax")]
                x, y, width, height = annotation["bbox"]
                assert corners == [x + 1, y + 1, x + width, y + height]
                boxes += 1
    return f"Pascal VOC: {boxes} boxes to the pixel"


if __name__ == "__main__":
    run("torchvision", reads, trains, more=(reads_voc,))
