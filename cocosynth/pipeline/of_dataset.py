"""The configuration that lies in a dataset: its paths start from another folder."""

from __future__ import annotations

from cocosynth.coco.layout import Layout
from cocosynth.config.file import Loaded
from cocosynth.sources.paths import refuse_elsewhere

FROM_SOURCES = (
    "names paths from the folder of the configuration that the dataset was built from: "
    "name that folder by --sources, or folder= in Python"
)


def refuse_its_own_folder(loaded: Loaded) -> None:
    """Refuse to look for the sources in the dataset that a configuration was written to.

    Raises
    ------
    CocosynthError
        If the folder is a dataset of ours, and does not hold the sources.
    """
    layout = Layout(loaded.folder)
    if layout.manifest.is_file() and layout.config.is_file():
        refuse_elsewhere(loaded.config, loaded.folder, f"{layout.config} {FROM_SOURCES}")
