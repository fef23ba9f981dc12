"""Rules that a COCO file must keep, checked at three levels: schema, references, pixels."""

from cocosynth.validate.check import validate
from cocosynth.validate.fix import Change, fix
from cocosynth.validate.report import Report, json_report, text_report
from cocosynth.validate.rules import LEVELS, RULES, Rule
from cocosynth.validate.splits import validate_split

__all__ = [
    "LEVELS",
    "RULES",
    "Change",
    "Report",
    "Rule",
    "fix",
    "json_report",
    "text_report",
    "validate",
    "validate_split",
]
