"""How well a small network tells pasted from real objects, on photographs it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cocosynth.check.shortcut.classifier import BATCH, area_under_curve, scores
from cocosynth.check.shortcut.patches import Patch, balanced, patches_of
from cocosynth.check.shortcut.rims import SIDE
from cocosynth.coco.layout import Layout
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Image

FOLDS = 3
STEPS = 300
"""Of the training of each fold, at least."""

FEWEST = 10
"""Patches of each kind that are judged in a fold."""

_TIMES = 1000
_GUESS = 0.55
_ROW, _ZOOM, _FRAME = 16, 3, 3


@dataclass(frozen=True, eq=False)
class Shortcut:
    """What the network found.

    Attributes
    ----------
    auc, low, high : float
        The area under the ROC curve, and its interval of 95 %.
    judged : list of (Patch, float)
        The patches that were judged, the ones it was surest are pasted first.
    advice : tuple of str
        What would lower it.
    """

    auc: float
    low: float
    high: float
    judged: list[tuple[Patch, float]]
    photographs: int
    advice: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return what programs read."""
        figures = {"auc": self.auc, "low": self.low, "high": self.high}
        return {
            **{key: round(value, 4) for key, value in figures.items()},
            "patches": len(self.judged),
            "photographs": self.photographs,
            "advice": list(self.advice),
        }


def measure(folder: Path, *, steps: int = STEPS) -> Shortcut:
    """Learn from the patches of some photographs of a dataset, and judge those of the others.

    Photographs are dealt into three groups. What is judged has its background and its object from
    one of them; what was learnt from has nothing of that one.

    Raises
    ------
    CocosynthError
        If the dataset is none that can be judged, or too small.
    """
    patches = patches_of(folder)
    photographs = sorted({name for patch in patches for name in (patch.background, patch.source)})
    dealt = np.random.default_rng(0).permutation(len(photographs)) % FOLDS
    group = dict(zip(photographs, dealt.tolist(), strict=True))
    folds = []
    for number in range(FOLDS):
        ins = [{group[one.background], group[one.source]} for one in patches]
        judged = [one for one, of in zip(patches, ins, strict=True) if of == {number}]
        learnt = [one for one, of in zip(patches, ins, strict=True) if number not in of]
        folds.append((list(balanced(learnt, number)), list(balanced(judged, number))))
    fewest = min(len(part) // 2 for fold in folds for part in fold)
    if fewest < FEWEST:
        raise CocosynthError(
            f"{folder}: too few outlines to compare: {fewest} of pasted objects in a third of the "
            f"photographs, at least {FEWEST} are needed; build more images, of more photographs"
        )
    found: list[tuple[Patch, float]] = []
    by_fold = []
    for number, (learnt, judged) in enumerate(folds):
        kinds = np.array([one.pasted for one in judged])
        epochs = -(-steps * BATCH // len(learnt))
        given = scores(_pixels(learnt), np.array([one.pasted for one in learnt]), _pixels(judged),
                       epochs=epochs, seed=number)  # fmt: skip
        by_fold.append((given, kinds, np.array([one.background for one in judged])))
        found += zip(judged, given.tolist(), strict=True)
    auc = float(np.mean([area_under_curve(given, kinds) for given, kinds, _ in by_fold]))
    low, high = _interval(by_fold)
    found.sort(key=lambda pair: -pair[1])
    advice = () if auc < _GUESS else tuple(_advice(_configuration(Layout(folder).config)))
    return Shortcut(auc, low, high, found, len(photographs), advice)


def _pixels(patches: Sequence[Patch]) -> NDArray[np.uint8]:
    return np.array([patch.pixels for patch in patches], np.uint8)


def _interval(folds: Sequence[tuple[Any, Any, Any]]) -> tuple[float, float]:
    """Draw the background photographs of each fold anew, with replacement."""
    rng = np.random.default_rng(0)
    means = []
    for _ in range(_TIMES):
        areas = []
        for given, kinds, backgrounds in folds:
            names = np.unique(backgrounds)
            drawn = rng.choice(names, len(names))
            chosen = np.concatenate([np.flatnonzero(backgrounds == name) for name in drawn])
            if 0 < kinds[chosen].sum() < len(chosen):
                areas.append(area_under_curve(given[chosen], kinds[chosen]))
        if areas:
            means.append(np.mean(areas))
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _configuration(path: Path) -> dict[str, Any]:
    """Return the configuration of a dataset, or nothing where it cannot be read."""
    try:
        content = YAML(typ="safe", pure=True).load(path)
    except (OSError, YAMLError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _advice(config: dict[str, Any]) -> list[str]:
    """Say what the configuration does that `make look` found to give objects away."""
    said = []
    blend, variants = config.get("blend"), config.get("variants")
    name = next(iter(blend)) if isinstance(blend, dict) and blend else blend
    if not variants and isinstance(name, str) and name not in ("feather", "choose"):
        said.append(f"`blend: {name}`: the edges of `blend: feather` are found last of all modes")
    cuts = [one for one in config.get("foregrounds") or [] if isinstance(one, dict)]
    if cuts and all(one.get("matte", "none") == "none" for one in cuts):
        said.append("no `matte`: `matte: guided` in `foregrounds` makes outlines follow the image")
    if cuts and all(not one.get("whole") for one in cuts):
        said.append("no `whole`: `whole: 0.8` in `foregrounds` skips objects with bites taken out")
    if "grayscale" not in repr(config.get("harmonize")):
        said.append("no `harmonize: [grayscale]`: coloured objects on black-and-white photographs")
    limits = config.get("limits")
    upscale = limits.get("max_upscale") if isinstance(limits, dict) else None
    if isinstance(upscale, int | float) and upscale > 1.25:
        said.append(f"`limits.max_upscale: {upscale:g}`: with 1.25 fewer objects are blurred")
    return said


def sheet(found: Shortcut) -> Image:
    """Draw what was surely taken for pasted: two rows rightly, in red, and one wrongly, in green.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    right = [patch for patch, _ in found.judged if patch.pasted][: 2 * _ROW]
    wrong = [patch for patch, _ in found.judged if not patch.pasted][:_ROW]
    cell = SIDE * _ZOOM + 2 * _FRAME
    drawn = np.full((3 * cell, _ROW * cell, 3), 255, np.uint8)
    places = [*range(len(right)), *range(2 * _ROW, 2 * _ROW + len(wrong))]
    for place, patch in zip(places, [*right, *wrong], strict=True):
        row, col = (part * cell for part in divmod(place, _ROW))
        drawn[row : row + cell, col : col + cell] = (200, 30, 30) if patch.pasted else (20, 140, 60)
        large = patch.pixels.repeat(_ZOOM, 0).repeat(_ZOOM, 1)
        inner = slice(_FRAME, cell - _FRAME)
        drawn[row : row + cell, col : col + cell][inner, inner] = large
    return drawn
