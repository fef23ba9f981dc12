"""A small detector on features that stay as they are: a pyramid, and a head of centre points.

Every cell of strides 8, 16 and 32 says how much it is the centre of an object of each category
(Zhou and others, "Objects as Points", 2019), and how far the four sides of that object are; cells
near the centre learn the sides, too (Liu and others, "Training-Time-Friendly Network", 2020). The
same head looks at all strides; large objects are learnt at the coarse ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from experiments.proof.backbone import HALF, LAYOUT, classifier_layer
from experiments.proof.settings import Settings
from experiments.proof.views import Shapes

STRIDES = (8, 16, 32)
SIZES = ((0, 80), (48, 176), (112, 1e9))  # root of the area in pixels that a stride learns
CROWDS = 4  # of an image, at most; they come first among its boxes
NEAR = 0.54  # part of a box around its centre that learns it, as in the paper on TTFNet

Answers = list[tuple[Tensor, Tensor]]
"""Of each stride: scores (n, c, rows, columns) and distances to the sides (n, 4, ...) in pixels."""


class Detector(nn.Module):
    """Takes features of strides 8, 16 and 32; gives answers.

    The features of stride 32 also go through the last layer of the classifier of ImageNet, which
    stays as it is.
    """

    def __init__(self, categories: int, shapes: Shapes, settings: Settings) -> None:
        super().__init__()
        self.shapes = shapes
        width = settings.width
        weight, bias = classifier_layer(settings.backbone)
        self.register_buffer("meaning_weight", weight.to(HALF))
        self.register_buffer("meaning_bias", bias.to(HALF))
        self.dropout = settings.dropout
        self.meaning = Pointwise(len(bias), width)
        self.lateral = nn.ModuleList(Pointwise(channels, width) for _, _, channels in shapes)
        self.norms = nn.ModuleList(Norm(width) for _ in shapes)
        self.smooth = nn.ModuleList(Separable(width) for _ in shapes)
        self.tower = Separable(width)
        self.scores = Pointwise(width, categories)
        self.sides = Pointwise(width, 4)
        nn.init.constant_(self.scores.bias, -4.6)  # a score of 0.01: few cells are centres
        nn.init.constant_(self.sides.bias, 1.0)

    def forward(self, levels: Sequence[Tensor]) -> Answers:
        own = [layer(self._drop(level)) for layer, level in zip(self.lateral, levels, strict=True)]
        top = pointwise(levels[-1], self.meaning_weight, self.meaning_bias).clamp(0, 6)
        own[-1] = own[-1] + self.meaning(self._drop(top))
        answers: Answers = []
        merged: Tensor | None = None
        for number in reversed(range(len(own))):
            x = self.norms[number](own[number])
            if merged is not None:
                x = x + merged.repeat_interleave(2, 1).repeat_interleave(2, 2)
            merged = self.smooth[number](x)
            last = self.tower(merged)
            scores = self.scores(self._drop(last, 0.5)).float()
            sides = 2 * STRIDES[number] * functional.softplus(self.sides(last).float())
            answers.append((scores.permute(0, 3, 1, 2), sides.permute(0, 3, 1, 2)))
        return answers[::-1]

    def _drop(self, x: Tensor, part: float = 1.0) -> Tensor:
        """Forget some channels of each image, at every place."""
        if not self.training:
            return x
        rate = self.dropout * part
        kept = torch.rand(len(x), 1, 1, x.shape[-1], device=x.device) >= rate
        return x * (kept / (1 - rate)).to(x.dtype)


def pointwise(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return a convolution of 1 x 1 of (n, rows, columns, channels), in 16 bits."""
    made = functional.linear(x.reshape(-1, x.shape[-1]), weight.to(HALF), bias.to(HALF))
    return made.unflatten(0, x.shape[:-1])


class Pointwise(nn.Linear):
    """A convolution of 1 x 1 that is learnt."""

    def forward(self, x: Tensor) -> Tensor:
        return pointwise(x, self.weight, self.bias)


class Norm(nn.LayerNorm):
    """Of the channels of each place, in 16 bits."""

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight.to(HALF), self.bias.to(HALF)
        return functional.layer_norm(x, self.normalized_shape, weight, bias)


