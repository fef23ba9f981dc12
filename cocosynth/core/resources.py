"""Files shipped with the package."""

from __future__ import annotations

from pathlib import Path

from cocosynth.core.errors import CocosynthError


def resource(name: str) -> Path:
    """Return the path of a file shipped with the package, such as ``schemas/coco.schema.json``.

    In a wheel `schemas/` and `sample_data/` lie inside the package; in a checkout and in an
    editable install they stand beside it.
    """
    package = Path(__file__).parent.parent
    for root in (package, package.parent):
        if (root / name).exists():
            return root / name
    raise CocosynthError(f"{name} is missing from this installation; install cocosynth again")
