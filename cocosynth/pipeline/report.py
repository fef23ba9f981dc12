"""The page that a build writes of its own dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cocosynth.check.report import Findings, Photographs, open_split, write_report
from cocosynth.coco.layout import Layout
from cocosynth.config.config import REPORTED
from cocosynth.config.file import Loaded
from cocosynth.core.executors import Executor
from cocosynth.core.progress import Progress
from cocosynth.core.values import Photo
from cocosynth.pipeline.of_dataset import blend_of
from cocosynth.sources.paths import photograph_folders

TITLE = "Synthetic dataset"
"""Nothing in a dataset says what its folder is called."""


def report_on(
    loaded: Loaded,
    layout: Layout,
    findings: Callable[[], Findings],
    photos: Sequence[Photo],
    hashes: Mapping[int, Mapping[str, str]],
    run: Executor,
    progress: Progress,
) -> None:
    """Write the page of a dataset that is complete but for its manifest.

    Split by split is read as any client would; as many images and photographs are opened as the
    page shows, in workers. A photograph that is not what was read any more, by the
    sha256 in `hashes`, is not shown.
    """
    config = loaded.config
    read = {
        (photos[number].source, photos[number].file_name): found["sha256"]
        for number, found in hashes.items()
    }
    write_report(
        [
            open_split(split, layout.annotations(split), layout.images(split))
            for split in sorted(config.splits)  # their order says nothing
        ],
        layout.report,
        findings=findings,
        photographs=Photographs(photograph_folders(config, loaded.folder), read, blend_of(config)),
        title=config.info.description or TITLE,
        most=REPORTED,
        executor=run,
        progress=progress,
    )
