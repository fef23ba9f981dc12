"""What a dataset was made of, and with: the file beside it that tells."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from cocosynth import __version__
from cocosynth.export.coco import SplitWriter
from cocosynth.licenses import code_of
from cocosynth.options import Config
from cocosynth.sources import Catalogue
from cocosynth.structures import Photo

_LIBRARIES = (
    "msgspec",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pycocotools",
    "scikit-image",
    "shapely",
)


def manifest_of(
    config: Config, catalogue: Catalogue, writers: Mapping[str, SplitWriter]
) -> dict[str, Any]:
    """Describe a build; the same build gives the same description.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    writers : mapping of str to SplitWriter
        By split, once they have written.
    """
    return {
        "generator": {
            "name": "cocosynth",
            "version": __version__,
            "python": platform.python_version(),
            "libraries": {name: _version(name) for name in _LIBRARIES},
        },
        "seed": config.seed,
        "splits": {
            split: {
                "images": config.splits[split],
                "annotations": writer.instances.total(),
                "categories": dict(sorted(writer.instances.items())),
            }
            for split, writer in writers.items()
        },
        "sources_shared_between_splits": config.share_sources,
        "coco_files": dict(sorted(catalogue.coco_files.items())),
        "skipped": [
            {"source": source, "reason": reason, "count": count}
            for (source, reason), count in sorted((+catalogue.skipped).items())
        ],
        "photographs": _photographs(writers),
    }


def _version(library: str) -> str:
    try:
        return version(library)
    except ModuleNotFoundError:  # another distribution of the same library, as with OpenCV
        return "unknown"


def _photographs(writers: Mapping[str, SplitWriter]) -> list[dict[str, Any]]:
    """List every photograph that can be seen in the dataset, with its terms and its credit."""
    used: dict[Photo, dict[str, int]] = {}
    for split, writer in writers.items():
        for number, count in writer.used.items():
            used.setdefault(writer.photos[number], {})[split] = count
    return [
        {
            "dataset": photo.source,
            "file_name": photo.file_name,
            "image_id": photo.image_id,
            "license": {
                "code": code_of(photo.license),
                "name": photo.license.name,
                "url": photo.license.url,
            },
            "attribution": photo.attribution,
            **dict(photo.fields),
            "images": dict(sorted(by_split.items())),
        }
        for photo, by_split in sorted(
            used.items(), key=lambda item: (item[0].source, item[0].file_name)
        )
    ]
