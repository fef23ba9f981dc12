"""What a dataset was made of, and with: the file beside it that tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cocosynth.config.config import Config
from cocosynth.core.versions import generator
from cocosynth.export.coco import SplitWriter
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.licenses import code_of


def manifest_of(
    config: Config,
    catalogue: Catalogue,
    writers: Mapping[str, SplitWriter],
    hashes: Mapping[int, Mapping[str, str]],
) -> dict[str, Any]:
    """Describe a build; the same build gives the same description.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    writers : mapping of str to SplitWriter
        By split, once they have written.
    hashes : mapping of int to mapping
        The sha256 of the files of each photo that was used.
    """
    return {
        "generator": generator(),
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
            {key: value for key, value in msgspec.structs.asdict(row).items() if value is not None}
            for row in catalogue.skipped.rows()
        ],
        "photographs": _photographs(catalogue, writers, hashes),
    }


def used_photos(writers: Mapping[str, SplitWriter]) -> list[int]:
    """Return the numbers of the photos of which something can be seen, in order."""
    return sorted({number for writer in writers.values() for number in writer.used})


def _photographs(
    catalogue: Catalogue,
    writers: Mapping[str, SplitWriter],
    hashes: Mapping[int, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """List every photograph that can be seen in the dataset, with its terms and its credit."""
    records = []
    for number in used_photos(writers):
        photo = catalogue.photos[number]
        license = photo.license
        records.append(
            {
                "dataset": photo.source,
                "file_name": photo.file_name,
                "image_id": photo.image_id,
                **hashes[number],
                "license": {"code": code_of(license), "name": license.name, "url": license.url},
                "attribution": photo.attribution,
                **dict(photo.fields),
                "images": {
                    split: writer.used[number]
                    for split, writer in sorted(writers.items())
                    if writer.used[number]
                },
            }
        )
    return sorted(records, key=lambda record: (record["dataset"], record["file_name"]))
