"""What may be wrong with a dataset, and which images and annotations it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cocosynth.check.validate import RULES, Report
from cocosynth.core.skipped import SkippedRow
from cocosynth.export.health import Health

_TWICE = "cut-out-twice"
_FILE = "image-unreadable"


@dataclass(frozen=True)
class Findings:
    """What others found in a dataset.

    Attributes
    ----------
    reports : mapping of str to Report
        Of the validator, by split.
    health : Health or None
        The health check of a build.
    skipped : sequence of SkippedRow
        What a build did not use.
    """

    reports: Mapping[str, Report] = field(default_factory=dict)
    health: Health | None = None
    skipped: Sequence[SkippedRow] = ()


class Concerns:
    """The warnings of a dataset, numbered as the page numbers them.

    Parameters
    ----------
    findings : Findings
    splits : sequence of str
        The names of the splits.
    categories : mapping of str to int
        The numbers of the categories.
    """

    def __init__(
        self, findings: Findings, splits: Sequence[str], categories: Mapping[str, int]
    ) -> None:
        self.rows: list[dict[str, Any]] = []
        self._by_category: dict[int, list[int]] = {}
        self._by_image: dict[tuple[int, str], set[int]] = {}
        self._by_annotation: dict[tuple[int, int], set[int]] = {}
        self._numbers: dict[str, int] = {}
        for position, split in enumerate(splits):
            if split in findings.reports:
                self._add_report(position, split, findings.reports[split])
        for warned in findings.health.warnings if findings.health else ():
            number = self._add(warned.rule, "warning", warned.text, wide=bool(warned.categories))
            for name in warned.categories:
                if name in categories:
                    self._by_category.setdefault(categories[name], []).append(number)

    def _add(self, rule: str, severity: str, text: str, *, wide: bool = False) -> int:
        """Number a warning; a wide one is about a whole category, and marks no single image."""
        number = len(self.rows)
        self.rows.append(
            {"rule": rule, "severity": severity, "text": text, "images": 0, "wide": wide}
        )
        self._numbers.setdefault(rule, number)
        return number

    def _add_report(self, position: int, split: str, report: Report) -> None:
        numbers = {}
        for name, count in report.counts.items():
            rule = RULES[name]
            said = str(count)
            if count == 1:  # it may be about many images, and says about how many
                said = next(one.message for one in report.problems if one.rule == name)
            text = f"{split}: {rule.title} ({said}); {rule.remedy}"
            numbers[name] = self._add(name, report.severities[name], text)
        for problem in report.problems:
            number = numbers[problem.rule]
            if problem.annotation is not None:
                key = (position, problem.annotation)
                self._by_annotation.setdefault(key, set()).add(number)
            elif problem.image is not None:
                self._by_image.setdefault((position, problem.image), set()).add(number)

    def mark(self, image: dict[str, Any], twice: Collection[int]) -> None:
        """Put the warnings on an image, and those on each of its annotations, into what is shown.

        Parameters
        ----------
        image : dict
            As the page has it.
        twice : collection of int
            The ids of its annotations that are of one instance.
        """
        split, annotations = image["s"], image["a"]
        for one in annotations:
            warned = self._of_annotation(split, one["i"], one["c"], twice=one["i"] in twice)
            if warned:
                one["x"] = warned
        if warned := self._of_image(split, image["n"], annotations, fault=image.get("f", "")):
            image["x"] = warned

    def _of_annotation(self, split: int, number: Any, category: int, *, twice: bool) -> list[int]:
        """Return the warnings about an annotation itself, or its category."""
        found = set(self._by_category.get(category, ()))
        if type(number) is int:
            found |= self._by_annotation.get((split, number), set())
        if twice and _TWICE in self._numbers:
            found.add(self._numbers[_TWICE])
        return sorted(found)

    def _of_image(
        self, split: int, name: str, annotations: Sequence[Mapping[str, Any]], *, fault: str
    ) -> list[int]:
        """Return the warnings about an image and what is in it, and count it for each of them."""
        found = set(self._by_image.get((split, name), ()))
        for annotation in annotations:
            found |= set(annotation.get("x", ()))
        if fault:
            if _FILE not in self._numbers:
                self._add(_FILE, "error", "images whose file is missing or cannot be read")
            found.add(self._numbers[_FILE])
        for number in found:
            self.rows[number]["images"] += 1
        return sorted(found)
