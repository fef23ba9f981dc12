"""What is in a COCO file: how many, how large, how crowded, how hidden."""

from cocosynth.check.stats.measure import Statistics, measure
from cocosynth.check.stats.read import Columns, columns_of, read_columns
from cocosynth.check.stats.report import metrics_of, named, plots_of, records_of

__all__ = [
    "Columns",
    "Statistics",
    "columns_of",
    "measure",
    "metrics_of",
    "named",
    "plots_of",
    "read_columns",
    "records_of",
]
