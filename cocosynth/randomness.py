"""One stream of random numbers for each decision, keyed by what it decides.

A stream depends on the seed, the split, the image and the decision, never on what was drawn
before: so any image can be made alone, in any order, by any worker, and a change of one decision
leaves the others as they were.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np


def rng_for(seed: int, *key: int | str) -> np.random.Generator:
    """Return the generator of one decision.

    Parameters
    ----------
    seed : int
        The user's seed, 0 or more.
    *key : int or str
        What is decided, such as ``("train", 17, "placement")``.

    Examples
    --------
    >>> bool(rng_for(7, "train", 3).random() == rng_for(7, "train", 3).random())
    True
    >>> bool(rng_for(7, "train", 3).random() == rng_for(8, "train", 2).random())
    False
    """
    words = tuple(crc32(part.encode()) if isinstance(part, str) else part for part in key)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words)))
