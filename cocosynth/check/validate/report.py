"""What was found in a dataset: exact counts, and the first problems of each rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cocosynth.check.validate.problem import Problem
from cocosynth.check.validate.rules import RULES
from cocosynth.core.errors import one_line

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


def text_report(report: Report) -> str:
    """Return the report for people: by rule, errors first, then one closing line."""
    lines = [*_paragraphs(report, "error"), *_paragraphs(report, "warning")]
    tables = (_count(report.images, "image"), _count(report.annotations, "annotation"))
    found = (_count(report.errors, "error"), _count(report.warnings, "warning"))
    closing = f"{report.path}: {', '.join(found)} in {', '.join(tables)}; level {report.level}"
    return "\n".join([*lines, *(f"note: {note}" for note in report.notes), closing])


def fixed_report(report: Report, changes: int) -> str:
    """Return the report on a fixed copy: the errors that remain, then one closing line."""
    remain = f"{_count(report.errors, 'error')} remain{'s' if report.errors == 1 else ''}"
    closing = f"wrote {report.path}: {_count(changes, 'change')}, {remain}"
    return "\n".join([*_paragraphs(report, "error"), closing])


def _paragraphs(report: Report, severity: str) -> list[str]:
    rules = [rule for rule in RULES if report.severities.get(rule) == severity]
    return [line for rule in rules for line in _paragraph(report, rule)]


def _paragraph(report: Report, name: str) -> list[str]:
    rule = RULES[name]
    found = [problem for problem in report.problems if problem.rule == name][:SHOWN]
    heading = f"{report.severities[name]} {name}: {rule.title} ({report.counts[name]})"
    rest = report.counts[name] - len(found)
    return [
        f"{heading}; {rule.remedy}",
        *(f"  {problem.where}: {_about(problem)}{one_line(problem.message)}" for problem in found),
        *([f"  and {rest} more"] if rest else []),
        "",
    ]


def _about(problem: Problem) -> str:
    """Name annotation, category and image file of a problem, as far as they are known."""
    named = "" if problem.annotation is None else f"annotation {problem.annotation}"
    if problem.category:
        named = f"{named} ({problem.category})" if named else problem.category
    named += f"{' in ' if named else ''}{problem.image}" if problem.image else ""
    return f"{one_line(named)}: " if named else ""


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
