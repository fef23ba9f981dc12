"""The versions of all that touches a pixel or a label, and where two descriptions differ."""

from __future__ import annotations

import functools
import platform
from collections.abc import Iterator
from typing import Any

from cocosynth import __version__

_LIBRARIES = (
    "msgspec",
    "numpy",
    "pillow",
    "pycocotools",
    "scikit-image",
    "shapely",
)


def generator() -> dict[str, Any]:
    """Name the versions of everything that touches a pixel or a label.

    That of OpenCV is asked of the library itself: several distributions bring it, and where two are
    installed the files of one lie over those of the other.
    """
    import cv2

    return {
        "name": "cocosynth",
        "version": __version__,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES} | {"opencv": cv2.__version__},
    }


@functools.cache
def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # a tenth of all imports

    try:
        return version(library)
    except PackageNotFoundError:  # another distribution of the same library
        return "unknown"


def difference(before: Any, now: Any) -> str | None:
    """Say in a few words where two fingerprints differ first; None where they do not."""
    for path, old, new in _differences(before, now, ""):
        if path.startswith(("files.", "coco_files.", "exclude_files.")):
            return f"the source {path.partition('.')[2]} has changed"
        if path.startswith(("source_code.", "blend.source_code.")):  # of classes of the user's own
            return f"{path.partition('source_code.')[2]} has changed since"
        return f"{path.removeprefix('config.')} was {old!r} and is {new!r} now"
    return None


def _differences(before: Any, now: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            place = f"{path}.{key}" if path else key
            yield from _differences(before.get(key), now.get(key), place)
    elif before != now:
        yield path, before, now
