"""The names of the parts of an annotation file: smaller files of images that follow each other.

``instances_train-00003-of-00008.json`` is one of the eight parts of ``instances_train.json``; all
of them together are ``instances_train-*-of-00008.json``, a name that is read like that of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import place

_PART = re.compile(r"(?P<whole>.+)-(?P<number>\d{5}|\*)-of-(?P<count>\d{5})", re.ASCII)
_WILD = re.compile(r"[*?\[]")


def part_of(annotation_file: Path, number: int, count: int) -> Path:
    """Return where one of so many parts of an annotation file lies.

    Examples
    --------
    >>> part_of(Path("instances_train.json"), 0, 8).name
    'instances_train-00000-of-00008.json'
    """
    return annotation_file.with_name(f"{annotation_file.stem}-{number:05d}-of-{count:05d}.json")


def is_part_name(stem: str) -> bool:
    """Say whether a name without its ending is that of a part, or of all parts."""
    return _PART.fullmatch(stem) is not None


def whole_name(stem: str) -> str:
    """Return the name, without its ending, of the file that a part is of.

    Examples
    --------
    >>> whole_name("instances_train-*-of-00008"), whole_name("instances_val")
    ('instances_train', 'instances_val')
    """
    found = _PART.fullmatch(stem)
    return found["whole"] if found else stem


def all_parts(path: Path) -> Path | None:
    """Return the name that a part shares with all others of its file; None where it is no part."""
    found = _PART.fullmatch(path.stem)
    return path.with_name(f"{found['whole']}-*-of-{found['count']}{path.suffix}") if found else None


def parts_of(path: str | Path) -> list[Path] | None:
    """Return the parts that a name stands for, in their order; None where it is that of one file.

    Raises
    ------
    CocosynthError
        If one of them is missing.
    """
    pattern = place(path)
    found = _PART.fullmatch(pattern.stem)
    if found is None or found["number"] != "*" or pattern.exists():
        return None
    count = int(found["count"])
    names = (f"{found['whole']}-{n:05d}-of-{found['count']}" for n in range(count))
    parts = [pattern.with_name(f"{name}{pattern.suffix}") for name in names]
    missing = [part for part in parts if not part.exists()]
    if missing or not parts:
        some = f"{missing[0]}: is missing" if missing else f"{path}: no file has 0 parts"
        raise CocosynthError(
            f"{some}; {len(parts) - len(missing)} of {count} parts are there: put all of them "
            "beside each other, or name one of them alone"
        )
    return parts


def files_of(path: str | Path) -> list[Path]:
    """Return the parts that a name stands for, else the one file.

    Raises
    ------
    CocosynthError
        If one of the parts is missing.
    """
    return parts_of(path) or [place(path)]


def joined(paths: Sequence[Path]) -> list[Path]:
    """Put one name in place of the parts of an annotation file, where more than one was named.

    Parameters
    ----------
    paths : sequence of Path
        As the user named them; a pattern with ``*`` stands for the files that match it.

    Raises
    ------
    CocosynthError
        If a pattern matches nothing, or some of the parts are missing.
    """
    named = [file for path in paths for file in _matching(path)]
    sets: dict[Path, set[Path]] = {}
    for file in named:
        whole = all_parts(file)
        if whole is not None:
            sets.setdefault(whole, set()).add(file)
    found: list[Path] = []
    for file in named:
        whole = all_parts(file)
        if whole is None or len(sets[whole]) < 2:
            found.append(file)
        elif whole not in found:
            unnamed = [part for part in parts_of(whole) or () if part not in sets[whole]]
            if unnamed and whole not in sets[whole]:
                raise CocosynthError(
                    f"{unnamed[0]}: is not named, but others of the same file are; name all of its "
                    f"parts, as {str(whole)!r}, or one of them alone"
                )
            found.append(whole)
    return found


def _matching(path: Path) -> Iterator[Path]:
    """Yield the files that a name stands for: itself, but where it is a pattern."""
    if path.exists() or not _WILD.search(path.name) or is_part_name(path.stem):
        yield path
        return
    try:
        found = sorted(path.parent.glob(path.name))
    except ValueError:
        found = []
    if not found:
        raise CocosynthError(f"{path}: matches no file")
    yield from found
