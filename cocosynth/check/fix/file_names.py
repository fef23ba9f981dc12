"""Names of image files that are written in another way than the files are."""

from __future__ import annotations

from cocosynth.check.fix.edits import Edits
from cocosynth.check.validate.validate import View


def fix_file_names(view: View, edits: Edits) -> None:
    """Write the names that image files have where they were found under others."""
    for row, file in view.files:
        if file.missing is None and file.name != view.tables.file_names[row]:
            position = view.tables.positions[row]
            edits.apply("images", position, [("image-name-differs", "file_name", file.name)])
