"""Any COCO dataset in the formats that a build can write."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO, Any

import msgspec

from cocosynth import __version__
from cocosynth.coco.layout import Layout, split_of
from cocosynth.coco.part_names import files_of
from cocosynth.coco.splits import checked_split
from cocosynth.core import files, identity
from cocosynth.core.errors import CocosynthError
from cocosynth.core.escape import csv_cell
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.locks import Note
from cocosynth.core.progress import Progress, silent
from cocosynth.core.registry import make
from cocosynth.core.skipped import Skipped
from cocosynth.core.suggest import choices
from cocosynth.datasets.convert.read import (
    Batch,
    Source,
    common_categories,
    info_of,
    read_source,
)
from cocosynth.datasets.convert.staging import ConvertedFile, Record, finished, staged
from cocosynth.datasets.convert.task import Converter, ImagePart
from cocosynth.export import EXPORTERS, ExportContext, Numbered
from cocosynth.export.formats import Format
from cocosynth.export.options import Export, Info

CREDITS = "credits.csv"
_COLUMNS = ("split", "file", "source", "author", "license", "license_url", "link")


@dataclass(frozen=True)
class Converted:
    """What was converted.

    Attributes
    ----------
    images, annotations : dict of str to int
        By split.
    skipped : Skipped
    renamed : int
        How many images have another file name than their record; ``credits.csv`` has both.
    """

    images: dict[str, int]
    annotations: dict[str, int]
    skipped: Skipped
    renamed: int = 0


def convert(
    paths: Sequence[Path],
    out: Path,
    formats: Sequence[str],
    *,
    images: Sequence[Path | None] | None = None,
    splits: Sequence[str] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    skip_missing: bool = False,
    link: bool = False,
    overwrite: bool = False,
    executor: Executor | None = None,
    progress: Progress = silent,
    note: Note = lambda text: None,
) -> Converted:
    """Write COCO datasets in other formats, the files of their images beside them.

    Parameters
    ----------
    paths : sequence of Path
        COCO files; each becomes a split. All have the same categories.
    out : Path
        The folder of the result; as it was before, unless all goes well.
    formats : sequence of str
        Keys of `cocosynth.export.EXPORTERS`.
    images : sequence of Path or None, optional
        The folder of the images of each file; by default the one beside it in the layout of COCO.
    splits : sequence of str, optional
        The name of each split; by default that in ``instances_<split>.json``.
    parameters : mapping, optional
        Of formats, by name, such as ``{"webdataset": {"shard_size": 500}}``.
    skip_missing : bool
        Skip images that have no file, which are refused otherwise.
    link : bool
        Give the files of images a second name, where the file system can, instead of copying them.
    overwrite : bool
        Replace an earlier conversion in `out`.
    executor : Executor, optional
    progress : Progress, optional
    note : callable, optional
        Takes a line about what the user should know.

    Returns
    -------
    Converted

    Raises
    ------
    CocosynthError
        If a file has errors, an image is missing, or a format cannot hold the dataset.
    """
    _refuse_formats(formats)
    names = _split_names(paths, splits)
    folders = images or [None] * len(paths)
    with staged(out, overwrite=overwrite, note=note) as stage:
        sources = [
            read_source(path, split, folder, skip_missing=skip_missing)
            for path, split, folder in zip(paths, names, folders, strict=True)
        ]
        context = _context(stage, sources)
        made = _make(formats, context, parameters or {})
        _lay_out(stage, names, made)
        photos = tuple(chain.from_iterable(source.photos() for source in sources))
        last = _make(formats, replace(context, photos=photos), parameters or {})
        task = Converter(stage, made, context.categories, link)
        converted = _run(task, last, sources, executor or Serial(), progress)
        converted = replace(converted, renamed=_write_credits(stage, sources))
        finished(stage, _record(sources, formats, converted))
    return converted


def _context(stage: Path, sources: Sequence[Source]) -> ExportContext:
    return ExportContext(
        stage,
        {source.split: len(source.images) for source in sources},
        Export(),
        msgspec.convert(info_of(sources[0]), Info),
        common_categories(sources),
    )


def _lay_out(stage: Path, splits: Iterable[str], formats: Iterable[Format]) -> None:
    """Make the folders of images, and those that the formats own."""
    for split in splits:
        files.make_folder(Layout(stage).images(split))
    for product in (product for one in formats for product in one.exporter.products):
        if product.endswith("/"):
            files.make_folder(stage / product)


def _run(
    task: Converter,
    formats: Sequence[Format],
    sources: Sequence[Source],
    run: Executor,
    progress: Progress,
) -> Converted:
    """Convert the images in workers, and let each format write the files of a split."""
    skipped, annotations = Skipped(), {}
    images = {source.split: len(source.images) for source in sources}
    with ExitStack() as spools:
        spool = {
            split: spools.enter_context(files.temporary(task.stage.parent)) for split in images
        }
        answers, total = run(task, _batches(sources)), sum(images.values())
        for answer in progress("converting images", answers, total, lambda a: len(a.lines)):
            skipped.update(answer.skipped)
            spool[answer.split].writelines(line + b"\n" for line in answer.lines)
        for split in images:
            annotations[split] = sum(len(part.annotation_ids) for part in _parts(spool[split]))
            for position, format in enumerate(formats):
                for row in format.finish(split, _numbered(spool[split], position)):
                    skipped.add(f"{format.name}, {split}", row.reason, row.count, row.example)
    for format in formats:
        format.close()
    for source in sources:
        skipped.add(source.split, "image without a file", source.missing)
    return Converted(images, annotations, skipped)


def _refuse_formats(formats: Sequence[str]) -> None:
    for name in formats:
        if name not in EXPORTERS:
            raise CocosynthError(f"--to: no format {name!r}; {choices(name, EXPORTERS)}")
        if formats.count(name) > 1:
            raise CocosynthError(f"--to: {name!r} stands there twice; once is enough")
    if not formats:
        raise CocosynthError(f"--to: names no format; choose from {', '.join(sorted(EXPORTERS))}")


def _split_names(paths: Sequence[Path], splits: Sequence[str] | None) -> list[str]:
    """Return the name of the split that each file becomes."""
    if splits is not None and len(splits) != len(paths):
        raise CocosynthError(f"--split: {len(splits)} names for {len(paths)} files; give one each")
    where = "--split" if splits else "the split of a file; name it by --split"
    named = splits or [_words_of(path) for path in paths]
    products = {p.rstrip("/").lower() for one in EXPORTERS.values() for p in one.products}
    for name in named:
        checked_split(name, where)
        if name.lower() in products:
            raise CocosynthError(f"--split: {name!r} is the folder of a format; take another name")
        if [other.lower() for other in named].count(name.lower()) > 1:
            raise CocosynthError(f"two files would become the split {name!r}; name them by --split")
    return list(named)


def _words_of(path: Path) -> str:
    """Return the split in the name of a file; ``person_keypoints_val2017`` is of ``val2017``."""
    return split_of(path).removeprefix("person_keypoints_").strip("._-") or "all"


def _make(
    formats: Sequence[str], context: ExportContext, parameters: Mapping[str, Mapping[str, Any]]
) -> list[Format]:
    made = []
    for name in formats:
        spec: Any = {name: dict(parameters.get(name, {}))}
        try:
            exporter = make(EXPORTERS, spec, where="--to", given={"context": context})
        except CocosynthError as error:
            raise CocosynthError(str(error).replace("export.formats", "--to", 1)) from None
        made.append(Format(name, exporter))
    return made


def _batches(sources: Iterable[Source]) -> Iterator[Batch]:
    first = 0
    for source in sources:
        yield from source.batches(first)
        first += len(source.images)


def _parts(spool: IO[bytes]) -> Iterator[ImagePart]:
    decoder = msgspec.json.Decoder(ImagePart)
    spool.seek(0)
    for line in spool:
        yield decoder.decode(line)


def _numbered(spool: IO[bytes], position: int) -> Iterator[Numbered[msgspec.Raw]]:
    for part in _parts(spool):
        yield Numbered(part.image_id, part.annotation_ids, part.parts[position])


def _write_credits(stage: Path, sources: Sequence[Source]) -> int:
    """Say of every image what its file was called, who made it and on which terms."""
    table, renamed = io.StringIO(), 0
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for source in sources:
        for photo, name in zip(source.photos(), source.file_names(), strict=True):
            renamed += photo.file_name != name
            links = dict(photo.fields)
            link = links.get("flickr_url") or links.get("url") or links.get("coco_url") or ""
            terms = photo.license
            row = (source.split, name, photo.file_name, photo.attribution, terms.name, terms.url)
            writer.writerow([csv_cell(text) for text in (*row, link)])
    files.write_atomic(stage / CREDITS, table.getvalue().encode())
    return renamed


def _record(sources: Sequence[Source], formats: Sequence[str], converted: Converted) -> Record:
    return Record(
        version=__version__,
        formats=list(formats),
        sources=[
            ConvertedFile(
                Path(source.path).name,
                identity.sha256(*files_of(source.path)),
                source.split,
                converted.images[source.split],
                converted.annotations[source.split],
            )
            for source in sources
        ],
        skipped=[str(row) for row in converted.skipped.rows()],
    )
