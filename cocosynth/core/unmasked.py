"""What NumPy does as well, in a process that need not load `numpy.ma` for it.

That is loaded to see whether an array is a masked one, and takes 10 to 30 ms: in the parent, and
in each worker again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def distinct(values: NDArray[Any], *, axis: int | None = None) -> NDArray[Any]:
    """Return each value once, in order.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    return np.unique(values, axis=axis, return_counts=True)[0]  # it does not ask where it counts


def median(values: NDArray[Any]) -> float:
    """Return the median of at least one number.

    Examples
    --------
    >>> median(np.array([4.0, 1, 2, 8]))
    3.0
    """
    ordered, middle = np.sort(values), len(values) // 2
    others = ordered[middle - 1 : middle + 1] if len(values) % 2 == 0 else ordered[[middle]]
    return float(others.sum() / len(others))
