"""The splits of a dataset: what they may be called, and which of them is trained on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from cocosynth.coco.part_names import is_part_name
from cocosynth.core.errors import CocosynthError

_VALIDATION = ("val", "valid", "validation", "test")


def is_split_name(name: str) -> bool:
    """Say whether a split can have this name: one that can be a folder anywhere, and of no part."""
    is_plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) is not None
    return is_plain and not is_part_name(name)


def checked_split(name: str, where: str) -> str:
    """Return the name of a split that a file or an option gives, if a split can have it.

    Raises
    ------
    CocosynthError
    """
    if not is_split_name(name):
        raise CocosynthError(
            f"{where}: {name!r} cannot be the name of a split; it may have letters and digits of "
            "ASCII, - and _, and begins with a letter or digit"
        )
    return name


class Uses(NamedTuple):
    """What the splits of a dataset are for."""

    train: str
    val: str | None
    test: str | None


def uses_of(splits: Iterable[str]) -> Uses:
    """Say which of some splits to train, to validate and to test on.

    Parameters
    ----------
    splits : iterable of str
        At least one; their order does not matter.

    Returns
    -------
    train : str
        ``train``, or else the first by name.
    val : str or None
        The one named so, or else the first other, if there is another one.
    test : str or None
        The one named so, where it is none of these.

    Examples
    --------
    >>> uses_of(["test", "train", "extra"])
    Uses(train='train', val='test', test=None)
    """
    names = sorted(splits)
    train = "train" if "train" in names else names[0]
    others = [name for name in names if name != train]
    val = next((name for name in _VALIDATION if name in others), (*others, None)[0])
    return Uses(train, val, "test" if "test" in others and val != "test" else None)
