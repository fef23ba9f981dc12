"""A seeded order of the numbers below a count, in which each place can be looked up alone.

Small counts are shuffled outright. Of large ones only four keys are kept: a Feistel network
(Luby and Rackoff, "How to construct pseudorandom permutations from pseudorandom functions", 1988)
over the next power of 4, walked along until it is below the count (Black and Rogaway, "Ciphers with
arbitrary finite domains", CT-RSA 2002).
"""

from __future__ import annotations

from functools import lru_cache

from cocosynth.core.randomness import rng_for

_LISTED = 4096  # numbers up to which the order itself is kept
_ROUNDS = 4
_MIX = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


class Shuffle:
    """The numbers from 0 to a count, each once, in an order of chance.

    Parameters
    ----------
    count : int
    seed : int
    *key : int or str
        What is put in order.

    Examples
    --------
    >>> shuffle = Shuffle(5, 7, "train")
    >>> sorted(shuffle[place] for place in range(5))
    [0, 1, 2, 3, 4]
    """

    def __init__(self, count: int, seed: int, *key: int | str) -> None:
        self._count, rng = count, rng_for(seed, *key, "shuffle")
        self._listed: list[int] | None = None
        if count <= _LISTED:
            self._listed = rng.permutation(count).tolist()
        self._bits = max(1, (max(count - 1, 1).bit_length() + 1) // 2)
        self._keys: list[int] = rng.integers(1 << 63, size=_ROUNDS).tolist()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> int:
        if not 0 <= place < self._count:
            raise IndexError(f"place {place} of {self._count}")
        if self._listed is not None:
            return self._listed[place]
        number = self._walked(place)
        while number >= self._count:
            number = self._walked(number)
        return number

    def _walked(self, number: int) -> int:
        mask = (1 << self._bits) - 1
        left, right = number >> self._bits, number & mask
        for key in self._keys:
            mixed = ((right + 1) * _MIX ^ key) & _WORD
            mixed = ((mixed ^ mixed >> 29) * _MIX) & _WORD
            left, right = right, left ^ (mixed >> 32) & mask
        return left << self._bits | right


@lru_cache(maxsize=512)
def dealt_round(count: int, seed: int, *key: int | str) -> Shuffle:
    """Return the order of one round of cards; the last ones are kept."""
    return Shuffle(count, seed, *key)
