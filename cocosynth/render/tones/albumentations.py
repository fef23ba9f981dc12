"""Any pixel transform of the package albumentations."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.errors import CocosynthError, TechniqueError
from cocosynth.core.optional import optional
from cocosynth.core.suggest import choices
from cocosynth.core.values import Image
from cocosynth.render.tones.sight import Sight

_PACKAGE = "albumentations"
_SAMPLE = np.full((64, 64, 3), 127, dtype=np.uint8)  # larger than what any transform needs


@dataclass(frozen=True)
class Albumentations:
    """Apply a pixel transform of the package albumentations, which is installed apart.

    It must be an `ImageOnlyTransform`: others could move pixels and leave their labels behind.
    Version 2.0 or later, by `pip install albumentations` (MIT) or its successor albumentationsx
    (AGPL).

    Parameters
    ----------
    transform : str
        The name of its class, such as RandomFog.
    parameters : dict
        What the class takes, by name.
    p : float
        Probability, from 0 to 1; it takes the place of the transform's own.
    """

    looks_at: ClassVar[Sight] = "neighbours"
    seeded: ClassVar[bool] = True

    transform: str
    parameters: dict[str, Any] = field(default_factory=dict)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_fraction("p", self.p)
        try:
            _apply(_SAMPLE, {"transform": self.transform, "parameters": self.parameters, "seed": 0})
        except CocosynthError as error:
            raise ValueError(str(error)) from error

    @staticmethod
    def version() -> str:
        return f"{_PACKAGE} {_package().__version__}"

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, seed = rng.random() < self.p, int(rng.random() * 2**32)
        values = {"transform": self.transform, "parameters": self.parameters, "seed": seed}
        return values if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        try:
            return _apply(image, values)
        except CocosynthError as error:
            raise TechniqueError(f"albumentations: {error}") from error


def _apply(image: Image, values: Mapping[str, Any]) -> Image:
    """Make the transform anew, so that nothing but the values decides, and apply it."""
    name = values["transform"]
    transform = _made(name, values["parameters"])
    try:
        transform.set_random_seed(values["seed"])
        changed = transform(image=image.copy())["image"]
    except Exception as error:  # it may raise anything
        size = f"{image.shape[1]} x {image.shape[0]} pixels"
        raise CocosynthError(f"{name} failed on {size}: {_reason(error)}") from error
    if changed.shape != image.shape or changed.dtype != np.uint8:
        got = f"{changed.dtype} of shape {changed.shape}"
        raise CocosynthError(f"{name} must give uint8 of shape {image.shape}, gave {got}")
    return np.ascontiguousarray(changed)


def _made(name: str, parameters: Mapping[str, Any]) -> Any:
    found = _found(name)
    known = set(inspect.signature(found).parameters) - {"p"}
    if "p" in parameters:
        raise CocosynthError("p stands beside parameters, not among them")
    for parameter in parameters:
        if parameter not in known:
            hint = choices(parameter, known)
            raise CocosynthError(f"{name} has no parameter {parameter!r}; {hint}")
    try:
        return found(**parameters, p=1)
    except Exception as error:  # it may raise anything
        raise CocosynthError(f"{name}: {_reason(error)}") from error


def _package() -> Any:
    return optional(_PACKAGE, extra=_PACKAGE)


def _found(name: str) -> Any:
    """Return a class that leaves every pixel at its place."""
    package = _package()
    classes = {key: value for key, value in vars(package).items() if inspect.isclass(value)}
    allowed = {key for key, value in classes.items() if _is_pixel_transform(package, value)}
    if name in allowed:
        if not hasattr(classes[name], "set_random_seed"):
            raise CocosynthError(
                f"{_PACKAGE} {package.__version__} is too old: install 2.0 or later"
            )
        return classes[name]
    if name in classes:
        raise CocosynthError(
            f"{name} is not an ImageOnlyTransform: it could move pixels and leave their labels "
            "behind; choose one that is, or a geometric step of `augment`"
        )
    raise CocosynthError(f"{_PACKAGE} has no pixel transform {name!r}; {choices(name, allowed)}")


def _is_pixel_transform(package: Any, found: type) -> bool:
    base = package.ImageOnlyTransform
    return issubclass(found, base) and found is not base


def _reason(error: Exception) -> str:
    """Return the text of an error in one line, without what pydantic says around it."""
    lines = [line.partition(" [type=")[0].strip() for line in str(error).splitlines()]
    kept = [line for line in lines if line and not line.startswith("For further information")]
    heading = bool(kept) and "validation error" in kept[0]
    return ": ".join(kept[1:] if heading else kept) or type(error).__name__
