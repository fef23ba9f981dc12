"""How far two datasets lie apart, figure by figure, as a number and in plain words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from cocosynth.check.report.figures import (
    GRID,
    SCALES,
    TINTS,
    Figures,
    Floats,
    counts_in,
    heat,
    size_classes,
)

Row = dict[str, Any]

ALIKE, FAR = 0.1, 0.25
"""Distances below which two distributions are called alike, and from which far apart."""

_PLACES = ("in the middle ninth", "in the upper third", "in the lower third")


def distance(one: Floats, other: Floats) -> float | None:
    """Return the Jensen-Shannon distance of two histograms: 0 if alike, 1 if they share nothing.

    It is the square root of the Jensen-Shannon divergence in bits [1]_.

    Parameters
    ----------
    one, other : ndarray
        Counts of the same bins.

    Returns
    -------
    float or None
        None where one of them is empty.

    References
    ----------
    .. [1] Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on
       Information Theory, 37(1), 145-151.

    Examples
    --------
    >>> distance(np.array([3, 1]), np.array([6, 2])), distance(np.array([1, 0]), np.array([0, 1]))
    (0.0, 1.0)
    """
    if not one.sum() or not other.sum():
        return None
    p, q = one / one.sum(), other / other.sum()
    middle = (p + q) / 2
    there = middle > 0
    terms = [
        np.where(part > 0, part * np.log2(np.where(part > 0, part, 1) / middle[there]), 0)
        for part in (p[there], q[there])
    ]
    return round(float(np.sqrt(np.clip(np.sum(terms) / 2, 0, 1))), 3)


def charts(ours: Figures, real: Figures | None) -> list[Row]:
    """Return every figure as a chart: its bins, and how far the real data lie from it."""
    made = [_chart(name, ours, real) for name in SCALES]
    made.append(_hues(ours, real))
    return [chart for chart in made if sum(chart["ours"]) or sum(chart["real"] or ())]


def _chart(name: str, ours: Figures, real: Figures | None) -> Row:
    scale = SCALES[name]
    mine = counts_in(name, ours.values[name])
    theirs = None if real is None else counts_in(name, real.values[name])
    return {
        "key": name,
        "title": scale.title,
        "unit": scale.unit,
        "labels": scale.labels,
        "ours": _whole(mine),
        "real": None if theirs is None else _whole(theirs),
        "verdict": _verdict(name, ours, real),
        **_apart(mine, theirs),
    }


def _hues(ours: Figures, real: Figures | None) -> Row:
    mine, theirs = ours.hues, None if real is None else real.hues
    said = _most(TINTS, mine, theirs, "of the colour is {}")
    return {
        "key": "hue",
        "title": "Hue",
        "unit": "how much of the colour lies in each twelfth of the hue circle",
        "labels": TINTS,
        "ours": np.round(mine, 3).tolist(),
        "real": None if theirs is None else np.round(theirs, 3).tolist(),
        "verdict": said,
        **_apart(mine, theirs, None if real is None else (_looked(ours), _looked(real))),
    }


def _looked(figures: Figures) -> int:
    return len(figures.values["brightness"])


def positions(ours: Figures, real: Figures | None, names: list[list[str]]) -> Row:
    """Return heat pictures of where objects lie, of all and of the most frequent categories.

    Parameters
    ----------
    names : list of list of str
        Of the categories of each split of ours, by row.
    """
    mine, theirs = heat(ours.centres), None if real is None else heat(real.centres)
    labels = np.concatenate(
        [np.zeros(0, object), *(np.array([*n, ""], object)[rows] for n, rows in
        zip(names, ours.centre_categories, strict=True))]
    )  # fmt: skip
    most = sorted(ours.names, key=lambda name: (-ours.names[name], name))[:5]
    apart = _apart(_coarse(ours.centres), None if real is None else _coarse(real.centres))
    return {
        "grid": GRID,
        "ours": _whole(mine),
        "real": None if theirs is None else _whole(theirs),
        "by_category": [
            {"name": name, "cells": _whole(heat(ours.centres[labels == name]))}
            for name in most
            if (labels == name).any()
        ],
        "verdict": _most(
            _PLACES,
            _in_places(ours.centres),
            None if real is None else _in_places(real.centres),
            "of the objects lie {}",
            whole=(len(ours.centres), 0 if real is None else len(real.centres)),
        ),
        **apart,
    }


def _coarse(centres: Floats) -> Floats:
    """Count by 6 x 6 cells: finer ones of two small datasets share little by chance."""
    fine = heat(centres).reshape(6, GRID // 6, 6, GRID // 6)
    return fine.sum(axis=(1, 3)).ravel()


def _in_places(centres: Floats) -> Floats:
    x, y = centres.T
    middle = (np.abs(x - 0.5) < 1 / 6) & (np.abs(y - 0.5) < 1 / 6)
    return np.array([middle.sum(), (y < 1 / 3).sum(), (y > 2 / 3).sum()], np.float64)


def categories(ours: Figures, real: Figures | None) -> Row:
    """Compare how frequent the categories are, by name."""
    names = sorted({*ours.names, *({} if real is None else real.names)})
    mine = np.array([ours.names.get(name, 0) for name in names], np.float64)
    if real is None:
        return {"verdict": "", **_apart(mine, None)}
    theirs = np.array([real.names.get(name, 0) for name in names], np.float64)
    return {
        "verdict": _most(tuple(names), mine, theirs, "of the objects are {}"),
        **_apart(mine, theirs),
    }


def _whole(counts: Floats) -> list[int]:
    return [int(count) for count in counts.ravel()]


def chance(one: Floats, other: Floats, values: tuple[int, int]) -> float:
    """Return about how far two samples of one and the same distribution lie apart by chance.

    Of the divergence of samples of n and m values over k bins, (k - 1) (1/n + 1/m) / (8 ln 2) bits
    are expected.

    Parameters
    ----------
    one, other : ndarray
        Counts of the same bins.
    values : tuple of int
        How many values each of them has.
    """
    bins = int(((one + other) > 0).sum())
    spread = sum(1 / max(number, 1) for number in values)
    return round(float(np.sqrt(max(bins - 1, 0) * spread / (8 * np.log(2)))), 3)


def _apart(one: Floats, other: Floats | None, values: tuple[int, int] | None = None) -> Row:
    """Return the distance, and what of it may be chance."""
    if other is None:
        return {"distance": None, "chance": 0}
    counted = values or (int(one.sum()), int(other.sum()))
    return {"distance": distance(one, other), "chance": chance(one, other, counted)}


def _verdict(name: str, ours: Figures, real: Figures | None) -> str:
    """Say in a sentence what differs most."""
    mine = ours.values[name]
    theirs = None if real is None else real.values[name]
    if name == "size":
        labels = ("small", "medium", "large")
        both = [np.array(size_classes(v), float) for v in (mine, theirs) if v is not None]
        return _most(labels, both[0], both[1] if theirs is not None else None, "of objects are {}")
    if name == "aspect":
        labels = ("taller than 3:2", "about square", "wider than 3:2")
        both = [
            np.array([(v < 2 / 3).sum(), ((v >= 2 / 3) & (v <= 1.5)).sum(), (v > 1.5).sum()], float)
            for v in (mine, theirs)
            if v is not None
        ]
        return _most(labels, both[0], both[1] if theirs is not None else None, "of boxes are {}")
    if name == "visible":
        return _beside("{:.0f} % of objects are partly hidden", *map(_hidden, (ours, real)))
    if name == "objects":
        return _beside("{:.1f} objects an image", *map(_mean, (mine, theirs)))
    if name == "share":
        return _beside(
            "the median object covers {:.1f} % of its image", *map(_covered, (mine, theirs))
        )
    if name == "sharpness":
        return _beside("median sharpness {:.1f}", *map(_middle, (mine, theirs)))
    return _beside(f"median {name} {{:.0f}} %", *map(_in_hundredths, (mine, theirs)))


def _hidden(figures: Figures | None) -> float | None:
    return (
        100 * figures.occluded[0] / figures.occluded[1] if figures and figures.occluded[1] else None
    )


def _mean(values: Floats | None) -> float | None:
    return float(values.mean()) if values is not None and len(values) else None


def _middle(values: Floats | None) -> float | None:
    return float(np.median(values)) if values is not None and len(values) else None


def _in_hundredths(values: Floats | None) -> float | None:
    middle = _middle(values)
    return None if middle is None else 100 * middle


def _covered(values: Floats | None) -> float | None:
    middle = _middle(values)
    return None if middle is None else 100 * middle**2


def _beside(text: str, mine: float | None, theirs: float | None) -> str:
    """Fill a sentence with our value, and set that of the real data beside it."""
    if mine is None:
        return ""
    said = text.format(mine)
    if theirs is None:
        return said[:1].upper() + said[1:]
    number = re.search(r"\{.*?\}( %)?", text)[0]  # type: ignore[index]
    return f"{said[:1].upper()}{said[1:]} here, {number.format(theirs)} in the real data"


def _most(
    labels: tuple[str, ...], mine: Floats, theirs: Floats | None, text: str,
    *, whole: tuple[float, float] | None = None,
) -> str:  # fmt: skip
    """Name the class in which two datasets differ most, or the largest of one alone."""
    total, other = whole or (mine.sum(), 0 if theirs is None else theirs.sum())
    if not total:
        return ""
    p = mine / total
    if theirs is None or not other:
        best = int(p.argmax())
        return f"{100 * p[best]:.0f} % {text.format(labels[best])}"
    q = theirs / other
    best = int(np.abs(p - q).argmax())
    said = f"{100 * p[best]:.0f} % {text.format(labels[best])} here"
    return f"{said}, {100 * q[best]:.0f} % in the real data"
