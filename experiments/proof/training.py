"""One run: a detector learns from the features of real and composed images."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from experiments.proof.arms import Arm
from experiments.proof.detector import Detector, loss_of
from experiments.proof.order import order
from experiments.proof.settings import Settings
from experiments.proof.views import Views, levels_of


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
    step = Step(model, averaged, settings)
    sets = [views.to(device) for views in (real, composed) if views is not None]
    images, each = [len(views) for views in sets], [views.each for views in sets]
    if composed is None:
        images, each = [*images, 0], [*each, 1]
    losses: list[Tensor] = []
    begun = time.perf_counter()
    for number, rows in enumerate(order(arm, seed, settings.steps, settings.batch, images, each)):
        chosen = [views.rows(of_set) for views, of_set in zip(sets, rows, strict=False)]
        batch = [torch.cat(parts) for parts in zip(*chosen, strict=True)]
        momentum = min(settings.average, (number + 1) / (number + 10))
        rate = settings.rate * _schedule(number / settings.steps)
        losses.append(step(batch, rate, 1 - momentum))
        if number % 50 == 49:
            recent = torch.stack(losses[-50:]).mean(0).tolist()
            passed = (time.perf_counter() - begun) / (number + 1)
            say(f"step {number + 1}: {recent[0]:.3f} {recent[1]:.3f}, {passed:.3f} s a step")
    parts = torch.stack(losses).split(max(1, settings.steps // 10))
    return averaged, [round(float(part.sum(1).mean()), 4) for part in parts]


class Step:
    """A step of training; on a GPU, which small kernels keep waiting, it is recorded once.

    What changes from step to step is therefore in tensors that stay where they are.
    """

    def __init__(self, model: Detector, averaged: Detector, settings: Settings) -> None:
        self.model, self.settings = model, settings
        self.learnt, self.kept = ([*one.parameters()] for one in (model, averaged))
        device = self.learnt[0].device
        self.rate, self.new = torch.zeros(2, device=device).unbind()
        on_gpu = device.type == "cuda"
        self.optimizer = torch.optim.AdamW(
            self.learnt, lr=self.rate, weight_decay=settings.decay, capturable=on_gpu
        )
        self.record = torch.cuda.CUDAGraph() if on_gpu else None
        self.batch: list[Tensor] | None = None

    def __call__(self, batch: Sequence[Tensor], rate: float, new: float) -> Tensor:
        """Learn from features, boxes, labels and crowds; return the losses of centres and sides.

        The averaged weights take so much from the new ones.
        """
        if self.record is None:
            self.rate.fill_(rate)
            self.new.fill_(new)
            most = max(1, int((batch[2] >= 0).sum(1).max()))
            return self._learn([batch[0], *(part[:, :most] for part in batch[1:])])
        if self.batch is None:
            self._recorded(batch)
        for kept, part in zip(self.batch or (), batch, strict=True):
            kept.copy_(part)
        self.rate.fill_(rate)
        self.new.fill_(new)
        self.record.replay()
        return self.losses.clone()

    def _recorded(self, batch: Sequence[Tensor]) -> None:
        """Record a step, after some that change no weight: kernels are chosen in these."""
        self.batch = [part.clone() for part in batch]
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(3):
                self._learn(self.batch)
            for state in self.optimizer.state.values():
                for part in state.values():
                    part.zero_()
        torch.cuda.current_stream().wait_stream(beside)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(self.record):
            self.losses = self._learn(self.batch)

    def _learn(self, batch: Sequence[Tensor]) -> Tensor:
        features, boxes, labels, crowd = batch
        answers = self.model(levels_of(features, self.model.shapes))
        centres, sides = loss_of(answers, boxes, labels, crowd)
        self.optimizer.zero_grad(set_to_none=True)
        (centres + self.settings.boxes * sides).backward()
        torch.nn.utils.clip_grad_norm_(self.learnt, 10.0)
        self.optimizer.step()
        with torch.no_grad():
            change = torch._foreach_sub(self.learnt, self.kept)
            torch._foreach_mul_(change, self.new)
            torch._foreach_add_(self.kept, change)
        return torch.stack([centres, sides]).detach()


def _schedule(done: float, warm: float = 0.05) -> float:
    """Return the learning rate at a time from 0 to 1, as a part of its peak."""
    return min(1.0, done / warm + 0.01) * 0.5 * (1 + float(np.cos(np.pi * done)))
