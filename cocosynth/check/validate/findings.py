"""Collects problems while a file is checked: all are counted, the first of each rule are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cocosynth.check.validate.problem import Problem
from cocosynth.check.validate.report import Report
from cocosynth.check.validate.rules import RULES

KEPT = 100
"""Problems kept of each rule; all are counted."""


class Subject(NamedTuple):
    """What a problem is about, in the words of the dataset."""

    image: str | None = None
    category: str | None = None
    annotation: int | None = None


NOBODY = Subject()


class Findings:
    """Collects problems.

    Parameters
    ----------
    raised : iterable of str
        Warnings that count as errors here.
    """

    def __init__(self, *, raised: Iterable[str] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._raised = frozenset(raised)

    def add(self, rule: str, where: str, message: str, subject: Subject = NOBODY) -> None:
        self.counts[rule] += 1
        if self.counts[rule] <= KEPT:
            self.problems.append(Problem(rule, where, message, self._severity(rule), *subject))

    def add_rows(
        self, rule: str, rows: Iterable[int], describe: Callable[[int], tuple[str, str, Subject]]
    ) -> None:
        """Add a problem for each of some rows; only those kept are described."""
        for row in rows:
            if self.is_full(rule):
                self.counts[rule] += 1
            else:
                self.add(rule, *describe(row))

    def is_full(self, rule: str) -> bool:
        """Say whether further problems of this rule are counted, but not kept."""
        return self.counts[rule] >= KEPT

    def _severity(self, rule: str) -> str:
        return "error" if rule in self._raised else RULES[rule].severity

    def report(
        self, path: str, *, level: str, images: int, annotations: int, categories: int
    ) -> Report:
        """Close the collection."""
        severities = {rule: self._severity(rule) for rule in self.counts}
        return Report(
            path, level, images, annotations, categories,
            tuple(self.problems), dict(self.counts), severities, tuple(self.notes),
        )  # fmt: skip
