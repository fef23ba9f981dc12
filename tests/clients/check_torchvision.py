"""torchvision: the printed Dataset, bit for bit, and a short training of the printed Mask R-CNN."""

import torch
from client import falling, figures_of, iou, run


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
    small = {"min_size": 240, "max_size": 320, "box_detections_per_img": 20}
    model = snippet["make_model"](weights=None, weights_backbone=None, **small)
    losses = snippet["train"](model, device="cpu", epochs=3, learning_rate=0.002, workers=0)
    fell = falling(losses, count=6)
    found = snippet["evaluate"](model, "val", device="cpu")
    return f"trained: {fell}; val AP {found['bbox']:.3f} box {found['segm']:.3f} segm"


if __name__ == "__main__":
    run("torchvision", reads, trains)
