"""A small network that tells two kinds of patches apart, and how well it does so."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

EPOCHS = 12
BATCH = 128
RATE = 3e-3

Values = NDArray[np.float64]


def scores(
    patches: NDArray[np.uint8],
    labels: NDArray[np.bool_],
    judged: NDArray[np.uint8],
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> Values:
    """Learn from patches, shape (n, h, w, 3), which are true; score others, higher for true."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # of so small a network, more only wait for one another
    network = nn.Sequential(
        *_layer(3, 24, 5, stride=2),
        *_layer(24, 32, 3, stride=2),
        *_layer(32, 48, 3, stride=1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(48, 1),
    ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    inputs, truth = _tensor(patches), torch.from_numpy(labels.astype(np.float32))[:, None]
    steps = epochs * -(-len(inputs) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(epochs):
        for chosen in torch.randperm(len(inputs)).split(BATCH):
            batch = inputs[chosen]
            mirrored = torch.rand(len(batch)) < 0.5
            batch[mirrored] = batch[mirrored].flip(-1)
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(network(batch), truth[chosen])
            loss.backward()
            optimizer.step()
            schedule.step()
    network.eval()
    with torch.no_grad():
        asked = _tensor(judged)
        given = [network(part) + network(part.flip(-1)) for part in asked.split(1024)]
    return torch.cat(given).numpy()[:, 0].astype(np.float64)


def _layer(channels: int, filters: int, size: int, *, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, filters, size, stride), nn.BatchNorm2d(filters), nn.ReLU()]


def _tensor(patches: NDArray[np.uint8]) -> Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(patches.transpose(0, 3, 1, 2)))
    return ((pixels.float() - 128) / 64).contiguous(memory_format=torch.channels_last)
