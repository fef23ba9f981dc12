"""Rules on category records: ids, names, keypoints."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.ids import check_id
from cocosynth.coco.names import Lookalikes


class CategoryRules:
    """Checks one category after the other, each against those before it.

    Parameters
    ----------
    findings : Findings
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._ids: set[int] = set()
        self._names: dict[str, int] = {}
        self._alike = Lookalikes()

    def check(self, record: dict[str, Any], position: int) -> None:
        """Check a category that passes the schema."""
        where, name = f"$.categories[{position}]", record["name"]
        subject = Subject(category=name)
        check_id(record["id"], self._ids, f"{where}.id", self._findings, subject)
        self._ids.add(record["id"])
        if record["id"] == 0:
            text = "0 is the background in many programs; number categories from 1"
            self._findings.add("category-id-zero", f"{where}.id", text, subject)
        self._check_name(name, record["id"], f"{where}.name", subject)
        self._check_keypoints(record, where, subject)

    def _check_name(self, name: str, identifier: int, where: str, subject: Subject) -> None:
        if not name.strip():
            self._findings.add("category-name-blank", where, f"{name!r} is white space", subject)
        elif name in self._names:
            text = f"{name!r} is the name of category {self._names[name]} too"
            self._findings.add("duplicate-category-name", where, text, subject)
        elif (other := self._alike.first(name)) != name:
            text = f"{name!r} looks like {other!r}, the name of category {self._names[other]}"
            self._findings.add("category-name-lookalike", where, text, subject)
        self._names.setdefault(name, identifier)

    def _check_keypoints(self, record: dict[str, Any], where: str, subject: Subject) -> None:
        names = record.get("keypoints")
        skeleton = record.get("skeleton", [])
        for name, times in Counter(names or ()).items():
            if times > 1:
                text = f"{name!r} occurs {times} times"
                self._findings.add("keypoint-names-repeated", f"{where}.keypoints", text, subject)
        if names is None or not skeleton:
            return
        numbers = [number for pair in skeleton for number in pair]
        if counts_from_zero(skeleton, len(names)):
            text = f"0 is in it, and nothing above {max(numbers)}, of {len(names)} keypoints"
            self._findings.add("skeleton-from-zero", f"{where}.skeleton", text, subject)
        elif not all(1 <= number <= len(names) for number in numbers):
            text = f"from {min(numbers)} to {max(numbers)}, but there are {len(names)} keypoints"
            self._findings.add("skeleton-out-of-range", f"{where}.skeleton", text, subject)


def counts_from_zero(skeleton: list[list[int]], keypoints: int) -> bool:
    """Say whether a skeleton makes sense as counted from 0, and not as COCO counts it, from 1."""
    numbers = [number for pair in skeleton for number in pair]
    return bool(numbers) and min(numbers) == 0 and max(numbers) < keypoints
