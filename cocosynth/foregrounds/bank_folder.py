"""Banks that are kept in folders of their own, to be used by several builds.

Beside the parts lies `bank.json`, a description of all that the extraction depended on. It gets
this name when the bank is whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.core import files
from cocosynth.core.decoding import UNREADABLE
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.executors import Executor
from cocosynth.core.locks import Note, locked, refuse_lost
from cocosynth.core.values import AS_IT_IS
from cocosynth.core.versions import difference, generator
from cocosynth.foregrounds.bank import part_file
from cocosynth.foregrounds.cut_batch import CutBatch, Hashes, read_batch
from cocosynth.foregrounds.cutter import Batches
from cocosynth.foregrounds.kept_batch import refuse_damaged
from cocosynth.foregrounds.matting.closed_form import packages_of
from cocosynth.sources.catalogue import Catalogue, Cut

_KEY = "bank.json"
_UNFINISHED = ".unfinished.json"
_LOCK = ".lock"
_OURS = re.compile(
    r"(?P<part>(\d+\.(rgba|msgpack)|learnt\.msgpack))|(?P<partial>\..+\.partial)|(?P<key>bank\.json|\.unfinished\.json)"
    r"|\.lock"
)
"""The names of the files of a bank; those of its key go last."""

_GALLERY = "gallery"
_SHEET = re.compile(r"(?P<part>.+\.(png|csv))|(?P<partial>\..+\.partial)")
"""The names of the files of its gallery."""

_FORM = 4  # of the entries of a bank; 1 said nothing of it
_MISSING = "; cut it out again by `python -m cocosynth extract`"


def gallery_folder(folder: Path) -> Path:
    """Return where a bank keeps the sheets that show its instances."""
    return folder / _GALLERY


def bank_key(
    catalogue: Catalogue,
    hashes: Mapping[int, Mapping[str, str]],
    preparations: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Describe all that the instances of a bank depend on, and nothing else.

    Parameters
    ----------
    catalogue : Catalogue
    hashes : mapping of int to mapping
        The sha256 of the files of each photo that something is cut out of.
    preparations : sequence of mapping
        What decides how instances are made ready for pasting, one for each way.

    Returns
    -------
    dict
        As JSON would give it back.
    """
    sources: dict[str, Any] = {}
    for number in sorted(catalogue.cuts):
        photo = catalogue.photos[number]
        read = () if photo.reading == AS_IT_IS else (photo.reading,)
        picture = (number, photo.file_name, photo.upright, sorted(hashes[number].items()), *read)
        cuts = catalogue.cuts[number]
        described = [_described(cut) for cut in cuts]
        line = msgspec.json.encode((picture, described, cuts[0].beside)) + b"\n"
        sources.setdefault(photo.source, hashlib.sha256()).update(line)
    return {
        "form": _FORM,
        "generator": generator(),
        "blend": preparations[0] if len(preparations) == 1 else list(preparations),
        "categories": list(catalogue.pasted),
        **({"distractors": list(catalogue.distractors)} if catalogue.distractors else {}),
        "sources": {source: digest.hexdigest() for source, digest in sources.items()},
        **packages_of(catalogue),
    }


def _described(cut: Cut) -> dict[str, Any]:
    """Return what decides how an instance comes out; where its mask file lies does not.

    All annotations of its photo count as well, once for all instances of it.
    """
    options = msgspec.structs.asdict(cut)
    del options["beside"]
    if not cut.distracts:
        del options["distracts"]
    return {**options, "mask_path": cut.mask_path is not None}


@contextmanager
def opened_bank(
    folder: Path, key: dict[str, Any], *, overwrite: bool, note: Note
) -> Iterator[None]:
    """Take hold of the folder of a bank to be made.

    An interrupted extraction is continued if it was the same. If one ends for a reason that lies
    outside of it, what is done stays to be continued; if it cannot succeed, all of it is taken
    away.

    Raises
    ------
    CocosynthError
        If the folder holds what it must not, or is in use.
    """
    _refuse_foreign(folder, overwrite=overwrite)
    fresh = not folder.exists()
    files.make_folder(folder)
    busy = f"{folder}: another extraction is writing to it"
    with locked(folder / _LOCK, busy=busy, note=note):
        unfinished = folder / _UNFINISHED
        if not unfinished.exists() or _read(unfinished) != key:
            _clear(folder, "partial", "part", "key")
            files.write_atomic(unfinished, msgspec.json.encode(key))
        _clear(folder, "partial")
        try:
            yield
        except CocosynthError as error:
            if not isinstance(error, StoppedError):
                _clear(folder, "partial", "part", "key")
                files.remove(folder / _LOCK)
                if fresh:
                    folder.rmdir()
            raise
        refuse_lost(folder)
        text = msgspec.json.format(msgspec.json.encode(key), indent=2)
        files.write_atomic(folder / _KEY, text + b"\n")
        for leftover in (_UNFINISHED, _LOCK):
            files.remove(folder / leftover)


