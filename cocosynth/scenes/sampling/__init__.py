"""Samplers: which instances a scene wants; one file each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from cocosynth.scenes.sampling.weights import Weights

SAMPLERS: dict[str, type] = {"weights": Weights}


class Sampler(Protocol):
    """Chooses what is pasted into the images of one split: a pure function of its numbers."""

    def sample(self, rng: np.random.Generator, index: int) -> Sequence[Sequence[int]]:
        """Choose the objects of an image.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this decision and this image alone.
        index : int
            Of the image.

        Returns
        -------
        sequence of sequence of int
            For each object, the numbers of the instances to try, the first choice first.
        """
