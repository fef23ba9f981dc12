"""The files of the parts: records copied byte for byte into the file they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from cocosynth.coco.document import BATCH, Document
from cocosynth.coco.raw_records import (
    AnnotationKeys,
    ImageKeys,
    ascii_json,
    decode_keys,
    encode_row,
    refuse_hidden,
    unknown,
)
from cocosynth.core import files


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
        streams = {name: stack.enter_context(files.atomic(out)) for name, out in outputs.items()}
        separator = b"{\n"
        for member, raw in document.members.items():
            _write_all(streams, separator + encode_row(member) + b":")
            separator = b",\n"
            if member == "images":
                _write_table(streams, _images(document, part_of))
            elif member == "annotations":
                counts = _write_table(streams, _annotations(document, part_of))
            else:
                _write_all(streams, bytes(raw))
        _write_all(streams, b"}\n")
        _refuse_hidden(document)
    return {name: counts[name] for name in outputs}


def _write_all(streams: Mapping[str, IO[bytes]], text: bytes) -> None:
    for stream in streams.values():
        stream.write(ascii_json(text))


def _write_table(
    streams: Mapping[str, IO[bytes]], records: Iterator[tuple[str, bytes]]
) -> Counter[str]:
    """Write each record into the file of its part, one a line; return how many each has."""
    counts: Counter[str] = Counter()
    for name, record in records:
        streams[name].write((b",\n" if counts[name] else b"[\n") + ascii_json(record))
        counts[name] += 1
    for name, stream in streams.items():
        stream.write(b"\n]" if counts[name] else b"[]")
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
            if annotation.image_id not in part_of:
                raise unknown(document, annotation, "image")
            yield part_of[annotation.image_id], bytes(raw)


def _refuse_hidden(document: Document) -> None:
    for table in ("licenses", "categories"):  # the others have been read
        for _ in document.chunks(table):
            pass
    refuse_hidden(document)