def _refuse_foreign(folder: Path, *, overwrite: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CocosynthError(f"{folder}: is a file; name a folder")
    keys = [folder / name for name in (_KEY, _UNFINISHED) if (folder / name).exists()]
    for entry in sorted(folder.iterdir()):
        found = None if entry.is_dir() else _OURS.fullmatch(entry.name)
        is_gallery = entry.name == _GALLERY and entry.is_dir() and not entry.is_symlink()
        made = is_gallery or (found and found["part"])
        if not (found or is_gallery) or (made and not any(map(_is_key, keys))):
            raise CocosynthError(
                f"{folder}: is not empty and no bank of ours: {entry.name!r}; take another"
            )
    if (folder / _KEY).exists() and not overwrite:
        raise CocosynthError(f"{folder}: holds a bank; --overwrite replaces it")


def _is_key(path: Path) -> bool:
    """Say whether a file describes a bank of ours: only beside one are its parts deleted."""
    content = _read(path)
    return isinstance(content, dict) and {"generator", "sources"} <= {*content}


def _clear(folder: Path, *kinds: str) -> None:
    """Delete the files of some kinds, in this order; of links, only the links."""
    found = [(_OURS.fullmatch(entry.name), entry) for entry in folder.iterdir()]
    gallery = gallery_folder(folder)
    if gallery.is_dir() and not gallery.is_symlink():
        found += [(_SHEET.fullmatch(entry.name), entry) for entry in gallery.iterdir()]
    for kind in kinds:
        for name, entry in found:
            if name and name.groupdict().get(kind) and not entry.is_dir():
                files.remove(entry)
    with suppress(OSError):  # where there is none, or somebody put other files into it
        gallery.rmdir()


def _read(path: Path) -> Any:
    try:
        return msgspec.json.decode(files.read_bytes(path))
    except UNREADABLE:
        return None


def kept_batches(
    folder: Path, catalogue: Catalogue, key: dict[str, Any], hashes: Hashes, run: Executor
) -> Iterator[CutBatch]:
    """Yield the parts of a bank, each read once and checked by its checksum.

    Parameters
    ----------
    folder : Path
    catalogue : Catalogue
    key : dict
        What the instances would be cut out of now.
    hashes : dict
        The sha256 of the files of each photo that something is cut out of.
    run : Executor

    Raises
    ------
    CocosynthError
        If the bank is not whole, or not what would be cut out now.
    """
    if not (folder / _KEY).is_file():
        raise CocosynthError(f"{folder}: is no bank that `python -m cocosynth extract` finished")
    before = _read(folder / _KEY)
    if before != key:
        raise CocosynthError(f"{folder}: does not fit: {_difference(before, key)}{_MISSING}")
    parts = Batches(catalogue)
    ways = len(key["blend"]) if isinstance(key["blend"], list) else 1
    found = run(partial(read_batch, folder), range(len(parts)))
    for number, batch in enumerate(found):
        photos = parts.photos_of(number)
        if batch is None or batch.hashes != {photo: hashes[photo] for photo in photos}:
            path = part_file(folder, number)
            raise CocosynthError(f"{path}: is missing or damaged{_MISSING}")
        refuse_damaged(
            folder,
            batch.entries,
            number=number,
            photos=photos,
            categories=len(catalogue.pasted) + len(catalogue.distractors),
            ways=ways,
        )
        yield batch


def _difference(before: Any, now: dict[str, Any]) -> str:
    if not isinstance(before, dict):
        return f"{_KEY} cannot be read"
    if before.get("form") != now["form"]:
        return "another version of cocosynth made it"
    tools = ("generator", "blend", "packages")
    change = difference(*({key: each.get(key) for key in tools} for each in (before, now)))
    if change:
        return change
    known = before.get("sources")
    if not isinstance(known, dict):
        return f"{_KEY} is none of ours"
    for source in sorted({*known, *now["sources"]}):
        if known.get(source) != now["sources"].get(source):
            return f"the files, annotations or options of {source} have changed"
    return "other categories are chosen"
