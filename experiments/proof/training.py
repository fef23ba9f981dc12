"""One run: a detector learns from the features of real and composed images."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable

import numpy as np
import torch

from experiments.proof.detector import Detector, loss_of
from experiments.proof.settings import Settings
from experiments.proof.views import Views, levels_of

ONE_AT_A_TIME = threading.Lock()
"""Of several threads with a detector each: the weights to begin with depend on the seed alone."""


def order(
    seed: int, settings: Settings, real: Views, composed: Views | None, share: float
) -> list[np.ndarray]:
    """Draw which views each step takes, (steps, count): of real images, of composed ones.

    Real images come in an order of their own: the same for all arms of a seed, however many of them
    a step takes.
    """
    of_composed = round(settings.batch * share) if composed is not None else 0
    drawn = []
    for kind, (views, count) in enumerate(
        ((real, settings.batch - of_composed), (composed, of_composed))
    ):
        if views is None or not count:
            continue
        images = _dealt(np.random.default_rng([seed, kind]), len(views), settings.steps * count)
        view = np.random.default_rng([seed, kind, 1]).integers(views.each, size=len(images))
        drawn.append((images * views.each + view).reshape(settings.steps, count))
    return drawn


def _dealt(rng: np.random.Generator, images: int, count: int) -> np.ndarray:
    """Deal images like cards: all are used once before one is used again."""
    rounds = -(-count // images)
    return np.concatenate([rng.permutation(images) for _ in range(rounds)])[:count]


def train(
    real: Views,
    composed: Views | None,
    categories: int,
    *,
    share: float,
    seed: int,
    settings: Settings,
    device: torch.device,
    say: Callable[[str], None],
) -> tuple[Detector, list[float]]:
    """Return the detector, its weights averaged over the last steps, and its losses."""
    with ONE_AT_A_TIME:
        torch.manual_seed(seed)
        model = Detector(categories, real.shapes, settings).to(device)
    averaged = copy.deepcopy(model).eval()
    model.train()
    learnt, kept = ([*one.parameters()] for one in (model, averaged))
    optimizer = torch.optim.AdamW(learnt, lr=settings.rate, weight_decay=settings.decay)
    sets = [views for views, used in ((real, share < 1), (composed, share > 0)) if views and used]
    losses: list[torch.Tensor] = []
    begun = time.perf_counter()
    for number, rows in enumerate(zip(*order(seed, settings, real, composed, share), strict=True)):
        chosen = [views.rows(of_set) for views, of_set in zip(sets, rows, strict=True)]
        features, boxes, labels, crowd = (
            torch.cat(parts).to(device) for parts in zip(*chosen, strict=True)
        )
        most = max(1, int((labels >= 0).sum(1).max()))
        answers = model(levels_of(features, real.shapes))
        centres, sides = loss_of(answers, boxes[:, :most], labels[:, :most], crowd[:, :most])
        optimizer.zero_grad(set_to_none=True)
        (centres + settings.boxes * sides).backward()
        torch.nn.utils.clip_grad_norm_(learnt, 10.0)
        optimizer.param_groups[0]["lr"] = settings.rate * _schedule(number / settings.steps)
        optimizer.step()
        with torch.no_grad():
            momentum = min(settings.average, (number + 1) / (number + 10))
            torch._foreach_lerp_(kept, learnt, 1 - momentum)
        losses.append(torch.stack([centres, sides]).detach())
        if number % 50 == 49:
            recent = torch.stack(losses[-50:]).mean(0).tolist()
            passed = (time.perf_counter() - begun) / (number + 1)
            say(f"step {number + 1}: {recent[0]:.3f} {recent[1]:.3f}, {passed:.3f} s a step")
    parts = torch.stack(losses).split(max(1, settings.steps // 10))
    return averaged, [round(float(part.sum(1).mean()), 4) for part in parts]


def _schedule(done: float, warm: float = 0.05) -> float:
    """Return the learning rate at a time from 0 to 1, as a part of its peak."""
    return min(1.0, done / warm + 0.01) * 0.5 * (1 + float(np.cos(np.pi * done)))
