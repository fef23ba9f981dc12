"""Findings on rows of columns, described only where they are kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cocosynth.check.validate.columns import Columns, Flags
from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.tables import Tables


class RowFindings:
    """Adds findings on annotations by their rows.

    Parameters
    ----------
    columns : Columns
    tables : Tables
    findings : Findings
    """

    def __init__(self, columns: Columns, tables: Tables, findings: Findings) -> None:
        self._columns, self._tables, self._findings = columns, tables, findings

    def add(self, rule: str, chosen: Flags, path: str, text: Callable[[int], str]) -> None:
        """Add a finding for each chosen row.

        Parameters
        ----------
        rule : str
        chosen : ndarray of bool
        path : str
            Of the value within the annotation.
        text : callable
            Says of a row what was found.
        """

        def describe(row: int) -> tuple[str, str, Subject]:
            columns = self._columns
            ids = (int(columns.image[row]), int(columns.category[row]), int(columns.ids[row]))
            where = f"$.annotations[{columns.position[row]}]{path}"
            return where, text(row), self._tables.subject(*ids)

        self._findings.add_rows(rule, np.flatnonzero(chosen).tolist(), describe)

    def add_once(self, rule: str, text: str, where: str = "$.annotations") -> None:
        """Add a finding on the whole file."""
        self._findings.add(rule, where, text)
