"""Who made the photographs that can be seen in a dataset, and under which terms."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from cocosynth.coco.layout import Layout
from cocosynth.core.escape import csv_cell, markdown, markdown_link
from cocosynth.export.manifest import Photograph, read_manifest

COLUMNS = ("file", "author", "license", "license_url", "source", "images")


def credit_rows(dataset: Path) -> list[dict[str, str]]:
    """Read the credits out of the manifest of a dataset.

    Parameters
    ----------
    dataset : Path
        A dataset that `build` has made.

    Returns
    -------
    list of dict of str
        A row of `COLUMNS` for every photograph of which something can be seen.

    Raises
    ------
    CocosynthError
        If the folder has no manifest of ours.
    """
    return [_row(photograph) for photograph in read_manifest(Layout(dataset).manifest).photographs]


def _row(photograph: Photograph) -> dict[str, str]:
    links = (photograph.flickr_url, photograph.url, photograph.coco_url)
    return {
        "file": f"{photograph.dataset}: {photograph.file_name}",
        "author": photograph.attribution,
        "license": photograph.license.name,
        "license_url": photograph.license.url,
        "source": next((link for link in links if link), ""),
        "images": str(sum(photograph.images.values())),
    }


def as_csv(rows: list[dict[str, str]]) -> str:
    """Write the credits as a table; what a spreadsheet would run begins with an apostrophe."""
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: csv_cell(text) for key, text in row.items()} for row in rows)
    return table.getvalue()


def as_markdown(rows: list[dict[str, str]]) -> str:
    """Write the credits as a page that can stand beside the dataset."""
    lines = [
        "# Credits",
        "",
        f"This dataset was composed of {len(rows)} photographs, which have been altered.",
        "",
        "| photograph | author | licence | images |",
        "|---|---|---|---|",
    ]
    for row in rows:
        photograph = markdown_link(row["file"], row["source"])
        terms = markdown_link(row["license"], row["license_url"])
        author = markdown(row["author"]) or "see the photograph's page" * bool(row["source"])
        lines.append(f"| {photograph} | {author} | {terms} | {row['images']} |")
    return "\n".join(lines) + "\n"
