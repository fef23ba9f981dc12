"""The changes of a fixed copy, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from cocosynth.check.fix.edits import Change
from cocosynth.core.errors import one_line

SHOWN = 5
"""Changes of each rule in the text for people; the report for programs has all."""


def text_of_changes(changes: Sequence[Change]) -> str:
    """Return the changes for people, by rule."""
    by_rule: dict[str, list[Change]] = {}
    for change in changes:
        by_rule.setdefault(change.rule, []).append(change)
    lines: list[str] = []
    for rule, found in by_rule.items():
        lines.append(f"fixed {rule} ({len(found)})")
        lines += [f"  {change.where}: {one_line(change.message)}" for change in found[:SHOWN]]
        lines += [f"  and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        lines.append("")
    return "\n".join([*lines, ""]) if lines else ""


def json_of_changes(changes: Sequence[Change]) -> str:
    """Return all changes as a JSON list."""
    return json.dumps([asdict(change) for change in changes], indent=2)
