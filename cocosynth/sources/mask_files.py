"""Which files of a folder are the masks of the pictures beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_BEHIND = re.compile(r"(?P<of>.*?)[-_. ]+masks?", re.IGNORECASE)  # as x_mask, x.mask
_AROUND = re.compile(r"masks?[-_. ]+(?P<of>.+)|(?P<one>.+?)[-_. ]*masks?[-_. ]*\d+", re.IGNORECASE)
_WORD = re.compile(r"(?P<of>.+)[-_. ]+[a-z]+", re.IGNORECASE)  # as x_seg, x-alpha
_LOSSY = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")  # never of two colours only


@dataclass
class MaskFiles:
    """The masks among the files of a folder.

    Attributes
    ----------
    of : dict of str to list of str
        The masks of each picture that has any; it should have one.
    alone : list of str
        Files that are named like masks, without a picture beside them.
    """

    of: dict[str, list[str]] = field(default_factory=dict)
    alone: list[str] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """All files that are masks."""
        return {mask for masks in self.of.values() for mask in masks} | set(self.alone)


def mask_files(names: list[str], has_two_colours: Callable[[str], bool]) -> MaskFiles:
    """Find the masks among the files of a folder, by their names and by their colours.

    ``x_mask.png``, ``x-mask.png``, ``x.mask.png``, ``mask_x.png`` and the like belong to ``x.jpg``;
    so does ``x.png`` or ``x_seg.png`` where it has two colours only.

    Parameters
    ----------
    names : list of str
    has_two_colours : callable
        Looks into a file; asked of those only that may be masks by their names.
    """
    stems: dict[str, list[str]] = {}
    for name in names:
        stems.setdefault(_stem(name), []).append(name)
    found = MaskFiles()
    for name in names:
        pictures = list(_by_name(name, stems))
        if not pictures and _is_named_mask(name):
            found.alone.append(name)
        for picture in pictures or _by_colours(name, stems, has_two_colours):
            found.of.setdefault(picture, []).append(name)
    for mask in found.names:  # a mask has none of its own
        found.of.pop(mask, None)
    return found


def _is_named_mask(name: str) -> bool:
    """Say whether a file is a mask; pictures of masks have a folder of that name."""
    folder, stem, _ = _parts(name)
    return bool(_BEHIND.fullmatch(stem)) and "mask" not in folder.rpartition("/")[2].lower()


def _by_name(name: str, stems: dict[str, list[str]]) -> Iterator[str]:
    """Yield the pictures that a file says in its name to be the mask of."""
    folder, stem, _ = _parts(name)
    for form in (_BEHIND, _AROUND):
        match = form.fullmatch(stem)
        of = match and next(filter(None, match.groups()), None)
        if of:
            beside = _joined(folder, of)
            yield from stems.get(beside, ()) or stems.get(_stem(beside), ())
            return


def _by_colours(
    name: str, stems: dict[str, list[str]], has_two_colours: Callable[[str], bool]
) -> list[str]:
    """Return the pictures that a file of two colours lies beside."""
    folder, stem, suffix = _parts(name)
    if suffix.lower() in _LOSSY:
        return []
    word = _WORD.fullmatch(stem)
    related = [other for other in stems[_stem(name)] if other != name]
    if word:
        related += stems.get(_joined(folder, word["of"]), ())
    return related if related and has_two_colours(name) else []


def _stem(name: str) -> str:
    folder, stem, _ = _parts(name)
    return _joined(folder, stem)


def _parts(name: str) -> tuple[str, str, str]:
    """Return the folder of a file, its own name and its suffix: of many, without a path of each."""
    folder, _, own = name.rpartition("/")
    dot = own.rfind(".")
    return (folder, own[:dot], own[dot:]) if 0 < dot < len(own) - 1 else (folder, own, "")


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
