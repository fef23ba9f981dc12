"""Rules that a COCO file must keep, checked at three levels: schema, references, pixels."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cocosynth.check.validate.report import Report, fixed_report, json_report, text_report
from cocosynth.check.validate.rules import LEVELS, RULES, Rule
from cocosynth.check.validate.validate import validate

if TYPE_CHECKING:
    from cocosynth.check.validate.leaks import find_near, validate_split

__all__ = [
    "LEVELS",
    "RULES",
    "Report",
    "Rule",
    "find_near",
    "fixed_report",
    "json_report",
    "text_report",
    "validate",
    "validate_split",
]


def __getattr__(name: str) -> Any:
    if name not in ("find_near", "validate_split"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    leaks = import_module(f"{__name__}.leaks")  # a build, which checks what it made, needs it not
    return getattr(leaks, name)
