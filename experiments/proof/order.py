"""The order in which a detector sees images: dealt like cards, real ones alike in every arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.proof.arms import Arm

Step = tuple[np.ndarray, np.ndarray]
"""The rows of the views of real images, and of composed ones, that a step takes."""


def order(
    arm: Arm, seed: int, steps: int, batch: int, images: Sequence[int], each: Sequence[int] = (1, 1)
) -> list[Step]:
    """Draw which views each step takes.

    Real images come in an order of their own: the same for all arms of a seed, however many of them
    a step takes.

    Parameters
    ----------
    arm : Arm
    seed, steps, batch : int
    images, each : (int, int)
        How many real and composed images there are, and views of each of them.
    """
    counts = np.zeros((2, steps), int)
    if images[1]:
        counts[1, : steps - round(steps * arm.real_last)] = round(batch * arm.share)
    counts[0] = batch - counts[1]
    drawn = []
    for kind, of_steps in enumerate(counts):
        total = int(of_steps.sum())
        rows = _dealt(np.random.default_rng([seed, kind]), images[kind], total) * each[kind]
        rows += np.random.default_rng([seed, kind, 1]).integers(each[kind], size=total)
        drawn.append(np.split(rows, np.cumsum(of_steps)[:-1]))
    return list(zip(*drawn, strict=True))


def _dealt(rng: np.random.Generator, images: int, count: int) -> np.ndarray:
    """Deal images: all are used once before one is used again."""
    rounds = -(-count // max(1, images))
    return np.concatenate([np.zeros(0, int), *(rng.permutation(images) for _ in range(rounds))])[
        :count
    ]
