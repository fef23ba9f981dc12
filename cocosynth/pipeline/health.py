"""The health check of a build: what it used, and what of it may hurt training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import add
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.config.config import Config
from cocosynth.core import files
from cocosynth.core.decoding import decode_as
from cocosynth.export.health import CategoryUse, Health, Rule, Warned
from cocosynth.foregrounds.bank import Bank
from cocosynth.pipeline.goals import goals_of, missed
from cocosynth.pipeline.tally import ENLARGED, Enlarged, Tally
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.equal_files import equal_files

FEW = 5
"""A category with fewer photographs is learned by heart."""

_SHOWN = 8  # names in a line

Uses = Mapping[str, CategoryUse]
Lost = Mapping[str, list[tuple[int, str]]]


def health_of(
    config: Config,
    catalogue: Catalogue,
    inputs: SceneInputs,
    photographs: NDArray[np.int64],
    tallies: Mapping[str, Tally],
) -> Health:
    """Check what a build has used; the same build gives the same answer.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    inputs : SceneInputs
    photographs : ndarray of int
        What `photographs_of` gave.
    tallies : mapping of str to Tally
        By split.
    """
    uses = _uses(catalogue, inputs.bank, photographs, tallies)
    wanted = [name for name in catalogue.pasted if config.weights.get(name, 1) > 0]
    lost = _lost(catalogue)
    images = sum(pool.images for pool in inputs.pools.values())
    goals = goals_of(inputs, tallies, catalogue.categories)
    warnings = [
        *_unusable(wanted, uses, lost),
        *_not_in_split(wanted, uses, inputs, lost),
        *_alike(catalogue, uses),
        *_few(wanted, uses, lost),
        *_twice(images, tallies),
        *_enlarged(images, tallies),
        *_licences(catalogue),
        *missed(goals, inputs.pools),
    ]
    asked = [use for use in uses.values() if use.name in wanted]
    seen = (use for use in uses.values() if use.from_backgrounds or use.pasted)
    others = [use for use in seen if use.name not in wanted]
    return Health([*asked, *others], warnings, goals)


def photographs_of(bank: Bank, catalogue: Catalogue) -> NDArray[np.int64]:
    """Return which photograph shows each instance; files with the same bytes are one."""
    there, places = np.unique(bank.entries["photo"], return_inverse=True)
    return equal_files(catalogue, there.astype(np.int64))[places]


def photographs_kept(path: Path, bank: Bank, catalogue: Catalogue) -> NDArray[np.int64]:
    """Return what `photographs_of` gave when it was first asked, in an earlier run of this build.

    Parameters
    ----------
    path : Path
        The file in which it is kept.
    bank : Bank
    catalogue : Catalogue
    """
    if not path.exists():
        numbers = photographs_of(bank, catalogue)
        files.write_atomic(path, msgspec.json.encode(numbers.tolist()))
        return numbers
    kept = decode_as(files.read_bytes(path), list[int], what=f"{path}: not of a build of ours")
    return np.array(kept, dtype=np.int64)


def _uses(
    catalogue: Catalogue,
    bank: Bank,
    photographs: NDArray[np.int64],
    tallies: Mapping[str, Tally],
) -> dict[str, CategoryUse]:
    """Return what is known of every category, by name and in the order of the ids."""
    used = _used(len(bank), tallies.values())
    category_ids = np.ascontiguousarray(bank.entries["category_id"])
    found = {}
    for category in catalogue.categories:
        mine = np.flatnonzero(category_ids == category.id)
        pasted = sum(tally.pasted[category.id] for tally in tallies.values())
        present = sum(tally.categories[category.id] for tally in tallies.values())
        found[category.name] = CategoryUse(
            name=category.name,
            pasted=pasted,
            from_backgrounds=present - pasted,
            instances=len(mine),
            photographs=len(np.unique(photographs[mine])),
            most_used=int(used[mine].max(initial=0)),
        )
    return found


def _used(count: int, tallies: Iterable[Tally]) -> NDArray[np.int64]:
    """Return how often each instance was pasted."""
    used = np.zeros(count, dtype=np.int64)
    for tally in tallies:
        numbers = np.fromiter(tally.uses.keys(), dtype=np.intp, count=len(tally.uses))
        used[numbers] += np.fromiter(tally.uses.values(), dtype=np.int64, count=len(tally.uses))
    return used


def _lost(catalogue: Catalogue) -> dict[str, list[tuple[int, str]]]:
    """Return how many instances of each category cannot be pasted and why, the most first."""
    reasons: dict[str, list[tuple[int, str]]] = {}
    for row in catalogue.unusable.rows():
        reasons.setdefault(row.source, []).append((row.count, row.reason))
    return {
        name: sorted(found, key=lambda one: (-one[0], one[1])) for name, found in reasons.items()
    }


def _unusable(wanted: list[str], uses: Uses, lost: Lost) -> Iterator[Warned]:
    """Name categories that nothing can be pasted of, and why."""
    without = [name for name in wanted if not uses[name].instances]
    for name in without:
        if name in lost:
            total = sum(count for count, _ in lost[name])
            why = ", ".join(f"{count} {reason}" for count, reason in lost[name])
            text = f"{name}: 0 usable of {total}: {why}"
            yield Warned("category-unusable", text, total, total, (name,))
    empty = [name for name in without if name not in lost]
    if empty:
        text = f"no instance in the foregrounds of {_some(empty)}"
        yield Warned("category-unusable", text, len(empty), len(wanted), tuple(empty))


def _not_in_split(
    wanted: list[str], uses: Uses, inputs: SceneInputs, lost: Lost
) -> Iterator[Warned]:
    for split, pool in inputs.pools.items():
        missing = [n for n in wanted if n not in pool.categories and uses[n].instances]
        if missing:
            named = _some([_with_photographs(uses[name], lost) for name in missing])
            text = f"{split} has no instance, as all photographs feed other splits, of {named}"
            yield Warned("category-not-in-split", text, len(missing), len(wanted), tuple(missing))


def _few(wanted: list[str], uses: Uses, lost: Lost) -> Iterator[Warned]:
    few = [name for name in wanted if 0 < uses[name].photographs < FEW]
    if few:
        named = _some([_with_photographs(uses[name], lost) for name in few])
        text = f"fewer than {FEW} photographs to cut out of: {named}"
        yield Warned("few-photographs", text, len(few), len(wanted), tuple(few))


def _with_photographs(use: CategoryUse, lost: Lost) -> str:
    """Name a category with its number of photographs, and what took most of its instances."""
    if use.name not in lost:
        return f"{use.name} ({use.photographs})"
    count, reason = lost[use.name][0]
    total = use.instances + sum(count for count, _ in lost[use.name])
    return f"{use.name} ({use.photographs}; of {total} instances {count} {reason})"


def _alike(catalogue: Catalogue, uses: Mapping[str, CategoryUse]) -> Iterator[Warned]:
    for text in catalogue.lookalikes:
        yield Warned("category-lookalike", f"categories: {text}", 2, len(uses))


def _twice(images: int, tallies: Mapping[str, Tally]) -> Iterator[Warned]:
    count = sum(tally.repeating for tally in tallies.values())
    if count:
        what = (
            "images show the same cut-out twice or more: take more instances, or fewer "
            "`objects_per_image`"
        )
        yield _counted("cut-out-twice", count, images, what)


def _enlarged(images: int, tallies: Mapping[str, Tally]) -> Iterator[Warned]:
    """Report pictures that are shown larger than they were taken, which blurs them."""
    found, example = _sum({split: tally.backgrounds for split, tally in tallies.items()})
    if found.count:
        what = (
            f"images have a background enlarged over {ENLARGED:g} x, up to {found.largest:.1f} x "
            f"({example}): crisp objects on blurred ground; take larger photographs, or a smaller "
            "canvas"
        )
        yield _counted("background-enlarged", found.count, images, what)
    found, example = _sum({split: tally.instances for split, tally in tallies.items()})
    if found.count:
        what = (
            f"pasted objects are enlarged over {ENLARGED:g} x, up to {found.largest:.1f} x "
            f"({example}): blurred objects; scale them less, or skip small ones by `area_range`"
        )
        pasted = sum(tally.uses.total() for tally in tallies.values())
        yield _counted("instance-enlarged", found.count, pasted, what)


def _sum(by_split: Mapping[str, Enlarged]) -> tuple[Enlarged, str]:
    """Add up what was enlarged; name the image that shows the largest."""
    total = reduce(add, by_split.values(), Enlarged())
    split = max(by_split, key=lambda split: by_split[split].largest)
    return total, f"image {by_split[split].image + 1} of {split}"


def _licences(catalogue: Catalogue) -> Iterator[Warned]:
    for (role, source), photos in catalogue.licensed.items():
        if photos.refused:
            what = (
                f"photographs of {source} ({role}) are ruled out by their licence, see `licenses`"
            )
            yield _counted("licence", len(photos.refused), len(photos.asked), what)


def _counted(rule: Rule, count: int, of: int, what: str) -> Warned:
    return Warned(rule, f"{count} of {of} {what}", count, of)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
