"""The image and licence records of a COCO file, and its `info`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cocosynth.core.values import License, Size
from cocosynth.export.context import ExportContext
from cocosynth.export.options import Info


@dataclass(frozen=True)
class ImageRecords:
    """The image and licence records of one file; licences are numbered as they are met."""

    context: ExportContext
    _licenses: dict[License, int] = field(default_factory=dict)

    def image(
        self, image_id: int, file_name: str, size: Size, photos: Sequence[int]
    ) -> dict[str, Any]:
        height, width = size
        return {
            "id": image_id,
            "file_name": file_name,
            "width": width,
            "height": height,
            "license": self._license_of(photos),
            "date_captured": self.context.info.date_created,
            "sources": [self._source(number) for number in photos],
        }

    def _source(self, number: int) -> dict[str, Any]:
        photo = self.context.photos[number]
        identity = {} if photo.image_id is None else {"image_id": photo.image_id}
        credit = {"attribution": photo.attribution} if photo.attribution else {}
        return {
            "dataset": photo.source,
            "file_name": photo.file_name,
            **identity,
            "license": self._license_id(photo.license),
            **credit,
            **dict(photo.fields),
        }

    def _license_id(self, license: License) -> int:
        return self._licenses.setdefault(license, len(self._licenses) + 1)

    def _license_of(self, photos: Sequence[int]) -> int:
        """Give the id of the one licence of all photos, or of an entry that names them all."""
        found = list(dict.fromkeys(self.context.photos[number].license for number in photos))
        found.sort(key=lambda license: (license.name, license.url))
        if len(found) == 1:
            return self._license_id(found[0])
        names = "; ".join(license.name for license in found)
        urls = " ".join(license.url for license in found if license.url)
        return self._license_id(License(f"Composite of: {names}", urls))

    def licenses(self) -> Iterator[dict[str, Any]]:
        for license, number in self._licenses.items():
            yield {"id": number, "name": license.name, "url": license.url}


def info_record(info: Info) -> dict[str, Any]:
    """Write no key that the user gave no value for: no year or date is invented."""
    return {key: value for key, value in msgspec.structs.asdict(info).items() if value is not None}
