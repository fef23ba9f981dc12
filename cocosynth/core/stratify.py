"""Which split each photograph feeds, so that none is seen in two of them.

Photographs are given to splits in proportion to the images asked for, and so that every category
and the backgrounds are spread over all splits as evenly as they allow: iterative stratification
(Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label data", ECML PKDD 2011).
A label with few photographs left goes first to the splits that have none of it yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeAlias, TypeVar

import numpy as np

Group = TypeVar("Group", bound=Hashable)
Labels: TypeAlias = frozenset[Hashable] | Mapping[Hashable, int]


def assign(
    groups: Mapping[Group, Labels],
    shares: Mapping[str, int],
    rng: np.random.Generator,
    *,
    sizes: Mapping[Group, int] | None = None,
) -> dict[Group, str]:
    """Give each group of photographs to one split.

    Parameters
    ----------
    groups : mapping of group to its labels
        A group is what must not be torn apart; its labels are what it brings, such as categories,
        each once or as often as a mapping says.
    shares : mapping of split to int
        Images wanted in each split.
    rng : numpy.random.Generator
        Decides the order in which groups are taken.
    sizes : mapping of group to int, optional
        Images in each group. Where given, the shares are kept: large groups are taken before small
        ones, and a split gets no group of which less than half still fits in, so that it may lack
        a label.

    Returns
    -------
    dict of group to split

    Examples
    --------
    >>> labels = frozenset(["dog"])
    >>> given = assign({0: labels, 1: labels, 2: labels}, {"train": 2, "val": 1},
    ...                np.random.default_rng(0))
    >>> sorted(given.values())
    ['train', 'train', 'val']
    """
    names = [name for name, share in shares.items() if share > 0]
    total = sum(shares[name] for name in names)
    keys = list(groups)
    order = [keys[i] for i in rng.permutation(len(keys))]
    weights = dict.fromkeys(keys, 1) if sizes is None else sizes
    order.sort(key=lambda group: -weights[group])
    holders: dict[Hashable, list[Group]] = {}
    amounts: Counter[Hashable] = Counter()
    for group in order:
        for label, amount in _amounts(groups[group]):
            holders.setdefault(label, []).append(group)
            amounts[label] += amount
    left = Counter({label: len(among) for label, among in holders.items()})
    wanted = {(label, name): amounts[label] * shares[name] / total
              for label in left for name in names}  # fmt: skip
    room = {name: sum(weights.values()) * shares[name] / total for name in names}
    lacking = {label: list(names) for label in left}
    given: dict[Group, str] = {}
    while left := +left:  # drops the labels that have no group left
        label = min(left, key=lambda label: (left[label], str(label)))
        for group in [group for group in holders[label] if group not in given]:
            fitting = [name for name in names if room[name] >= weights[group] / 2]
            allowed = names if sizes is None or not fitting else fitting
            scarce = left[label] <= len(lacking[label])
            among = [name for name in allowed if scarce and name in lacking[label]] or allowed
            split = max(among, key=lambda name: (wanted[label, name], room[name]))
            given[group] = split
            room[split] -= weights[group]
            for brought, amount in _amounts(groups[group]):
                left[brought] -= 1
                wanted[brought, split] -= amount
                if split in lacking[brought]:
                    lacking[brought].remove(split)
    return given


def _amounts(labels: Labels) -> Iterable[tuple[Hashable, int]]:
    return labels.items() if isinstance(labels, Mapping) else ((label, 1) for label in labels)
