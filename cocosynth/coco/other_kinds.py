"""Files that people take for a COCO dataset and that are none: what each is, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from cocosynth.core.decoding import UNREADABLE

Members = dict[str, msgspec.Raw]

_HEAD = 1 << 16  # bytes

_UNPACK = "unpack it first"
_AS_UTF_8 = "save it as UTF-8"
_EXPORT = "export it as COCO, or convert it"
_INSTANCES = "give the file of instances, such as instances_train2017.json"

_BY_START = (  # in lower case
    (b"\x1f\x8b", "it is compressed with gzip", _UNPACK),
    (b"bzh", "it is compressed with bzip2", _UNPACK),
    (b"\xfd7zxz\0", "it is compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd", _UNPACK),
    (b"pk\x03\x04", "it is a zip archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive", _UNPACK),
    (b"\xff\xfe", "it is text in UTF-16, not UTF-8", _AS_UTF_8),
    (b"\xfe\xff", "it is text in UTF-16, not UTF-8", _AS_UTF_8),
    (b"{\0", "it is text in UTF-16, not UTF-8", _AS_UTF_8),
    (b"\0{", "it is text in UTF-16, not UTF-8", _AS_UTF_8),
    (b"<!doctype html", "it is a web page, not JSON", "download the file itself"),
    (b"<html", "it is a web page, not JSON", "download the file itself"),
    (b"<", "it is XML, as Pascal VOC and CVAT write it", _EXPORT),
    (b"version https://git-lfs", "it is a pointer of Git LFS", "fetch the file: `git lfs pull`"),
    (b"\x89png", "it is a picture", "give the annotation file"),
    (b"\xff\xd8\xff", "it is a picture", "give the annotation file"),
    (b"\x93numpy", "it is an array of NumPy", _EXPORT),
    (b"\x89hdf", "it is an HDF5 file", _EXPORT),
    (b"\x80\x04", "it is a Python pickle", _EXPORT),
    (b"\x80\x05", "it is a Python pickle", _EXPORT),
)
_NOT_A_NUMBER = re.compile(rb"[\[:,]\s*(NaN|-?Infinity)\b")


def named_by_bytes(content: bytes) -> str | None:
    """Say what a file is that is no JSON, and what to do; None where its start says nothing."""
    start = content[:64].lstrip().lower()
    for mark, kind, remedy in _BY_START:
        if start.startswith(mark):
            return f"{kind}; {remedy}"
    return None


def why_not_json(content: bytes) -> str | None:
    """Say why JSON-like text cannot be read, where it is a known slip."""
    found = _NOT_A_NUMBER.search(content)
    if found:
        return (
            f"it holds {found[1].decode()}, which is no JSON; look for a division by zero in what "
            "wrote it"
        )
    first, _, rest = content.partition(b"\n")
    if rest.strip() and isinstance(_decoded(first), dict):
        return f"it is JSON Lines, a record a line; {_EXPORT}"
    return None


def named_by_members(members: Members) -> str | None:
    """Say what a JSON object is that is no COCO dataset, and what to do; None if it may be one."""
    for keys, kind, remedy in _BY_KEYS:
        if keys <= members.keys():
            return f"{kind}; {remedy}"
    annotations = members.get("annotations")
    annotation = _first_of_list(annotations) if _may_be_other(annotations) else set()
    if "segments_info" in annotation:
        return (
            "it is a panoptic file, whose masks are PNG pictures; "
            f"{_INSTANCES}, or convert it with panopticapi's panoptic2detection_coco_format.py"
        )
    if "caption" in annotation and b'"category_id"' not in bytes(members["annotations"]):
        return f"it is a captions file, whose annotations are sentences; {_INSTANCES}"
    entry = _keys_of(next(iter(members.values()), msgspec.Raw(b"null")))
    if {"filename", "regions"} <= entry:
        return f"it is a project of the VGG Image Annotator (VIA); {_EXPORT}"
    return None


_BY_KEYS = (
    ({"_via_img_metadata"}, "it is a project of the VGG Image Annotator (VIA)", _EXPORT),
    ({"shapes", "imagePath"}, "it is a labelme file, of one picture", "convert it: `labelme2coco`"),
    ({"features", "type"}, "it is GeoJSON", _EXPORT),
    ({"items", "categories"}, "it is a Datumaro file", _EXPORT),
    ({"objects", "size"}, "it is a Supervisely file, of one picture", _EXPORT),
    ({"photographs", "generator"}, "it is the manifest of a build", "give annotations/*.json"),
)


def named_list(content: bytes) -> str:
    """Say what a JSON list is, and what to do."""
    keys = _first_of_list(msgspec.Raw(content))
    for fits, kind, remedy in _BY_RECORD:
        if fits(keys):
            return f"{kind}; {remedy}"
    return "it is a list; give a JSON object with images, annotations and categories"


_Keys = set[str]
_RESULTS = "it is a list of results, what a model predicts"
_ANNOTATED = "give the annotation file of the dataset"
_BY_RECORD: tuple[tuple[Callable[[_Keys], bool], str, str], ...] = (
    (lambda keys: {"image_id", "score"} <= keys, _RESULTS, _ANNOTATED),
    (lambda keys: {"image_id", "caption"} <= keys, "it is a list of captions", _ANNOTATED),
    (lambda keys: {"image_id", "segments_info"} <= keys, _RESULTS, _ANNOTATED),
    (
        lambda keys: {"image_id", "category_id"} <= keys,
        "it is a list of annotations or results",
        "give a JSON object with images, annotations and categories",
    ),
    (lambda keys: "data" in keys and keys & {"annotations", "predictions"} != set(),
     "it is a Label Studio export", "export it as COCO"),
    (lambda keys: {"image", "annotations"} <= keys, "it is a CreateML file", _EXPORT),
)  # fmt: skip


def _first_of_list(raw: msgspec.Raw | None) -> set[str]:
    """Return the keys of the first record of a JSON list; none where it is no such list."""
    records = None if raw is None else _decoded(raw, list[msgspec.Raw])
    return _keys_of(records[0]) if records else set()


def _may_be_other(raw: msgspec.Raw | None) -> bool:
    """Say whether annotations are worth a closer look: to decode all of a large file takes long."""
    head = b"" if raw is None else bytes(memoryview(raw)[:_HEAD])
    return b'"segments_info"' in head or b'"caption"' in head


def _keys_of(raw: msgspec.Raw) -> set[str]:
    record = _decoded(raw, dict[str, msgspec.Raw])
    return set(record or ())


def _decoded(content: bytes | msgspec.Raw, kind: Any = object) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except UNREADABLE:
        return None
