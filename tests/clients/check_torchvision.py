"""torchvision: the printed Dataset, bit for bit, and a short training of the printed Mask R-CNN."""

import torch
from client import falling, figures_of, iou, run

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


if __name__ == "__main__":
    run("torchvision", reads, trains)
