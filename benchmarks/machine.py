"""Where the figures are from: the machine, the versions, and what else it was doing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from cocosynth import __version__

_PACKAGES = ("numpy", "opencv-python-headless", "pycocotools", "scikit-image", "msgspec")


def machine() -> dict[str, str | int]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 2**30),
        "system": platform.system(),
    }


def versions() -> dict[str, str]:
    own = {"cocosynth": __version__, "python": platform.python_version()}
    return own | {package: version(package) for package in _PACKAGES}


def load() -> float:
    """Return how many processes wanted to run, on average of the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    lines = found.read_text().splitlines() if found.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
