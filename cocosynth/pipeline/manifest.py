"""What a dataset was made of, and with, for its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from cocosynth.config.config import Config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.registry import name_of
from cocosynth.core.versions import generator
from cocosynth.export.formats import DEFAULT_PRODUCTS
from cocosynth.export.health import Health
from cocosynth.export.manifest import Generator, Manifest, Photograph, SplitCounts, Terms
from cocosynth.pipeline.tally import Tally
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.licenses import code_of


def manifest_of(
    config: Config,
    catalogue: Catalogue,
    images: Mapping[str, int],
    tallies: Mapping[str, Tally],
    hashes: Mapping[int, Mapping[str, str]],
    products: Iterable[str],
    health: Health,
) -> Manifest:
    """Describe a build; the same build gives the same description.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    images : mapping of str to int
        By split.
    tallies : mapping of str to Tally
        By split.
    hashes : mapping of int to mapping
        The sha256 of the files of each photo that was used.
    products : iterable of str
        Of all exporters.
    health : Health
    """
    names = {category.id: category.name for category in catalogue.categories}
    owned = tuple(sorted(products))
    usual = owned == tuple(sorted(DEFAULT_PRODUCTS))
    return Manifest(
        generator=msgspec.convert(generator(), Generator),
        seed=config.seed,
        splits={
            split: SplitCounts(
                images=images[split],
                annotations=tally.categories.total(),
                categories=dict(sorted((names[n], k) for n, k in tally.categories.items())),
                distractors=dict(sorted(tally.distractors.items())) or msgspec.UNSET,
            )
            for split, tally in tallies.items()
        },
        sources_shared_between_splits=config.share_sources,
        coco_files=dict(sorted(catalogue.coco_files.items())),
        skipped=catalogue.skipped.rows(),
        technique_files=dict(sorted(catalogue.technique_files.items())) or msgspec.UNSET,
        value_ranges=dict(sorted(catalogue.value_ranges.items())) or msgspec.UNSET,
        notes=catalogue.notes or msgspec.UNSET,
        health=health,
        photographs=_photographs(catalogue, tallies, hashes),
        variants=tuple(map(name_of, config.variants)) or msgspec.UNSET,
        products=msgspec.UNSET if usual else owned,
    )


def recorded_ranges(path: Path, manifest: Manifest) -> dict[str, tuple[float, float]]:
    """Return the value range of each source that was measured, as a manifest has it.

    Raises
    ------
    CocosynthError
        If one does not go from low to high.
    """
    ranges = manifest.value_ranges or {}
    for source, (low, high) in ranges.items():
        if not low < high:
            raise CocosynthError(f"{path}: value_ranges: {source!r} must go from low to high")
    return ranges


def used_photos(tallies: Mapping[str, Tally]) -> list[int]:
    """Return the numbers of the photos of which something can be seen, in order."""
    return sorted({number for tally in tallies.values() for number in tally.photos})


def _photographs(
    catalogue: Catalogue,
    tallies: Mapping[str, Tally],
    hashes: Mapping[int, Mapping[str, str]],
) -> list[Photograph]:
    """List every photograph that can be seen in the dataset, with its terms and its credit."""
    records = []
    for number in used_photos(tallies):
        photo = catalogue.photos[number]
        license = photo.license
        known = {
            "dataset": photo.source,
            "file_name": photo.file_name,
            "image_id": photo.image_id,
            **hashes[number],
            **dict(photo.fields),
            "attribution": photo.attribution,
            "license": Terms(code_of(license), license.name, license.url),
            "images": {
                split: tally.photos[number]
                for split, tally in sorted(tallies.items())
                if tally.photos[number]
            },
        }
        records.append(msgspec.convert(known, Photograph))
    return sorted(records, key=lambda record: (record.dataset, record.file_name))
