"""The order of images for mmdet: that of the small detectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmdet.registry import DATA_SAMPLERS
from mmengine.dist import get_dist_info
from torch.utils.data import Sampler

from experiments.proof.arms import ARMS
from experiments.proof.order import order


@DATA_SAMPLERS.register_module()
class ArmSampler(Sampler):
    """Deal real and composed images as an arm asks for.

    Parameters
    ----------
    dataset : ConcatDataset
        Of the real images, and of the composed ones if there are any.
    arm : str
        Its name.
    seed, steps, batch : int
        `batch` is that of all processes together.
    """

    def __init__(self, dataset: Any, *, arm: str, seed: int, steps: int, batch: int) -> None:
        real, *composed = map(len, dataset.datasets)
        self.steps = order(ARMS[arm], seed, steps, batch, (real, sum(composed)))
        self.real = real

    def __iter__(self) -> Iterator[int]:
        rank, processes = get_dist_info()
        for real, composed in self.steps:
            yield from [*real.tolist(), *(composed + self.real).tolist()][rank::processes]

    def __len__(self) -> int:
        """Return how many images all processes take."""
        return sum(len(real) + len(composed) for real, composed in self.steps)

    def set_epoch(self, epoch: int) -> None:
        """Do nothing: there is one epoch."""
