"""Names of files that every format and every system can have, one for each image of a split."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

_LONGEST = 150  # bytes: splits stand before it, and suffixes after it
_OTHER = re.compile(r"[^\w-]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


def file_names(recorded: Sequence[tuple[int, str]]) -> list[str]:
    r"""Name the files of some images: as they are recorded, as far as that can be.

    Folders become part of the name, and what is neither letter, digit, ``-`` nor ``_`` becomes
    ``_``; where two would have one name, the ids of the images are added.

    Parameters
    ----------
    recorded : sequence of (int, str)
        Id and file name of each image.

    Examples
    --------
    >>> file_names([(1, "a.jpg"), (2, "b/a 1.JPG"), (3, "b/a.1.png"), (4, "..\\\\x.png")])
    ['a.jpg', 'b_a_1-2.jpg', 'b_a_1-3.png', 'x.png']
    """
    stems = [_stem(name) for _, name in recorded]
    taken = Counter(map(_key, stems))
    found, used = [], set()
    for (image_id, name), stem in zip(recorded, stems, strict=True):
        unique = stem if taken[_key(stem)] == 1 else f"{stem}-{image_id}"
        while _key(unique) in used or (unique != stem and _key(unique) in taken):
            unique += f"-{image_id}"
        used.add(_key(unique))
        found.append(f"{unique}{_suffix(name)}")
    return found


def _stem(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.with_name(path.name).parts if part not in ("/", "..")]
    whole = unicodedata.normalize("NFC", "_".join(parts))
    stem = whole.removesuffix(path.suffix) if _suffix(name) else whole
    plain = _OTHER.sub("_", stem) or "_"
    plain = f"_{plain}" if plain.startswith("-") else plain
    return plain.encode()[:_LONGEST].decode(errors="ignore")


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name.replace("\\", "/")).suffix
    return suffix.lower() if _SUFFIX.fullmatch(suffix) else ""


def _key(stem: str) -> str:
    """Return what two names share that are one on some system."""
    return unicodedata.normalize("NFKC", stem).casefold()
