"""One thread for each process: processes share the cores among them."""

from __future__ import annotations

import os

ONE_THREAD = dict.fromkeys(
    (
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"),
        *("BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
    ),
    "1",
)
"""Environment of a process, to be set before NumPy is loaded: OpenBLAS starts a thread for each
core then. Where memory is limited (`ulimit -v`) it may find no room for them, and wait for ever.
"""


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
