"""The image of a sample under a second name, for formats with folders of images of their own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cocosynth.coco.layout import Layout
from cocosynth.core import files
from cocosynth.core.errors import StoppedError
from cocosynth.core.sample import Sample
from cocosynth.core.urls import as_url


def link_image(folder: Path, sample: Sample, target: Path) -> None:
    """Give the image of a sample in a dataset a second name; it takes no space.

    Where the file system has no hard links, the file is copied.
    """
    image = Layout(folder).images(sample.scene.split) / sample.file_name
    if (start := as_url(image)) and (end := as_url(target)):
        from cocosynth.core.storage import remote

        remote.copy(start, end)
        return
    files.make_folder(target.parent)
    target.unlink(missing_ok=True)
    try:
        os.link(image, target)
    except OSError:
        try:
            shutil.copyfile(image, target)
        except OSError as error:
            raise StoppedError(f"{target}: cannot be written: {files.why(error)}") from None
