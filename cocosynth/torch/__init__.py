"""Scenes rendered while a network trains on them: PyTorch, mmdet, detectron2.

``CompositeDataset`` is a dataset for `torch.utils.data.DataLoader`. `cocosynth.torch.mmdet` and
`cocosynth.torch.detectron2` register the same with those two; each imports its library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocosynth.torch.dataset import CompositeDataset

__all__ = ["CompositeDataset"]


def __getattr__(name: str) -> Any:
    if name != "CompositeDataset":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cocosynth.torch.dataset import CompositeDataset  # imports torch, which takes a second

    return CompositeDataset
