"""Where the instances of each category lie in their photographs, and how large they are there.

The tables are counted from the entries of a bank, once, and lie in its folder where one is kept.
They count in fractions of the photograph, so that photographs of all sizes add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.core.values import Category, Photo
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.cut_out import MARGIN

CELLS = 64
"""Rows and columns of a table."""

OCTAVE = 8
"""Classes of size between a size and its double; the last class ends at the whole photograph."""

LEARNT = "learnt.msgpack"
"""The file in the folder of a bank."""

Table = NDArray[np.int64]  # (CELLS, CELLS)


@dataclass(frozen=True, eq=False)
class Learnt:
    """Counts of instances, by the id of their category.

    Cut-outs out of folders are not in it: a picture that was made of an object alone does not say
    where such objects are.

    Attributes
    ----------
    centres : dict of int to ndarray of int, shape (CELLS, CELLS)
        By the centre of the box: rows down, columns to the right.
    standing : dict of int to ndarray of int, shape (CELLS, CELLS)
        By the lower edge of the box, down, and its size, to the right, see `size_class`; without
        instances that a border of their photograph cuts.
    """

    centres: Mapping[int, Table]
    standing: Mapping[int, Table]


def size_class(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where sizes lie on a scale of octaves from 0 to CELLS.

    The size of an instance is the root of the part of the photograph that its box covers.
    """
    return np.log2(np.maximum(sizes, 1e-9)) * OCTAVE + CELLS


def size_of(place: float) -> float:
    """Return the size that lies at a place of the scale of `size_class`."""
    return float(2.0 ** ((place - CELLS) / OCTAVE))


def learn(bank: Bank, photos: Sequence[Photo], categories: Sequence[Category]) -> Learnt:
    """Return the tables of a bank: those in its folder, or counted from its entries.

    Parameters
    ----------
    bank : Bank
    photos : sequence of Photo
        By the numbers that the entries have.
    categories : sequence of Category
        Of the output; tables on disk have the names.
    """
    ids = {category.name: category.id for category in categories}
    path = bank.folder / LEARNT
    try:
        kept = msgspec.msgpack.decode(files.read_bytes(path) if path.is_file() else b"", type=_Kept)
    except msgspec.DecodeError:  # it is not there, or damaged
        return _counted(bank, photos)
    return Learnt(
        *(
            {ids[name]: _filled(counts) for name, counts in tables.items() if name in ids}
            for tables in (kept.centres, kept.standing)
        )
    )


def keep_learnt(
    folder: Path, bank: Bank, photos: Sequence[Photo], categories: Sequence[Category]
) -> None:
    """Write the tables of a bank into its folder."""
    names = {category.id: category.name for category in categories}
    counted = _counted(bank, photos)
    kept = _Kept(
        *(
            {names[number]: _counts(table) for number, table in sorted(tables.items())}
            for tables in (counted.centres, counted.standing)
        )
    )
    files.write_atomic(folder / LEARNT, msgspec.msgpack.encode(kept))


def _counted(bank: Bank, photos: Sequence[Photo]) -> Learnt:
    entries = bank.entries[bank.entries["annotation_id"] >= 0]
    sizes = np.array([photo.size for photo in photos], dtype=float).reshape(-1, 2)
    rows, cols = sizes[entries["photo"]].T
    height, width = entries["height"] - 2.0 * MARGIN, entries["width"] - 2.0 * MARGIN
    top, left = entries["top"] + MARGIN, entries["left"] + MARGIN
    whole = ~entries["borders"].any(axis=1)
    across, size = (left + width / 2) / cols, np.sqrt(height * width / (rows * cols))
    down, foot = (top + height / 2) / rows, (top + height) / rows
    ids = entries["category_id"]
    return Learnt(
        _tables(ids, down * CELLS, across * CELLS),
        _tables(ids[whole], foot[whole] * CELLS, size_class(size[whole])),
    )


def _tables(
    ids: NDArray[np.int64], down: NDArray[np.float64], across: NDArray[np.float64]
) -> dict[int, Table]:
    cells = [np.clip(axis.astype(np.int64), 0, CELLS - 1) for axis in (down, across)]
    known, places = np.unique(ids, return_inverse=True)
    flat = np.ravel_multi_index((places.ravel(), *cells), (len(known), CELLS, CELLS))
    tables = np.bincount(flat, minlength=len(known) * CELLS**2).reshape(-1, CELLS, CELLS)
    return dict(zip(known.tolist(), tables, strict=True))


_Cell = Annotated[int, Meta(ge=0, lt=CELLS**2)]
_Count = Annotated[int, Meta(ge=0, le=2**40)]


class _Kept(msgspec.Struct, array_like=True):
    """The tables on disk, by the names of categories: cells with something in them, and counts."""

    centres: dict[str, list[tuple[_Cell, _Count]]]
    standing: dict[str, list[tuple[_Cell, _Count]]]


def _counts(table: Table) -> list[tuple[int, int]]:
    flat = table.ravel()
    return [(cell, int(flat[cell])) for cell in np.flatnonzero(flat).tolist()]


def _filled(counts: Sequence[tuple[int, int]]) -> Table:
    table = np.zeros(CELLS**2, dtype=np.int64)
    for cell, count in counts:
        table[cell] = count
    return table.reshape(CELLS, CELLS)
