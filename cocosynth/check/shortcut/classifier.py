"""A small network that tells two kinds of patches apart, and how well it does so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.optional import optional

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
    """Learn from patches, shape (n, h, w, 3), which are true; score others, higher for true.

    Raises
    ------
    CocosynthError
        If torch is not installed.
    """
    torch: Any = optional("torch", extra="shortcut")
    nn = torch.nn
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # of so small a network, more only wait for one another
    network = nn.Sequential(
        *_layer(nn, 3, 24, 5, stride=2),
        *_layer(nn, 24, 32, 3, stride=2),
        *_layer(nn, 32, 48, 3, stride=1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(48, 1),
    ).to(memory_format=torch.channels_last)
    inputs, truth = _tensor(torch, patches), torch.from_numpy(labels.astype(np.float32))[:, None]
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
        asked = _tensor(torch, judged)
        given = [network(part) + network(part.flip(-1)) for part in asked.split(1024)]
    return torch.cat(given).numpy()[:, 0].astype(np.float64)


def _layer(nn: Any, channels: int, filters: int, size: int, *, stride: int) -> list[Any]:
    return [nn.Conv2d(channels, filters, size, stride), nn.BatchNorm2d(filters), nn.ReLU()]


def _tensor(torch: Any, patches: NDArray[np.uint8]) -> Any:
    pixels = torch.from_numpy(np.ascontiguousarray(patches.transpose(0, 3, 1, 2)))
    return ((pixels.float() - 128) / 64).contiguous(memory_format=torch.channels_last)


def area_under_curve(scores: Values, labels: NDArray[np.bool_]) -> float:
    """Return how often something true scores above something false, a tie counting a half.

    Examples
    --------
    >>> area_under_curve(np.array([3.0, 1.0, 2.0]), np.array([True, False, True]))
    1.0
    >>> area_under_curve(np.array([1.0, 1.0, 1.0]), np.array([True, False, True]))
    0.5
    """
    below = np.sort(scores[~labels])
    first, last = (np.searchsorted(below, scores[labels], side) for side in ("left", "right"))
    return float((first + last).mean() / (2 * len(below)))
