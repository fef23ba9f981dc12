"""The file systems of fsspec, one a process for each kind of URL."""

from __future__ import annotations

import os
import threading
from typing import Any

from cocosynth.core.optional import optional
from cocosynth.core.storage.faults import TIMEOUT, number_of
from cocosynth.core.urls import Url

_PACKAGES = {
    "s3": ("s3fs", "cloud"),
    "gs": ("gcsfs", None),
    **dict.fromkeys(("az", "abfs", "abfss"), ("adlfs", None)),
}
_CONNECT_SECONDS = 5
_made: dict[tuple[int, str], Any] = {}
_lock = threading.Lock()


def connected(url: Url) -> Any:
    """Return the file system of fsspec that a URL is of.

    Raises
    ------
    CocosynthError
        If a package is missing; the text says how to install it.
    """
    key = os.getpid(), url.scheme  # a connection does not outlive a fork
    with _lock:
        if key not in _made:
            _made[key] = _connect(url)
        return _made[key]


def address(url: Url) -> tuple[Any, str]:
    """Return the file system of a URL, and how it is called there."""
    system = connected(url)
    return system, system._strip_protocol(str(url))


def _connect(url: Url) -> Any:
    fsspec = optional("fsspec", extra="cloud")
    if url.scheme in _PACKAGES:
        package, extra = _PACKAGES[url.scheme]
        optional(package, extra=extra)
    options: dict[str, Any] = {"use_listings_cache": False} if url.scheme != "memory" else {}
    if url.scheme == "s3":  # it is here that failed requests are tried again, and counted
        options["max_concurrency"] = 1  # of one file: else each read asks for its length before
        options["config_kwargs"] = {
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": number_of(TIMEOUT, 30),
            "retries": {"mode": "standard", "total_max_attempts": 1},
            "max_pool_connections": 32,
        }
    system = fsspec.filesystem(url.scheme, **options)
    if url.scheme == "s3":
        system.retries = 1
    return system
