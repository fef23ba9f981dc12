"""Rules on image records: ids, file names, licenses, and what LVIS says of categories."""

from __future__ import annotations

import posixpath
from collections.abc import Container
from typing import Any

from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.ids import check_id
from cocosynth.coco.image_paths import inside
from cocosynth.core.errors import UnusableError

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
    """

    def __init__(
        self, findings: Findings, licenses: Container[int] | None, categories: Container[int]
    ) -> None:
        self._findings = findings
        self._licenses = licenses
        self._categories = categories
        self._ids: set[int] = set()
        self._first: dict[str, int] = {}  # position of the first image of a name
        self._nameless = 0

    def check(self, record: dict[str, Any], name: str, position: int) -> None:
        """Check an image record that passes the schema."""
        where, subject = f"$.images[{position}]", Subject(name)
        check_id(record["id"], self._ids, f"{where}.id", self._findings, subject)
        self._ids.add(record["id"])
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
        plain = posixpath.normpath(name.replace("\\", "/"))
        plain = name if plain == name else plain  # one text in memory, not two
        first = self._first.setdefault(plain, position)
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

    def finish(self, total: int) -> None:
        """Report what is said once for the file."""
        if self._nameless:
            text = f"{self._nameless} of {total}; the end of coco_url is taken for the name"
            self._findings.add("file-name-missing", "$.images", text)
