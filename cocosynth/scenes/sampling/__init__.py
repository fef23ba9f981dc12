"""Samplers: which instances a scene wants; one file each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from cocosynth.scenes.options import Sampling
from cocosynth.scenes.sampling.one_photo import OnePhoto
from cocosynth.scenes.sampling.weights import Weights

SAMPLERS: dict[Sampling, type[Weights | OnePhoto]] = {"weights": Weights, "one_photo": OnePhoto}


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
