"""What is the same for all arms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What is the same for all arms: fixed on folds of the training photographs."""

    backbone: str = "2"  # of EfficientNet-Lite
    side: int = 384  # longer side of an image
    crop: int = 256  # side of the part of it that is learnt from
    cached: int = 512  # side of an image in memory
    real_views: int = 24  # of each real photograph
    composed_views: int = 2
    steps: int = 1500
    batch: int = 16
    rate: float = 6e-3
    decay: float = 0.05
    width: int = 64  # channels of the pyramid
    dropout: float = 0.2
    boxes: float = 2.0  # weight of their loss
    average: float = 0.99  # of the weights that are tested
