"""What a build depends on: an unfinished one may be continued only if nothing of it has changed."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import msgspec

from cocosynth.config.config import Config
from cocosynth.core import identity
from cocosynth.core.versions import generator
from cocosynth.foregrounds.matting.closed_form import packages_of
from cocosynth.sources.catalogue import Catalogue


def fingerprint(config: Config, catalogue: Catalogue, limit: int | None = None) -> dict[str, Any]:
    """Describe configuration, versions and sources, the latter by name, length and time of change.

    Of the user's own classes, which have no version, the source code counts.

    Returns
    -------
    dict
        As JSON would give it back.
    """
    source_code = config.source_code()
    content = {
        "generator": generator(),
        "config": config,
        "coco_files": catalogue.coco_files,
        "value_ranges": catalogue.value_ranges,
        "files": _files(catalogue),
        **packages_of(catalogue),
        **({} if limit is None else {"limit": limit}),
        **({"exclude_files": catalogue.exclude_files} if catalogue.exclude_files else {}),
        **({"source_code": source_code} if source_code else {}),
        **({"technique_files": read} if (read := catalogue.technique_files) else {}),
    }
    return msgspec.json.decode(msgspec.json.encode(content))


def _files(catalogue: Catalogue) -> dict[str, str]:
    """Return a digest of the picture files of each source."""
    digests: dict[str, Any] = {}
    for number, photo in enumerate(catalogue.photos):
        known = catalogue.file_states[number]
        for path in (photo.path, *catalogue.cuts.mask_paths(number)):
            seen = known if path == photo.path else None
            length, change = identity.state(path) if seen is None else seen[2:]
            line = f"{photo.file_name}\0{length}\0{change}\n"
            digests.setdefault(photo.source, hashlib.sha256()).update(os.fsencode(line))
    return {source: digest.hexdigest() for source, digest in digests.items()}
