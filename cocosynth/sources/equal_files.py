"""Which photographs are the same, byte for byte; most files have a length of their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocosynth.core import identity
from cocosynth.sources.catalogue import Catalogue

Ints = NDArray[np.int64]


def equal_files(catalogue: Catalogue, numbers: Ints) -> Ints:
    """Return which photograph each of some is equal to.

    Parameters
    ----------
    catalogue : Catalogue
    numbers : ndarray of int, shape (n,)
        Of the photographs.

    Returns
    -------
    ndarray of int64, shape (n,)
        The place of the first among them that has the same bytes.
    """
    table, is_known = catalogue.file_states.table(len(catalogue.photos))
    for number in numbers[~is_known[numbers]].tolist():
        state = identity.file_state(catalogue.photos.path(number))
        if state is None:
            return _first_of(catalogue, numbers)
        table[number] = state[:3]
    known = table[numbers]
    order = np.lexsort((known["inode"], known["device"]))
    files = known[["device", "inode"]][order]
    begins = np.concatenate([[True], files[1:] != files[:-1]])[: len(order)]
    places = np.empty(len(order), dtype=np.int64)
    places[order] = order[np.flatnonzero(begins)[np.cumsum(begins) - 1]]  # several names of a file
    each = np.unique(places)
    _, lengths, counts = np.unique(known["length"][each], return_inverse=True, return_counts=True)
    alike = each[counts[lengths] > 1]
    equal = np.arange(len(numbers))
    equal[alike] = alike[_first_of(catalogue, numbers[alike])]
    return equal[places]


def _first_of(catalogue: Catalogue, numbers: Ints) -> Ints:
    """Do the same by a look at each."""
    paths = [*map(catalogue.photos.path, numbers.tolist())]
    states = map(catalogue.file_states.__getitem__, numbers.tolist())
    first: dict[str, int] = {}
    names = enumerate(identity.identities(paths, states))
    return np.array([first.setdefault(name, place) for place, name in names], dtype=np.int64)
