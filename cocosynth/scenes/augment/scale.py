"""Make larger or smaller."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Homography, Size
from cocosynth.foregrounds.learnt import size_of
from cocosynth.scenes.augment.subject import Subject
from cocosynth.scenes.known import Known
from cocosynth.scenes.sampling.options import AREAS, SizeClass

Like = Literal["source", "background", "category"]
_EDGE = 1.03  # pixels are counted: an area drawn at a limit would end up beyond it
_LARGEST = 0.5  # of the canvas


@dataclass(frozen=True)
class Scale:
    """Scale the instance about its centre, the same in both directions.

    Parameters
    ----------
    factor_range : tuple of float, optional
        Relative to its size in the source, or to what `like` makes of that; 1 keeps it. From 0.001
        to 1000.
    canvas_range : tuple of float, optional
        Relative to the canvas: 1 is the scale at which the upright instance just fits into it.
        From 0.001 to 1000. Give one of the two ranges; with none, `factor_range` is [0.8, 1.2].
    like : str, optional
        What the size goes by before `factor_range` changes it. source: it covers as much of the
        canvas as it did of its photograph; background: it is as large as one of the background's
        own objects of its category, as in source where there is none; category: it covers as much
        of the canvas as one of its category does of its photograph. What a border of its
        photograph cuts goes by source: nobody knows how large it is.
    size_classes : mapping of str to float, optional
        How often the whole object is small, medium or large as COCO has it: up to 32 x 32 pixels
        of the canvas, up to 96 x 96, or more, up to half of the canvas. One that is absent is not
        used. Stands alone.
    p : float
        Probability, from 0 to 1.
    """

    factor_range: Range | None = None
    canvas_range: Range | None = None
    like: Like | None = None
    size_classes: dict[SizeClass, float] | None = None
    p: float = 1.0

    def __post_init__(self) -> None:
        if self.factor_range and self.canvas_range:
            raise ValueError("give factor_range or canvas_range, not both")
        if self.like and self.canvas_range:
            raise ValueError("give like or canvas_range, not both")
        if self.size_classes is not None:
            if self.factor_range or self.canvas_range or self.like:
                raise ValueError("size_classes must stand alone, without factor_range or like")
            _check_weights(self.size_classes)
        for name in ("factor_range", "canvas_range"):
            if range_ := getattr(self, name):
                check_range(name, range_, low=1e-3, high=1e3)
        check_fraction("p", self.p)

    @property
    def learns(self) -> bool:
        """Whether it is learnt from all instances how large each category is."""
        return self.like == "category"

    def prepared(self, known: Known) -> Scale | ScaleLike:
        if not self.like and self.size_classes is None:
            return self
        sizes = {}
        if self.learns:
            sizes = {number: _chances(known.standing(number)) for number in known.pasted}
        return ScaleLike(self, sizes)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        happens = rng.random() < self.p
        factor = uniform(rng, self.canvas_range or self.factor_range or (0.8, 1.2))
        if self.canvas_range:
            factor *= min(canvas[0] / size[0], canvas[1] / size[1])
        return _enlarged(factor) if happens else None


def _check_weights(weights: Mapping[SizeClass, float]) -> None:
    for name, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise ValueError(f"size_classes: the weight of {name} must be 0 or more, got {weight}")
    if not any(weights.values()):
        raise ValueError("size_classes must have a weight above 0")


def _enlarged(factor: float) -> Homography:
    return np.array([[factor, 0, 0], [0, factor, 0], [0, 0, 1]])


@dataclass(frozen=True, eq=False)
class ScaleLike:
    """A scale that looks at what is around.

    Attributes
    ----------
    scale : Scale
    sizes : mapping of int to list of float
        The cumulative chance of each class of size, by category, with `like: category`.
    """

    looks_around: ClassVar[bool] = True

    scale: Scale
    sizes: Mapping[int, list[float]]

    def sample(
        self, rng: np.random.Generator, *, size: Size, canvas: Size, subject: Subject
    ) -> Homography | None:
        happens, wanted = rng.random() < self.scale.p, uniform(rng, (0, 1))
        draws = rng.random(2).tolist()
        if not happens:
            return None
        if self.scale.size_classes is not None:
            area = _area_in_class(self.scale.size_classes, draws, canvas)
            return _enlarged(math.sqrt(area / subject.area()))
        low, high = self.scale.factor_range or (0.8, 1.2)
        factor = low + (high - low) * wanted
        return _enlarged(factor * self._like(draws, size, canvas, subject))

    def _like(self, draws: list[float], size: Size, canvas: Size, subject: Subject) -> float:
        """Return the factor that makes an instance as large as what it is to be like."""
        like = "source" if subject.is_cut else self.scale.like
        if like == "category" and subject.category_id in self.sizes:
            chances = self.sizes[subject.category_id]
            there = size_of(min(bisect_right(chances, draws[0]), len(chances) - 1) + draws[1])
            return there * math.sqrt(canvas[0] * canvas[1] / (size[0] * size[1]))
        if like == "background":
            areas = [
                layer.full_area
                for layer in subject.layers
                if layer.annotation_id is not None
                and layer.category_id == subject.category_id
                and not layer.crowd
            ]
            if areas:
                return math.sqrt(areas[int(draws[0] * len(areas))] / subject.area())
        height, width = subject.photo
        return math.sqrt(canvas[0] * canvas[1] / (height * width))


def _chances(standing: np.ndarray) -> list[float]:
    """Return the cumulative chances of the classes of size."""
    counts = standing.sum(axis=0)
    chances: list[float] = (counts.cumsum() / counts.sum()).tolist()
    return chances


def _area_in_class(weights: Mapping[SizeClass, float], draws: list[float], canvas: Size) -> float:
    """Draw a class of size, and an area in it, each size as likely as its double."""
    names = [name for name in AREAS if weights.get(name)]
    shares = np.cumsum([weights[name] for name in names])
    name = names[min(int(np.searchsorted(shares, draws[0] * shares[-1], "right")), len(names) - 1)]
    low, high = AREAS[name]
    low *= _EDGE
    high = max(low, _LARGEST * canvas[0] * canvas[1] if high is None else high / _EDGE)
    return low * (high / low) ** draws[1]
