"""One object that a scene is to have."""

from __future__ import annotations

from dataclasses import dataclass

from cocosynth.scenes.sampling.options import Occlusion, SizeClass


@dataclass(frozen=True)
class Wanted:
    """One object that a scene is to have.

    Attributes
    ----------
    instances : tuple of int
        Numbers of the bank to try, the first choice first.
    size : str, optional
        The class of size that its visible part is to have.
    others : tuple of int
        Instances to try where none of the others fits, in smaller sizes if it has a size.
    occlusion : str, optional
        How much of it is to be hidden.
    """

    instances: tuple[int, ...]
    size: SizeClass | None = None
    others: tuple[int, ...] = ()
    occlusion: Occlusion | None = None
