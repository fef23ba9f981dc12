"""Rules that a COCO file must keep, checked at three levels: schema, references, pixels."""

from cocosynth.check.validate.leaks import find_near, validate_split
from cocosynth.check.validate.report import Report, fixed_report, json_report, text_report
from cocosynth.check.validate.rules import LEVELS, RULES, Rule
from cocosynth.check.validate.validate import validate

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
