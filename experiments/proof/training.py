"""One run: a detector learns from the features of real and composed images."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

import numpy as np
import torch

from experiments.proof.arms import Arm
from experiments.proof.detector import Detector, loss_of
from experiments.proof.settings import Settings
from experiments.proof.views import Views, levels_of


def order(
    seed: int, settings: Settings, real: Views, composed: Views | None, arm: Arm
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw which views each step takes: of real images, and of composed ones.

    Real images come in an order of their own: the same for all arms of a seed, however many of them
    a step takes.
    """
    counts = np.zeros((2, settings.steps), int)
    if composed is not None:
        mixed = settings.steps - round(settings.steps * arm.real_last)
        counts[1, :mixed] = round(settings.batch * arm.share)
    counts[0] = settings.batch - counts[1]
    drawn = []
    for kind, views in enumerate((real, composed)):
        total, (first, second) = counts[kind].sum(), ([seed, kind], [seed, kind, 1])
        if views is not None:
            images = _dealt(np.random.default_rng(first), len(views), total)
            view = np.random.default_rng(second).integers(views.each, size=total)
            rows = images * views.each + view
        else:
            rows = np.zeros(0, int)
        drawn.append(np.split(rows, np.cumsum(counts[kind])[:-1]))
    return list(zip(*drawn, strict=True))


def _dealt(rng: np.random.Generator, images: int, count: int) -> np.ndarray:
    """Deal images like cards: all are used once before one is used again."""
    rounds = count // images + 1
    return np.concatenate([rng.permutation(images) for _ in range(rounds)])[:count]


def train(
    real: Views,
    composed: Views | None,
    categories: int,
    *,
    arm: Arm,
    seed: int,
    settings: Settings,
    device: torch.device,
    say: Callable[[str], None],
) -> tuple[Detector, list[float]]:
    """Return the detector, its weights averaged over the last steps, and its losses."""
    torch.manual_seed(seed)
    model = Detector(categories, real.shapes, settings).to(device)
    averaged = copy.deepcopy(model).eval()
    model.train()
    learnt, kept = ([*one.parameters()] for one in (model, averaged))
    optimizer = torch.optim.AdamW(learnt, lr=settings.rate, weight_decay=settings.decay)
    sets = [views.to(device) for views in (real, composed) if views is not None]
    losses: list[torch.Tensor] = []
    begun = time.perf_counter()
    for number, rows in enumerate(order(seed, settings, real, composed, arm)):
        chosen = [views.rows(of_set) for views, of_set in zip(sets, rows, strict=False)]
        features, boxes, labels, crowd = (torch.cat(parts) for parts in zip(*chosen, strict=True))
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
