"""Rules on image records: ids, file names, licenses, and what LVIS says of categories."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Container, Iterable
from typing import Any

from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.ids import check_id
from cocosynth.check.validate.kept import RowsOfIds
from cocosynth.coco.image_paths import inside
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Size

CATEGORY_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")
"""Keys of LVIS images that hold ids of categories."""


class ImageRules:
    """Checks one image record after the other, each against those before it.

    Parameters
    ----------
    findings : Findings
    licenses : set of int or None
        None where they cannot be read.
    categories : container of int
    earlier : callable
        Gives name, position and size of each image before; the size is None where it is broken.
    """

    def __init__(
        self,
        findings: Findings,
        licenses: Container[int] | None,
        categories: Container[int],
        earlier: Callable[[], Iterable[tuple[str, int, Size | None]]],
    ) -> None:
        self._findings = findings
        self._licenses = licenses
        self._categories = categories
        self._ids = RowsOfIds()
        self._earlier = earlier
        self._last = ""
        self._first: dict[str, int] | None = None  # by name, once names are not in their order
        self._nameless = 0

    def check(self, record: dict[str, Any], name: str, position: int) -> None:
        """Check an image record that passes the schema."""
        where, subject = f"$.images[{position}]", Subject(name)
        check_id(record["id"], self._ids, f"{where}.id", self._findings, subject)
        self._ids.setdefault(record["id"], position)
        self._nameless += "file_name" not in record
        self._check_name(name, position, f"{where}.file_name")
        named = record.get("license")
        if self._licenses is not None and named is not None and named not in self._licenses:
            text = f"no license has the id {named}"
            self._findings.add("unknown-license", f"{where}.license", text, subject)
        for key in CATEGORY_LISTS:
            for number in record.get(key, ()):
                if number not in self._categories:
                    text = f"no category has the id {number}"
                    self._findings.add("unknown-category", f"{where}.{key}", text, subject)

    def _check_name(self, name: str, position: int, where: str) -> None:
        plain = _plain(name)
        first = self._first_of(plain, position)
        subject = Subject(name)
        if first != position:
            text = f"{name!r} is the file of $.images[{first}] too"
            self._findings.add("duplicate-file-name", where, text, subject)
        try:
            inside("", name)
        except UnusableError as error:
            self._findings.add("file-name-outside", where, f"{name!r}: {error.reason}", subject)
            return
        if plain != name:
            text = f"{name!r} is {plain!r} written in another way"
            self._findings.add("file-name-not-relative", where, text, subject)

    def _first_of(self, plain: str, position: int) -> int:
        """Return the position of the first image of a name; no name is kept that is after all."""
        if self._first is None:
            if plain > self._last:
                self._last = plain
                return position
            self._first = {}
            for name, at, size in self._earlier():
                if size is not None:
                    self._first.setdefault(_plain(name), at)
        return self._first.setdefault(plain, position)

    def finish(self, total: int) -> None:
        """Report what is said once for the file."""
        if self._nameless:
            text = f"{self._nameless} of {total}; the end of coco_url is taken for the name"
            self._findings.add("file-name-missing", "$.images", text)


def _plain(name: str) -> str:
    """Return the one way to write a name."""
    plain = posixpath.normpath(name.replace("\\", "/"))
    return name if plain == name else plain  # one text in memory, not two
