"""One image of a dataset, as exporters take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cocosynth.core.values import Annotation, Category, Composite, Image, Labels, Matrix, Scene


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
    categories: Mapping[int, Category] = field(default_factory=dict)  # by id

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

    def _repr_png_(self) -> bytes:
        """Show the image in a notebook, every annotation outlined and named."""
        from cocosynth.core.inline import outlined_png  # draws: nothing that a build waits for

        return outlined_png(self)
