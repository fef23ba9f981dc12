"""What a build depends on: an unfinished one may be continued only if nothing of it has changed."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cocosynth import __version__
from cocosynth.options import Config
from cocosynth.sources import Catalogue

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


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # a tenth of all imports

    try:
        return version(library)
    except PackageNotFoundError:  # another distribution of the same library
        return "unknown"


def fingerprint(config: Config, catalogue: Catalogue) -> dict[str, Any]:
    """Describe configuration, versions and sources, the latter by name, length and time of change.

    Returns
    -------
    dict
        As JSON would give it back.
    """
    content = {
        "generator": generator(),
        "config": config,
        "coco_files": catalogue.coco_files,
        "files": _files(catalogue),
    }
    return msgspec.json.decode(msgspec.json.encode(content))


def _files(catalogue: Catalogue) -> dict[str, str]:
    """Return a digest of the picture files of each source."""
    digests: dict[str, Any] = {}
    for number, photo in enumerate(catalogue.photos):
        masks = [cut.mask_path for cut in catalogue.cuts.get(number, ()) if cut.mask_path]
        for path in (photo.path, *masks):
            found = Path(path).stat()
            line = f"{photo.file_name}\0{found.st_size}\0{found.st_mtime_ns}\n"
            digests.setdefault(photo.source, hashlib.sha256()).update(os.fsencode(line))
    return {source: digest.hexdigest() for source, digest in digests.items()}


def difference(before: Any, now: Any) -> str | None:
    """Say in a few words where two fingerprints differ first; None where they do not."""
    for path, old, new in _differences(before, now, ""):
        if path.startswith(("files.", "coco_files.")):
            return f"the source {path.partition('.')[2]} has changed"
        return f"{path.removeprefix('config.')} was {old!r} and is {new!r} now"
    return None


def _differences(before: Any, now: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            place = f"{path}.{key}" if path else key
            yield from _differences(before.get(key), now.get(key), place)
    elif before != now:
        yield path, before, now
