"""Train a small segmentation network on a dataset that cocosynth built.

    python examples/train_pytorch.py dataset --steps 600

Every pixel gets the number of its category, 0 for none. Any COCO instances dataset will do.
"""

import argparse
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import torch
from pycocotools.coco import COCO
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate, max_pool2d
from torch.utils.data import DataLoader, Dataset, RandomSampler

IGNORE = 255  # pixels of crowds: neither learnt nor counted


class SemanticCoco(Dataset[tuple[Tensor, Tensor]]):
    """The images of a COCO file, each with its label image, all resized to (height, width)."""

    def __init__(
        self, file: Path, folder: Path, size: tuple[int, int], names: list[str] | None = None
    ) -> None:
        with redirect_stdout(None):  # pycocotools tells how long it took
            self.coco = COCO(str(file))
        categories = self.coco.loadCats(sorted(self.coco.getCatIds()))
        self.names = names or [c["name"] for c in categories]
        number = {name: n for n, name in enumerate(self.names, start=1)}
        self.number = {c["id"]: number.get(c["name"], 0) for c in categories}  # ids have gaps
        self.image_ids = sorted(self.coco.getImgIds())
        self.folder, self.size = folder, size

    def __len__(self) -> int:
        return len(self.image_ids)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        record = self.coco.imgs[self.image_ids[index]]
        path = self.folder / record["file_name"]
        image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if image is None:
            raise FileNotFoundError(f"{path}: cannot be read")
        labels = self.label_image(record)
        image = cv2.resize(image, self.size[::-1], interpolation=cv2.INTER_AREA)
        labels = cv2.resize(labels, self.size[::-1], interpolation=cv2.INTER_NEAREST)
        pixels = image[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 255  # BGR to RGB
        return torch.from_numpy(pixels), torch.from_numpy(labels.astype(np.int64))

    def label_image(self, record: dict[str, int]) -> np.ndarray:
        """Return the number of the category at each pixel, (height, width) uint8."""
        labels = np.zeros((record["height"], record["width"]), np.uint8)
        annotations = self.coco.imgToAnns[record["id"]]
        # Masks built by cocosynth are disjoint; where others overlap, the smaller object is on top.
        for annotation in sorted(annotations, key=lambda a: (-a["iscrowd"], -a["area"])):
            number = self.number[annotation["category_id"]]
            mask = self.coco.annToMask(annotation) == 1
            labels[mask] = IGNORE if number and annotation["iscrowd"] else number
        return labels


def block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        *(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()),
        *(nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()),
    )


class UNet(nn.Module):
    """A U-Net (Ronneberger et al., 2015) of 120,000 weights, for images of any size."""

    def __init__(self, classes: int, widths: tuple[int, ...] = (8, 16, 32, 64)) -> None:
        super().__init__()
        pairs = list(zip(widths, widths[1:], strict=False))
        self.first = block(3, widths[0])
        self.down = nn.ModuleList(block(fine, coarse) for fine, coarse in pairs)
        self.up = nn.ModuleList(block(fine + coarse, fine) for fine, coarse in reversed(pairs))
        self.last = nn.Conv2d(widths[0], classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        features = [self.first(images)]
        for down in self.down:
            features.append(down(max_pool2d(features[-1], 2)))
        x = features.pop()
        for up, skip in zip(self.up, reversed(features), strict=True):
            x = interpolate(x, size=skip.shape[-2:], mode="bilinear")
            x = up(torch.cat([skip, x], dim=1))
        return self.last(x)


def class_weights(images: SemanticCoco, classes: int) -> Tensor:
    """Return how much a pixel of each class counts: what covers little of the images counts more.

    Without it, a short training is content with the background and the largest category.
    """
    counts = torch.zeros(classes)
    for _, labels in images:
        counts += torch.bincount(labels[labels != IGNORE], minlength=classes)
    return (counts.sum() / counts.clamp(min=1)).sqrt().clamp(max=10)


@torch.no_grad()
def iou_by_class(model: UNet, batches: DataLoader[tuple[Tensor, Tensor]], classes: int) -> Tensor:
    """Return intersection over union of each class, NaN for one that no label shows."""
    model.eval()
    counts = []
    for images, labels in batches:
        known = labels != IGNORE
        pairs = labels[known] * classes + model(images).argmax(1)[known]
        counts.append(torch.bincount(pairs, minlength=classes**2).view(classes, classes))
    confusion = torch.stack(counts).sum(0)  # pixels by label (rows) and prediction (columns)
    hits, labelled, predicted = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    return (hits / (labelled + predicted - hits)).masked_fill(labelled == 0, torch.nan)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dataset", type=Path, help="the folder that cocosynth built")
    parser.add_argument("--val", type=Path, nargs=2, help="COCO file, image folder")
    parser.add_argument("--steps", type=int, default=600, help="batches to train on")
    parser.add_argument("--batch", type=int, default=8, help="images in each")
    parser.add_argument("--size", type=int, nargs=2, default=(90, 120), help="height, width")
    parser.add_argument("--workers", type=int, default=0, help="processes that read images")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    annotations, size = args.dataset / "annotations", tuple(args.size)
    train = SemanticCoco(annotations / "instances_train.json", args.dataset / "train", size)
    val_file, val_folder = args.val or (annotations / "instances_val.json", args.dataset / "val")
    val = SemanticCoco(val_file, val_folder, size, train.names)
    shuffled = RandomSampler(train, num_samples=args.steps * args.batch)
    batches = DataLoader(train, args.batch, sampler=shuffled, num_workers=args.workers)
    val_batches = DataLoader(val, args.batch, num_workers=args.workers)
    names = ["(background)", *train.names]
    model = UNet(classes=len(names))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.steps)
    weights = class_weights(train, len(names))

    losses: list[float] = []
    for step, (images, labels) in enumerate(batches, start=1):
        model.train()
        loss = cross_entropy(model(images), labels, weights, ignore_index=IGNORE)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 50 == 0 or step in (1, args.steps):
            recent, iou = np.mean(losses[-10:]), iou_by_class(model, val_batches, len(names))
            print(f"step {step:4}  loss {recent:.3f}  val IoU {iou[1:].nanmean():.3f}", flush=True)
    print(f"loss {losses[0]:.3f} -> {recent:.3f}; val IoU by category:")
    for name, value in zip(names, iou.tolist(), strict=True):
        print(f"  {name:14} {value:.3f}")


if __name__ == "__main__":
    main()
