"""Files with errors are not handed on: what copies records refuses what `validate` would report."""

from __future__ import annotations

from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.validate import look_into, report_on
from cocosynth.coco.document import Document
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Serial


def refuse_errors(document: Document) -> None:
    """Refuse a file in which `validate` finds an error without looking at its images.

    Its masks are drawn, too: that costs as much again as all other rules, and less than one file
    that trains on wrong masks.

    Raises
    ------
    CocosynthError
        It names the first error, and how to see and fix all.
    """
    findings = Findings()
    look_into(document, findings, images=None, level="pixels", executor=Serial())
    report = report_on(document, findings, "pixels")
    if not report.errors:
        return
    first = next(problem for problem in report.problems if problem.severity == "error")
    count = "1 error" if report.errors == 1 else f"{report.errors} errors"
    raise CocosynthError(
        f"{document.path}: {count}, first {first.where}: {first.message} ({first.rule}); "
        f"`python -m cocosynth validate {document.path} --level pixels` lists all, `--fix OUT` "
        "fixes what has one answer"
    )
