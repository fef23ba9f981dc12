"""The canvas that an instance is about to be placed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cocosynth.core.geometry import canvas_matrix
from cocosynth.core.values import Background, Labels, Layer, Matrix, Photo, Size
from cocosynth.labels.options import Limits


@dataclass(frozen=True, eq=False)
class Site:
    """All that a placement may look at.

    Attributes
    ----------
    canvas : tuple of int
        Height and width.
    background : Background
        The crop of the photograph that fills the canvas.
    photo : Photo
        The photograph: its size, its name, not its colours.
    labels : ndarray of uint16, shape (H, W)
        Who owns which pixel so far; 0 is background, k is ``layers[k - 1]``. Not to be changed.
    layers : sequence of Layer
        The background's own annotations (`annotation_id` is set), then what has been placed
        (`placement` is set), each with its category and the tight box of what the canvas holds of
        it, whatever hides it.
    remaining : int
        How many objects are still to be placed, this one among them.
    limits : Limits
        What no place may break; a placement need not keep them, but saves tries if it does.
    tries : int
        How many places are looked at.
    shared : tuple of float
        Four random numbers from [0, 1), the same for all objects of the image.
    """

    canvas: Size
    background: Background
    photo: Photo
    labels: Labels
    layers: Sequence[Layer]
    remaining: int
    limits: Limits
    tries: int
    shared: tuple[float, float, float, float] = (0.5, 0.5, 0.5, 0.5)

    @property
    def to_canvas(self) -> Matrix:
        """The matrix from the pixels of the photograph to the canvas."""
        return canvas_matrix(self.background, self.canvas)

    @property
    def seen(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """From where to where the canvas shows the photograph, down and across, in fractions."""
        crop, (height, width) = self.background.crop, self.photo.size
        return (crop.top / height, crop.bottom / height), (crop.left / width, crop.right / width)
