"""Rules on the ids of a small table."""

from __future__ import annotations

from collections.abc import Container

from cocosynth.check.validate.findings import NOBODY, Findings, Subject


def check_id(
    identifier: int,
    earlier: Container[int],
    where: str,
    findings: Findings,
    subject: Subject = NOBODY,
) -> None:
    """Check the id of a record against those of the records before it."""
    if identifier in earlier:
        text = f"{identifier} is the id of an earlier record too"
        findings.add("duplicate-id", where, text, subject)
    if identifier < 0:
        findings.add("negative-id", where, f"{identifier} is below zero", subject)
