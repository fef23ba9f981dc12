"""Keypoints of the sources: which categories have them, and annotations that fit their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from msgspec.structs import replace

from cocosynth.coco.keypoints import swapped
from cocosynth.coco.records import Dataset
from cocosynth.core.errors import CocosynthError
from cocosynth.core.suggest import choices
from cocosynth.core.values import Category

FlipMaps = Mapping[str, tuple[tuple[str, str], ...]]

UNFIT = "keypoints that are not x, y, visibility of each name of their category"
"""Its annotation is used without them."""


def checked_pose(category: Category, source: str) -> tuple[Category, str]:
    """Return a category as it can be written, and a note on what of its pose cannot be.

    Raises
    ------
    CocosynthError
        If nobody can tell which of its keypoints is which.
    """
    where = f"{source}: category {category.name!r}"
    names = category.keypoints
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise CocosynthError(f"{where}: two of its keypoints are called {double!r}; rename one")
    try:
        category = category if category.pairs is None else mirrored(category, category.pairs)
    except CocosynthError as error:
        raise CocosynthError(f"{source}: {error}") from None
    wrong = [n for pair in category.skeleton for n in pair if not 1 <= n <= len(names)]
    if not wrong:
        return category, ""
    text = f"the skeleton of {category.name!r} is not written: it names the keypoint {wrong[0]} of"
    hint = "counted from 1; `python -m cocosynth validate --fix` corrects what counts from 0"
    return replace(category, skeleton=()), f"{text} {len(names)}, {hint}"


class Poses:
    """Remembers which sources name keypoints of a category, and which do not."""

    def __init__(self) -> None:
        self._without: dict[str, dict[str, None]] = {}  # sources, by category

    def joined(self, key: str, known: Category, category: Category, source: str) -> Category:
        """Give a category the keypoints that another source names for it.

        Raises
        ------
        CocosynthError
            If both name keypoints, and not the same.
        """
        if not category.keypoints:
            self._without.setdefault(key, {})[source] = None
            return known
        if not known.keypoints:
            pose = {"keypoints": category.keypoints, "skeleton": category.skeleton}
            return replace(known, **pose, pairs=category.pairs)
        if category.keypoints != known.keypoints:
            raise CocosynthError(
                f"category {category.name!r}: two sources name other keypoints; rename the "
                "category in one of them"
            )
        return known

    def settled(
        self, categories: dict[str, Category], flip_maps: FlipMaps, key_of: Callable[[str], str]
    ) -> list[tuple[str, str]]:
        """Take over which keypoints change places in a mirror.

        Parameters
        ----------
        categories : dict of str to Category
            By key; changed.
        flip_maps : mapping of str to tuple
            By name.
        key_of : callable
            From a name to its key.

        Returns
        -------
        list of (str, str)
            What is worth knowing, each with the source or category that it is about.

        Raises
        ------
        CocosynthError
            If a category or a keypoint is not there.
        """
        for name, pairs in flip_maps.items():
            if key_of(name) not in categories:
                hint = choices(name, [category.name for category in categories.values()])
                raise CocosynthError(f"keypoint_flip_map: no category {name!r}; {hint}")
            categories[key_of(name)] = mirrored(categories[key_of(name)], pairs)
        posed = [(key, category) for key, category in categories.items() if category.keypoints]
        return [
            *((c.name, f"{_UNPAIRED}{c.name}") for _, c in posed if _is_unpaired(c)),
            *(
                (source, f"no keypoints of {c.name!r}: none are labelled on its objects")
                for key, c in posed
                for source in self._without.get(key, ())
            ),
        ]


_UNPAIRED = (
    "no keypoint is a left or a right one by its name, so none change places in a mirror; name the "
    "pairs by keypoint_flip_map."
)


def mirrored(category: Category, pairs: tuple[tuple[str, str], ...]) -> Category:
    """Return a category whose keypoints change places in a mirror as the user says.

    Raises
    ------
    CocosynthError
        If one of the names is none of its keypoints, or stands in two pairs.
    """
    where = f"keypoint_flip_map.{category.name}"
    if not category.keypoints:
        raise CocosynthError(f"{where}: no source names keypoints of this category")
    names = [name for pair in pairs for name in pair]
    for name in names:
        if name not in category.keypoints:
            hint = choices(name, category.keypoints)
            raise CocosynthError(f"{where}: no keypoint {name!r}; {hint}")
        if names.count(name) > 1:
            raise CocosynthError(f"{where}: {name!r} stands there twice; a point has one partner")
    return replace(category, pairs=pairs)


def _is_unpaired(category: Category) -> bool:
    """Say whether nothing tells which keypoints of a category change places in a mirror."""
    places = swapped(category.keypoints, category.pairs)
    return len(places) > 1 and category.pairs is None and places == sorted(places)


def fits_names(keypoints: msgspec.Raw, names: int) -> bool:
    """Say whether keypoints are three values for each of so many names, or none at all."""
    text = bytes(keypoints)
    count = 0 if text in (b"null", b"[]") else text.count(b",") + 1
    return count in (0, 3 * names) or not text.startswith(b"[")


def with_keypoints(dataset: Dataset, poses: Dataset, *, of: str, path: str) -> tuple[Dataset, int]:
    """Give the annotations of a dataset the keypoints that another file has under the same ids.

    Parameters
    ----------
    dataset, poses : Dataset
    of, path : str
        What the two files are called.

    Returns
    -------
    dataset : Dataset
    missing : int
        How many annotations with keypoints the dataset does not have.

    Raises
    ------
    CocosynthError
        If an id means something else in the other file, or that has no keypoints.
    """
    named = {c.name: c for c in poses.categories if c.keypoints}
    if not named:
        raise CocosynthError(f"{path}: none of its categories names keypoints")
    names = {c.id: c.name for c in dataset.categories}
    others = {c.id: c.name for c in poses.categories}
    theirs, ours = poses.annotations, dataset.annotations
    posed = np.flatnonzero(theirs.keypoints.lengths > 0)
    found = dict(zip(theirs.ids[posed].tolist(), theirs.some(posed), strict=True))
    if found and found.keys().isdisjoint(ours.ids.tolist()):
        raise CocosynthError(
            f"{path}: none of its annotations is in {of}; give the file of keypoints that belongs "
            "to it"
        )
    keypoints = []
    columns = ours.ids.tolist(), ours.image_ids.tolist(), ours.category_ids.tolist()
    for row, (number, image_id, category_id) in enumerate(zip(*columns, strict=True)):
        other = found.pop(number, None)
        if other is not None:
            same = names.get(category_id) == others.get(other.category_id)
            if other.image_id != image_id or not same:
                raise CocosynthError(
                    f"{path}: annotation {other.id} is of another image or category than in {of}; "
                    "give the file of keypoints that belongs to it"
                )
            keypoints.append(other.keypoints)
        else:
            keypoints += ours.keypoints.some([row])
    annotations = ours.with_keypoints(keypoints)
    categories = [
        replace(
            c,
            keypoints=named[c.name].keypoints,
            skeleton=named[c.name].skeleton,
            keypoint_flip_map=named[c.name].keypoint_flip_map,
        )
        if c.name in named
        else c
        for c in dataset.categories
    ]
    return replace(dataset, annotations=annotations, categories=categories), len(found)
