"""What a split is to hold: the keys `objects_per_image`, `balance` and `sizes`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cocosynth.core.options import Strict

MOST = 1000
"""Objects that can be pasted into an image."""

Sampling = Literal["weights", "one_photo"]
SizeClass = Literal["small", "medium", "large"]
Occlusion = Literal["none", "partial", "heavy"]
InstanceWeights = Literal["wholeness", "size"]
Number = Annotated[int, Meta(ge=0, le=MOST)]
Weight = Annotated[float, Meta(ge=0, le=1e6)]
Least = Annotated[int, Meta(ge=0, le=1_000_000_000)]

AREAS: dict[SizeClass, tuple[float, float | None]] = {
    "small": (10.0**2, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, None),
}
"""Mask pixels of COCO's classes of size; the first limit is ours, below it nothing can be seen."""

VISIBLE: dict[Occlusion, tuple[float, float]] = {
    "none": (0.99, 1.0),
    "partial": (0.65, 0.99),
    "heavy": (0.2, 0.65),
}
"""Visible fractions of the classes of occlusion, those of the Caltech pedestrians (Dollar and
others, "Pedestrian Detection: An Evaluation of the State of the Art", PAMI 2012): up to 1 % hidden,
up to 35 %, up to 80 %."""


def size_class(area: float) -> SizeClass:
    """Return COCO's class of size of an area.

    Examples
    --------
    >>> size_class(1023), size_class(1024), size_class(9216)
    ('small', 'medium', 'large')
    """
    return (
        "large"
        if area >= AREAS["large"][0]
        else "medium"
        if area >= AREAS["medium"][0]
        else "small"
    )


def occlusion_class(visible: float) -> Occlusion:
    """Return how much is hidden of an object of which a fraction is visible.

    Examples
    --------
    >>> occlusion_class(1.0), occlusion_class(0.7), occlusion_class(0.5)
    ('none', 'partial', 'heavy')
    """
    return next((name for name, (low, _) in VISIBLE.items() if visible >= low), "heavy")


class Objects(Strict, frozen=True, kw_only=True):
    """How many objects are pasted into an image, as a distribution."""

    poisson: Annotated[
        Annotated[float, Meta(gt=0, le=MOST)] | None,
        Meta(description="mean of a Poisson distribution"),
    ] = None
    like: Annotated[
        Literal["source"] | None,
        Meta(description="source: as many as the photographs of the foregrounds show"),
    ] = None
    max: Annotated[int, Meta(ge=1, le=MOST, description="most of them")] = MOST

    def __post_init__(self) -> None:
        if (self.poisson is None) == (self.like is None):
            raise ValueError("give poisson or like")


class Balance(Strict, frozen=True, kw_only=True):
    """How the pasted objects are shared out among the categories."""

    weights: Annotated[
        dict[str, Weight],
        Meta(description="how often a category is pasted; 1 where absent, 0 never"),
    ] = {}
    like: Annotated[
        Literal["source", "uniform"] | None,
        Meta(
            description="source: as often as the foregrounds show each category; uniform: all "
            "alike, as without `balance`"
        ),
    ] = None
    repeat_factor: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | None,
        Meta(
            description="as source, but a category in less than this fraction of the photographs "
            "more often, by the square root of this over its fraction",
        ),
    ] = None
    min_instances: Annotated[
        Least | dict[str, Least],
        Meta(description="pasted objects of each category that a split has at the least"),
    ] = 0
    counting: Annotated[
        str | dict[str, str] | None,
        Meta(
            description="a COCO file of real images, or one for each split, whose annotations "
            "count for `min_instances`"
        ),
    ] = None
    only_underrepresented: Annotated[
        bool,
        Meta(
            description="paste only what `min_instances` lacks, and make no more images than that "
            "takes; `splits` is the most"
        ),
    ] = False

    def __post_init__(self) -> None:
        given = [bool(self.weights), self.like is not None, self.repeat_factor is not None]
        if sum(given) > 1:
            raise ValueError("give one of weights, like and repeat_factor")
        if not self.min_instances and (self.counting is not None or self.only_underrepresented):
            key = "counting" if self.counting is not None else "only_underrepresented"
            raise ValueError(f"{key} needs min_instances")
        least = self.min_instances if isinstance(self.min_instances, dict) else {}
        none = next((name for name in least if least[name] and self.weights.get(name) == 0), None)
        if none is not None:
            raise ValueError(
                f"{none!r} has the weight 0, and min_instances asks for {least[none]}: give it a "
                "weight, or remove it from min_instances"
            )


class Sizes(Strict, frozen=True, kw_only=True):
    """How many of the pasted objects are small, medium and large, as COCO has it."""

    small: Weight = 0
    medium: Weight = 0
    large: Weight = 0

    def __post_init__(self) -> None:
        if not (self.small or self.medium or self.large):
            raise ValueError("all are 0; give one of small, medium, large a share")


class Occlusions(Strict, frozen=True, kw_only=True):
    """How many of the pasted objects are hidden in part, by others or the border of the canvas."""

    none: Weight = 0
    partial: Weight = 0
    heavy: Weight = 0

    def __post_init__(self) -> None:
        if not (self.none or self.partial or self.heavy):
            raise ValueError("all are 0; give one of none, partial, heavy a share")
