"""torchvision: a Dataset, a Mask R-CNN, a training loop and an evaluation."""

from __future__ import annotations

from string import Template

from cocosynth.datasets.snippets.built import BuiltDataset
from cocosynth.datasets.snippets.literals import literal, literals, places

_TEMPLATE = Template('''\
# torchvision and pycocotools: save it as train.py, then
#     python train.py
import os

import numpy as np
import torch
from PIL import Image
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torchvision.models.detection import maskrcnn_resnet50_fpn
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNPredictor
from torchvision.transforms.functional import to_tensor

ROOT = $root
CLASSES = (  # in the order of the files
    "__background__",  # label 0
$classes
)
CATEGORY_IDS = $ids  # of labels 1, 2, ...
FILES = {  # the annotation file and the image folder of each split, from ROOT
$places
}
LABELS = {category_id: label for label, category_id in enumerate(CATEGORY_IDS, start=1)}


class CocoInstances(torch.utils.data.Dataset):
    """Images with boxes (x1, y1, x2, y2), labels and masks; crowds are skipped."""

    def __init__(self, split):
        annotations, self.folder = (os.path.join(ROOT, path) for path in FILES[split])
        self.coco = COCO(annotations)
        self.image_ids = sorted(self.coco.imgs)

    def __len__(self):
        return len(self.image_ids)

    def __getitem__(self, index):
        record = self.coco.imgs[self.image_ids[index]]
        with Image.open(os.path.join(self.folder, record["file_name"])) as picture:
            image = to_tensor(picture.convert("RGB"))
        found = self.coco.imgToAnns[record["id"]]
        found = [a for a in found if not a.get("iscrowd") and a["category_id"] in LABELS]
        boxes = torch.tensor([a["bbox"] for a in found], dtype=torch.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        masks = np.zeros((len(found), record["height"], record["width"]), np.uint8)
        for mask, annotation in zip(masks, found):
            mask[:] = self.coco.annToMask(annotation)
        labels = torch.tensor([LABELS[a["category_id"]] for a in found], dtype=torch.int64)
        target = {"boxes": boxes, "labels": labels, "masks": torch.from_numpy(masks)}
        return image, target | {"image_id": record["id"]}


def make_model(weights="DEFAULT", **options):
    """Make a Mask R-CNN with our classes; weights=None, weights_backbone=None is from scratch."""
    model = maskrcnn_resnet50_fpn(weights=weights, **options)
    heads = model.roi_heads
    heads.box_predictor = FastRCNNPredictor(
        heads.box_predictor.cls_score.in_features, len(CLASSES)
    )
    channels = heads.mask_predictor.conv5_mask.in_channels
    heads.mask_predictor = MaskRCNNPredictor(channels, 256, len(CLASSES))
    return model


def collate(batch):
    return tuple(zip(*batch))


def train(model, *, device, epochs=12, batch_size=2, learning_rate=0.005, workers=2):
    """Train, and return the loss of every step."""
    loader = torch.utils.data.DataLoader(
        CocoInstances($train), batch_size, shuffle=True, collate_fn=collate, num_workers=workers
    )
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(trained, learning_rate, momentum=0.9, weight_decay=0.0005)
    model.to(device).train()
    losses = []
    for epoch in range(epochs):
        for images, targets in loader:
            images = [image.to(device) for image in images]
            targets = [
                {key: value.to(device) for key, value in target.items() if key != "image_id"}
                for target in targets
            ]
            loss = sum(model(images, targets).values())
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 10.0)
            optimizer.step()
            losses.append(loss.item())
            if len(losses) % 10 == 1:
                print(f"epoch {epoch + 1} step {len(losses)} loss {losses[-1]:.3f}", flush=True)
    return losses


@torch.no_grad()
def evaluate(model, split, *, device):
    """Print COCO's figures for boxes and masks; return the AP of both."""
    dataset = CocoInstances(split)
    model.to(device).eval()
    detections = []
    for image, target in dataset:
        [found] = model([image.to(device)])
        found = {key: value.cpu().numpy() for key, value in found.items()}
        for number, label in enumerate(found["labels"]):
            x1, y1, x2, y2 = found["boxes"][number].tolist()
            mask = np.asfortranarray(found["masks"][number, 0] > 0.5, np.uint8)
            detections.append(
                {
                    "image_id": target["image_id"],
                    "category_id": CATEGORY_IDS[label - 1],
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "segmentation": rle.encode(mask),
                    "score": float(found["scores"][number]),
                }
            )
    if not detections:
        print(f"nothing was found in {split}")
        return {"bbox": 0.0, "segm": 0.0}
    figures = {}
    for kind in ("bbox", "segm"):
        evaluation = COCOeval(dataset.coco, dataset.coco.loadRes(detections), kind)
        evaluation.params.catIds = list(CATEGORY_IDS)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        figures[kind] = float(evaluation.stats[0])
    return figures


if __name__ == "__main__":
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = make_model()
    train(model, device=device)
    torch.save(model.state_dict(), "mask_rcnn.pt")
$evaluation
''')


def snippet(dataset: BuiltDataset) -> str:
    evaluation = (
        f"    evaluate(model, {literal(dataset.val)}, device=device)"
        if dataset.val
        else "    # There is no second split to validate on."
    )
    return _TEMPLATE.substitute(
        root=literal(dataset.root),
        places=places(dataset),
        classes=literals(dataset.classes),
        ids=dataset.category_ids,
        train=literal(dataset.train),
        evaluation=evaluation,
    )
