"""Fixes for COCO files: only what has one right answer, proven from the file and its images."""

from cocosynth.check.fix.edits import Change
from cocosynth.check.fix.fix import fix
from cocosynth.check.fix.report import json_of_changes, text_of_changes

__all__ = ["Change", "fix", "json_of_changes", "text_of_changes"]
