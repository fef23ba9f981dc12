"""The files of the parts: records copied byte for byte into the file they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from cocosynth.coco.document import BATCH, Document
from cocosynth.coco.raw_records import AnnotationKeys, ImageKeys, decode_keys
from cocosynth.coco.table_writer import Style, TableFile, table_file

_STYLE = Style(opening=b"{\n", nothing=b"")


def write_parts(
    document: Document, outputs: Mapping[str, Path], part_of: Mapping[int, str]
) -> dict[str, int]:
    """Write the file of each part.

    Parameters
    ----------
    document : Document
    outputs : mapping of str to Path
    part_of : mapping of int to str
        The part of each image, by its id.

    Returns
    -------
    dict of str to int
        How many annotations each part has.
    """
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        parts = {
            name: stack.enter_context(table_file(out, _STYLE)) for name, out in outputs.items()
        }
        for member, raw in document.members.items():
            if member == "images":
                _write_table(parts, member, _images(document, part_of))
            elif member == "annotations":
                counts = _write_table(parts, member, _annotations(document, part_of))
            else:
                for part in parts.values():
                    part.member(member, raw)
    return {name: counts[name] for name in outputs}


def _write_table(
    parts: Mapping[str, TableFile], table: str, records: Iterator[tuple[str, bytes]]
) -> Counter[str]:
    """Write each record into the file of its part; return how many each has."""
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        tables = {name: stack.enter_context(part.table(table)) for name, part in parts.items()}
        for name, record in records:
            tables[name].add(record)
            counts[name] += 1
    return counts


def _images(document: Document, part_of: Mapping[int, str]) -> Iterator[tuple[str, bytes]]:
    for start, text in document.chunks("images"):
        keys = decode_keys(document, "images", ImageKeys, start, text)
        raws = document.tables["images"][start : start + BATCH]
        for image, raw in zip(keys, raws, strict=True):
            yield part_of[image.id], bytes(raw)


def _annotations(document: Document, part_of: Mapping[int, str]) -> Iterator[tuple[str, bytes]]:
    for start, text in document.chunks("annotations"):
        keys = decode_keys(document, "annotations", AnnotationKeys, start, text)
        raws = document.tables["annotations"][start : start + BATCH]
        for annotation, raw in zip(keys, raws, strict=True):
            yield part_of[annotation.image_id], bytes(raw)
