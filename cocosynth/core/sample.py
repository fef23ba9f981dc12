"""One image of a dataset, as exporters take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cocosynth.core.values import Annotation, Composite, Image, Labels, Matrix, Scene


class Origin(NamedTuple):
    """Where the instance of a placement comes from."""

    photo: int
    annotation_id: int | None
    matrix: Matrix  # from the pixels of the photo to the canvas


@dataclass(frozen=True, eq=False)
class Sample:
    """One image of a dataset, as exporters take it."""

    file_name: str
    scene: Scene
    composite: Composite
    annotations: Sequence[Annotation]  # of what is visible, in z-order
    origins: Sequence[Origin]  # one for each placement of the scene
    unlabelled: Sequence[Annotation] = ()  # what is visible of distractors that get no label

    @property
    def image(self) -> Image:
        """Return the pixels, shape (H, W, 3)."""
        return self.composite.image

    @property
    def labels(self) -> Labels:
        """Return who owns which pixel, shape (H, W): 0 nobody, k the layer k of the composite."""
        return self.composite.labels

    @property
    def photos(self) -> list[int]:
        """The photos that can be seen, the background first, each once."""
        pasted = (origin.photo for origin in self.origins)
        return list(dict.fromkeys((self.scene.background.photo, *pasted)))