class Separable(nn.Module):
    """A convolution of 3 x 3 channel by channel, one of 1 x 1 over the channels, in 16 bits."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.norm = Norm(width)
        self.mix = Pointwise(width, width)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.around.weight.to(HALF).contiguous(memory_format=LAYOUT)
        x = functional.conv2d(x.permute(0, 3, 1, 2), weight, padding=1, groups=self.around.groups)
        return functional.relu(self.mix(self.norm(x.permute(0, 2, 3, 1))))


def loss_of(
    answers: Answers, boxes: Tensor, labels: Tensor, crowd: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the loss of the centres and of the sides.

    Parameters
    ----------
    answers : list of (Tensor, Tensor)
        Of the detector.
    boxes : Tensor, (n, m, 4)
        Left, top, right, bottom in pixels.
    labels : Tensor, (n, m)
        The number of the category, negative where there is no box.
    crowd : Tensor, (n, m) of bool
        Boxes inside of which no score of the category is judged.
    """
    sizes = (boxes[..., 2:] - boxes[..., :2]).prod(-1).clamp(min=0).sqrt()
    real = (labels >= 0) & ~crowd
    parts = []
    for (scores, sides), stride, (low, high) in zip(answers, STRIDES, SIZES, strict=True):
        learnt = real & (sizes >= low) & (sizes < high)
        with torch.no_grad():
            heat, near, judged = _truth(scores, boxes, labels, learnt, crowd, stride)
        parts.append(
            torch.stack(
                [
                    *_centre_loss(scores, heat, judged),
                    *_side_loss(sides, boxes, near, sizes, stride),
                ]
            )
        )
    centres, count, lost, weight = torch.stack(parts).sum(0)
    return centres / count.clamp(min=1), lost / weight.clamp(min=1)


def _truth(
    scores: Tensor, boxes: Tensor, labels: Tensor, learnt: Tensor, crowd: Tensor, stride: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the heat map, how near (n, m, rows, cols) each box's centre is, and what is judged."""
    rows, cols = scores.shape[-2:]
    row = torch.arange(rows, device=scores.device, dtype=torch.float32)
    col = torch.arange(cols, device=scores.device, dtype=torch.float32)
    size = (boxes[..., 2:] - boxes[..., :2]) / stride
    centre = ((boxes[..., 2:] + boxes[..., :2]) / (2 * stride)).floor()
    centre = torch.stack([centre[..., 0].clamp(0, cols - 1), centre[..., 1].clamp(0, rows - 1)], -1)
    reach = (size * (NEAR / 2)).floor()
    sigma = (2 * reach + 1) / 6
    x, y = col - centre[..., :1], row - centre[..., 1:]
    near_x = torch.exp(-(x**2) / (2 * sigma[..., :1] ** 2)) * (x.abs() <= reach[..., :1])
    near_y = torch.exp(-(y**2) / (2 * sigma[..., 1:] ** 2)) * (y.abs() <= reach[..., 1:])
    near = near_y[..., :, None] * near_x[..., None, :] * learnt[..., None, None]
    category = labels.clamp(min=0)
    of_cell = category[..., None, None].expand_as(near)
    heat = torch.zeros_like(scores).scatter_reduce_(1, of_cell, near, "amax")
    judged = torch.ones_like(scores)
    every = torch.arange(len(scores), device=scores.device)
    for place in range(min(CROWDS, boxes.shape[1])):
        box = boxes[:, place]
        inside_x = (col * stride < box[:, 2:3]) & ((col + 1) * stride > box[:, :1])
        inside_y = (row * stride < box[:, 3:]) & ((row + 1) * stride > box[:, 1:2])
        hidden = inside_y[:, :, None] & inside_x[:, None, :] & crowd[:, place, None, None]
        judged[every, category[:, place]] *= (~hidden).float()
    return heat, near, judged


def _centre_loss(scores: Tensor, heat: Tensor, judged: Tensor) -> tuple[Tensor, Tensor]:
    """Return the focal loss of "Objects as Points", and the number of centres."""
    is_centre = (heat == 1).float()
    sure = scores.sigmoid()
    found = is_centre * (1 - sure) ** 2 * functional.softplus(-scores)
    false = (1 - is_centre) * (1 - heat) ** 4 * sure**2 * functional.softplus(scores) * judged
    return (found + false).sum(), is_centre.sum()


def _side_loss(
    sides: Tensor, boxes: Tensor, near: Tensor, size: Tensor, stride: int
) -> tuple[Tensor, Tensor]:
    """Return 1 - GIoU; a cell near several centres learns the smallest box, a box counts 1."""
    area = torch.where(near > 0, size[..., None, None], torch.inf)
    least, which = area.min(1)  # (n, rows, cols)
    weight = near / near.sum((-1, -2), keepdim=True).clamp(min=1e-6)
    weight = weight.gather(1, which[:, None])[:, 0] * least.isfinite()
    rows, cols = which.shape[-2:]
    truth = boxes.gather(1, which.flatten(1)[..., None].expand(-1, -1, 4)).unflatten(
        1, (rows, cols)
    )
    lost = 1 - generalised_iou(boxes_of(sides, stride), truth)
    return (lost * weight).sum(), weight.sum()


def boxes_of(sides: Tensor, stride: int) -> Tensor:
    """Turn distances (n, 4, rows, cols) into boxes (n, rows, cols, 4)."""
    rows, cols = sides.shape[-2:]
    y = (torch.arange(rows, device=sides.device) + 0.5)[:, None] * stride
    x = (torch.arange(cols, device=sides.device) + 0.5)[None, :] * stride
    left, top, right, bottom = sides.unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], -1)


