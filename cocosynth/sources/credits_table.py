"""The credits of the pictures in a folder: `credits.csv` says who made each, on which terms."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections import Counter
from pathlib import Path

from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.suggest import choices
from cocosynth.core.urls import as_url

CREDITS = "credits.csv"
COLUMNS = ("file_name", "license", "license_url", "attribution", "url")


def read_credits(root: Path) -> dict[str, dict[str, str]]:
    """Read ``credits.csv`` in a folder: who made each picture, and under which terms.

    Returns
    -------
    dict of str to dict
        By file name, as `as_written`; empty where the folder has no such file.

    Raises
    ------
    CocosynthError
        If the table lacks the column ``file_name``, has an unknown one, or two rows for one file.
    """
    path = root / CREDITS
    if not os.path.lexists(path) if as_url(path) is None else not path.is_file():
        return {}
    try:
        rows = list(
            csv.DictReader(io.StringIO(files.read_bytes(path, cached=True).decode("utf-8-sig")))
        )
    except (UnicodeDecodeError, csv.Error) as error:
        raise CocosynthError(f"{path}: not a CSV table in UTF-8: {error}") from None
    if any("file_name" not in row for row in rows):
        raise CocosynthError(f"{path}: has no column file_name; it may have {', '.join(COLUMNS)}")
    for column in rows[0] if rows else ():
        if column not in COLUMNS and column is not None:
            raise CocosynthError(f"{path}: unknown column {column!r}; {choices(column, COLUMNS)}")
    if any(None in row or None in row.values() for row in rows):
        raise CocosynthError(f"{path}: each row must have as many columns as the first line")
    names = [as_written(row["file_name"]) for row in rows]
    double, times = Counter(names).most_common(1)[0] if names else ("", 1)
    if times > 1:
        raise CocosynthError(f"{path}: two rows are for {double!r}; leave one")
    return dict(zip(names, rows, strict=True))


def as_written(name: str) -> str:
    """Return a file name with forward slashes, its letters in one piece: Macs take them apart."""
    return unicodedata.normalize("NFC", name.replace("\\", "/"))
