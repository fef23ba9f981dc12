"""What was found in a dataset: exact counts, and the first problems of each rule."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from cocosynth.check.validate.rules import RULES
from cocosynth.core.values import Problem

KEPT = 100
"""Problems kept of each rule; all are counted."""

SHOWN = 5
"""Problems of each rule in the report for people."""


@dataclass(frozen=True)
class Report:
    """The outcome of one validation.

    Attributes
    ----------
    path : str
        The file, or the files, looked at.
    level : str
        The deepest level checked.
    images, annotations, categories : int
        How many records each table holds.
    problems : tuple of Problem
        At most `KEPT` of each rule, in the order they were found.
    counts : mapping of str to int
        How often each rule is broken: exact, also beyond `KEPT`.
    severities : mapping of str to str
        Severity of each rule in `counts`.
    notes : tuple of str
        What was not checked, and why.
    """

    path: str
    level: str
    images: int
    annotations: int
    categories: int
    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    severities: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """Return how many errors were found."""
        return self._total("error")

    @property
    def warnings(self) -> int:
        """Return how many warnings were found."""
        return self._total("warning")

    def _total(self, severity: str) -> int:
        return sum(n for rule, n in self.counts.items() if self.severities[rule] == severity)


class Findings:
    """Collects problems, keeps the first of each rule and counts all."""

    def __init__(self, *, raised: Iterable[str] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._raised = frozenset(raised)  # warnings that count as errors here

    def add(self, rule: str, where: str, message: str) -> None:
        self.counts[rule] += 1
        if self.counts[rule] <= KEPT:
            self.problems.append(Problem(rule, where, message, self._severity(rule)))

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


def text_report(report: Report) -> str:
    """Return the report for people: by rule, errors first, then one closing line."""
    listed = [rule for rule in RULES if rule in report.counts]
    order = sorted(listed, key=lambda rule: report.severities[rule])
    lines = [line for rule in order for line in _paragraph(report, rule)]
    tables = (_count(report.images, "image"), _count(report.annotations, "annotation"))
    found = (_count(report.errors, "error"), _count(report.warnings, "warning"))
    closing = f"{report.path}: {', '.join(found)} in {', '.join(tables)}; level {report.level}"
    return "\n".join([*lines, *(f"note: {note}" for note in report.notes), closing])


def _paragraph(report: Report, rule: str) -> list[str]:
    found = [problem for problem in report.problems if problem.rule == rule][:SHOWN]
    lines = [f"{report.severities[rule]} {rule}: {RULES[rule].title} ({report.counts[rule]})"]
    lines += [f"  {problem.where}: {problem.message}" for problem in found]
    rest = report.counts[rule] - len(found)
    return [*lines, *([f"  and {rest} more"] if rest else []), ""]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def json_report(report: Report) -> str:
    """Return the report as one JSON object, for programs; text is escaped to ASCII."""
    record = {
        "path": report.path,
        "level": report.level,
        "images": report.images,
        "annotations": report.annotations,
        "categories": report.categories,
        "errors": report.errors,
        "warnings": report.warnings,
        "counts": dict(sorted(report.counts.items())),
        "problems": [asdict(problem) for problem in report.problems],
        "notes": list(report.notes),
    }
    return json.dumps(record, indent=2)