def overlap(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Return the area of what is in both boxes, and in either."""
    low, high = torch.minimum, torch.maximum
    both = _area(
        torch.cat([high(one[..., :2], other[..., :2]), low(one[..., 2:], other[..., 2:])], -1)
    )
    return both, (_area(one) + _area(other) - both).clamp(min=1e-6)


def generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """Return IoU less the empty part of the box around both (Rezatofighi and others, 2019)."""
    low, high = torch.minimum, torch.maximum
    both, union = overlap(one, other)
    hull = _area(
        torch.cat([low(one[..., :2], other[..., :2]), high(one[..., 2:], other[..., 2:])], -1)
    )
    return both / union - (hull - union) / hull.clamp(min=1e-6)


def _area(box: Tensor) -> Tensor:
    width, height = (box[..., 2:] - box[..., :2]).clamp(min=0).unbind(-1)
    return width * height


@torch.no_grad()
def detections(
    answers: Answers, most: int = 100, same: float = 0.5
) -> tuple[Tensor, Tensor, Tensor]:
    """Return boxes (n, most, 4), scores and categories of the cells that score more than around.

    `answers` hold scores from 0 to 1 here. Of boxes of a category that overlap, the surest stays;
    the others get a score of 0.
    """
    boxes, scores, categories = [], [], []
    for (sure, sides), stride in zip(answers, STRIDES, strict=True):
        peak = sure * (functional.max_pool2d(sure, 3, 1, 1) == sure)
        cells = sure.shape[-2] * sure.shape[-1]
        best, place = peak.flatten(1).topk(min(2 * most, peak[0].numel()))
        here = boxes_of(sides, stride).flatten(1, 2)
        boxes.append(here.gather(1, (place % cells)[..., None].expand(-1, -1, 4)))
        scores.append(best)
        categories.append(place // cells)
    best, order = torch.cat(scores, 1).topk(3 * most)
    box = torch.cat(boxes, 1).gather(1, order[..., None].expand(-1, -1, 4))
    category = torch.cat(categories, 1).gather(1, order)
    both, either = overlap(box[:, :, None], box[:, None])
    alike = (both / either > same) & (category[:, :, None] == category[:, None])
    kept = torch.ones_like(best, dtype=torch.bool)
    for place in range(best.shape[1] - 1):
        kept[:, place + 1 :] &= ~(alike[:, place, place + 1 :] & kept[:, place, None])
    best, order = (best * kept).topk(most)
    box = box.gather(1, order[..., None].expand(-1, -1, 4))
    return box, best, category.gather(1, order)
