"""One thread for each process: processes share the cores among them."""

from __future__ import annotations

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
