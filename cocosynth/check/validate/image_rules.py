"""One image file against its record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cocosynth.core import image_header, images
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Size

Finding = tuple[str, str, str]  # rule, key path within the image, message


def image_findings(
    folder: str | Path, name: str, size: Size | None, annotations: int
) -> Iterator[Finding]:
    """Yield what an image file says against its record.

    Parameters
    ----------
    folder : str or Path
        What the file name is relative to.
    name : str
    size : tuple of int or None
        The recorded height and width.
    annotations : int
        How many annotations the image has.
    """
    path = Path(folder) / name
    if not _is_file(path):
        text = f"no file {str(path)!r}; it has {annotations} annotations"
        yield "image-missing", ".file_name", text
        return
    try:
        header = image_header.image_header(path)
        images.read_image(path, upright=False)
    except UnusableError as error:
        yield "image-unreadable", ".file_name", f"{name!r}: {error.reason}"
        return
    if size is not None and size != header.size:
        text = f"{size[1]} x {size[0]}, but {name!r} is {header.size[1]} x {header.size[0]}"
        text += " as stored; EXIF turns it" if header.turned else ""
        yield "image-size-mismatch", "", text
    elif header.turned:
        text = f"{name!r}: EXIF turns it, masks count stored pixels; readers disagree"
        yield "exif-rotation", ".file_name", text


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
