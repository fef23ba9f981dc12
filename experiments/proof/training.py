"""One run: a detector learns from real and composed images, and is tested on real ones."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from experiments.proof.detector import HALF, LAYOUT, Detector, loss_of
from experiments.proof.images import Images, augmented, draws

ONE_AT_A_TIME = threading.Lock()
"""Several detectors may be trained at once, each in a thread and a stream of its own: one alone is
too small to keep a GPU busy."""


@dataclass(frozen=True)
class Settings:
    """What is the same for all arms: fixed on folds of the training photographs."""

    steps: int = 3000
    batch: int = 16
    side: int = 256
    cached: int = 384  # side of an image in memory
    rate: float = 1e-3
    backbone: float = 0.3  # of the learning rate
    decay: float = 0.05
    boxes: float = 2.0  # weight of their loss
    average: float = 0.998  # of the weights that are tested


def order(
    seed: int, settings: Settings, real: int, composed: int, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw which images each step takes, and how they are changed.

    Real images come in an order of their own: the same for all arms of a seed, however many of them
    a step takes. Composed images stand behind the real ones.
    """
    of_composed = round(settings.batch * share)
    of_real = settings.batch - of_composed
    chosen = np.concatenate(
        [
            _dealt(np.random.default_rng([seed, 1]), real, settings.steps, of_real),
            _dealt(np.random.default_rng([seed, 2]), composed, settings.steps, of_composed) + real,
        ],
        -1,
    )
    rngs = (np.random.default_rng([seed, 3]), np.random.default_rng([seed, 4]))
    counts = (of_real, of_composed)
    changed = [
        draws(rng, settings.steps * count).reshape(settings.steps, count, 6)
        for rng, count in zip(rngs, counts, strict=True)
    ]
    return chosen, np.concatenate(changed, 1)


def _dealt(rng: np.random.Generator, images: int, steps: int, each: int) -> np.ndarray:
    """Deal images like cards, (steps, each): all are used once before one is used again."""
    rounds = -(-steps * each // max(images, 1))
    cards = [np.zeros(0, int)] + [rng.permutation(images) for _ in range(rounds)]
    return np.concatenate(cards)[: steps * each].reshape(steps, each)


def train(
    real: Images,
    composed: Images | None,
    categories: int,
    *,
    share: float,
    seed: int,
    settings: Settings,
    say: Callable[[str], None],
) -> tuple[Detector, list[float]]:
    """Return the detector, its weights averaged over the last steps, and its losses."""
    device = real.fine.device
    with ONE_AT_A_TIME:  # the weights to begin with depend on the seed alone
        torch.manual_seed(seed)
        model = Detector(categories).to(device, memory_format=LAYOUT)
    averaged = copy.deepcopy(model)
    model.train()
    fused = {"fused": True, "capturable": True} if device.type == "cuda" else {}
    groups = model.groups(settings.rate, settings.backbone)
    for group in groups if fused else ():  # what a graph reads anew in each step
        group["lr"] = torch.tensor(group["lr"], device=device)
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.decay, **fused)
    peaks = [float(group["lr"]) for group in optimizer.param_groups]
    for group in optimizer.param_groups if fused else ():
        group["lr"].zero_()  # while a step is recorded
    images = Images.joined([real, composed]) if composed is not None else real
    chosen, drawn = order(seed, settings, len(real), len(images) - len(real), share)
    which = torch.zeros(settings.batch, dtype=torch.int64, device=device)
    how = torch.zeros(settings.batch, drawn.shape[-1], device=device)
    learnt = [p for group in optimizer.param_groups for p in group["params"]]
    shadows = dict(zip(model.parameters(), averaged.parameters(), strict=True))
    kept = [shadows[p] for p in learnt]
    momentum = torch.zeros((), device=device)

    def step() -> Tensor:
        pixels, *truth = augmented(images, which, how, settings.side)
        with torch.autocast(
            device.type, torch.bfloat16, enabled=HALF and device.type == "cuda", cache_enabled=False
        ):
            answers = model(pixels.contiguous(memory_format=LAYOUT))
        centres, sides = loss_of(answers, *truth)
        loss = centres + settings.boxes * sides
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 10.0, foreach=True)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(kept, momentum)
            torch._foreach_add_(kept, torch._foreach_mul(learnt, 1 - momentum))
        return torch.stack([centres.detach(), sides.detach()])

    run = _graph(step) if device.type == "cuda" else step
    losses: list[Tensor] = []
    begun = time.perf_counter()
    every, all_draws = torch.from_numpy(chosen).to(device), torch.from_numpy(drawn).to(device)
    for number in range(settings.steps):
        which.copy_(every[number])
        how.copy_(all_draws[number])
        part = _schedule(number / settings.steps)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(peak * part)
            else:
                group["lr"] = peak * part
        momentum.fill_(min(settings.average, (number + 1) / (number + 10)))
        losses.append(run().clone())
        if number % 250 == 249:
            recent = torch.stack(losses[-250:]).mean(0).tolist()
            passed = (time.perf_counter() - begun) / (number + 1)
            say(f"step {number + 1}: {recent[0]:.3f} {recent[1]:.3f}, {passed:.3f} s a step")
    parts = torch.stack(losses).split(max(1, settings.steps // 10))
    return averaged, [round(float(part.sum(1).mean()), 4) for part in parts]


def _schedule(done: float, warm: float = 0.03) -> float:
    """Return the learning rate at a time from 0 to 1, as a part of its peak."""
    return min(1.0, done / warm + 0.01) * 0.5 * (1 + float(np.cos(np.pi * done)))


def _graph(step: Callable[[], Tensor]) -> Callable[[], Tensor]:
    """Record a step once, so that the processor need not start its thousand small parts anew."""
    graph, stream = torch.cuda.CUDAGraph(), torch.cuda.current_stream()
    with ONE_AT_A_TIME:
        for _ in range(3):  # with a learning rate of 0
            step()
        stream.synchronize()
        with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
            losses = step()
        stream.synchronize()

    def again() -> Tensor:
        graph.replay()
        return losses

    return again
