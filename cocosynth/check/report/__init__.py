"""One page that shows a dataset: what is in it, how it differs from real data, and its images."""

from cocosynth.check.report.concerns import Findings
from cocosynth.check.report.dataset import Split, open_split
from cocosynth.check.report.origins import Photographs
from cocosynth.check.report.write import report_files_of, write_report

__all__ = [
    "Findings",
    "Photographs",
    "Split",
    "open_split",
    "report_files_of",
    "write_report",
]
