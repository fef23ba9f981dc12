"""Shards of webdataset: tar files of images, each followed by the JSON of its annotations."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import IO, Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from cocosynth.coco.layout import Layout
from cocosynth.coco.table_writer import ascii_json
from cocosynth.core import files
from cocosynth.core.sample import Sample
from cocosynth.export.coco import CocoExporter, CocoImage
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.image_records import ImageRecords

FOLDER = "webdataset"


@dataclass(frozen=True)
class WebdatasetExporter:
    """Shards of webdataset: image and JSON, `shard_size` images in a tar file.

    They are written once all images are made, in workers, a shard by each: which image goes into
    which shard depends on its number alone, and so does every byte.

    Parameters
    ----------
    shard_size : int
        Images in a tar file; the last one of a split has the rest.
    """

    context: ExportContext
    shard_size: Annotated[int, Meta(ge=1, le=1_000_000, description="images in a tar file")] = 1000

    products: ClassVar[tuple[str, ...]] = (f"{FOLDER}/",)

    def write(self, sample: Sample) -> CocoImage:
        return CocoExporter(self.context).write(sample)

    @property
    def images_a_piece(self) -> int:
        return self.shard_size

    def finish(self, split: str, parts: Iterable[Numbered[CocoImage]]) -> None:
        """Write the shards of a split, one after the other."""
        left = iter(parts)
        for number in count():
            following = next(left, None)
            if following is None:
                return
            self.write_piece(split, number, chain([following], islice(left, self.shard_size - 1)))

    def write_piece(self, split: str, number: int, parts: Iterable[Numbered[CocoImage]]) -> None:
        """Write one shard."""
        context, records = self.context, ImageRecords(self.context)
        names = {category.id: category.name for category in context.categories}
        folder = files.make_folder(context.folder / FOLDER)
        images = Layout(context.folder).images(split)
        with files.atomic(folder / f"{split}-{number:06d}.tar") as stream, _tar(stream) as tar:
            for each in parts:
                key, _, suffix = each.part.file_name.rpartition(".")
                _add(tar, f"{key}.{suffix.lower()}", files.read_bytes(images / each.part.file_name))
                record = msgspec.json.encode(self._record(each, records, names))
                _add(tar, f"{key}.json", ascii_json(record))

    def _record(
        self, each: Numbered[CocoImage], records: ImageRecords, names: Mapping[int, str]
    ) -> dict[str, Any]:
        """Return the image record with its annotations and licences in it."""
        image = each.part.record(records, each.image_id)
        licenses = {license["id"]: license for license in records.licenses()}
        for record in (image, *image["sources"]):
            record["license"] = {k: v for k, v in licenses[record["license"]].items() if k != "id"}
        annotations = each.part.annotation_records(self.context, each)
        named = [{**record, "category": names[record["category_id"]]} for record in annotations]
        return {**image, "annotations": named}


def _tar(stream: IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file that says nothing of where and when it was made."""
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(content), 0o644
    tar.addfile(header, io.BytesIO(content))
