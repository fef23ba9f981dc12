"""Image files against their records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.tables import Tables
from cocosynth.coco.image_paths import ImagePaths, MissingImageError
from cocosynth.core import identity, image_header, images
from cocosynth.core.errors import UnusableError
from cocosynth.core.node import refuse_unseen
from cocosynth.core.urls import place
from cocosynth.core.values import AS_IT_IS, MAX_PIXELS, Reading, Size

Finding = tuple[str, str, str]  # rule, key path within the image, message

_ONE_BAND = Reading(bands=(1, 1, 1))
"""Of a file that does not say which of its many bands show colours."""

_FEW = 3
"""Images that one factor must be seen in."""


class ImageFile(NamedTuple):
    """What an image file is.

    Attributes
    ----------
    name : str
        Its name in the image folder; what was tried where there is none.
    missing : str or None
        What was tried, and what would fit, where it is not there.
    size : tuple of int or None
        Height and width of the stored pixels; None where the file tells none.
    turned : bool
        Whether EXIF turns it on its side.
    fault : str or None
        Why it cannot be read.
    is_checked : bool
        Whether its pixels were decoded; the largest are not.
    """

    name: str
    missing: str | None = None
    size: Size | None = None
    turned: bool = False
    fault: str | None = None
    is_checked: bool = True


def find(name: str, paths: ImagePaths) -> ImageFile:
    """Find the file of an image, which is looked at later."""
    try:
        return ImageFile(paths.found(name))
    except MissingImageError as error:
        return ImageFile(name, missing=error.hint)
    except UnusableError:  # a name that leaves the folder, which is reported, may lead to a file
        return ImageFile(name)


def look_at(folder: str | Path, file: ImageFile, size: Size | None) -> ImageFile:
    """Look at an image file.

    Parameters
    ----------
    folder : str or Path
        What its name is relative to.
    file : ImageFile
        As found.
    size : tuple of int or None
        The recorded height and width.
    """
    path = place(folder) / file.name
    if file.missing is not None:
        return file
    if not _is_file(path):
        refuse_unseen(path)
        return file._replace(missing=f"no file {str(path)!r}")
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        return file._replace(is_checked=False)
    try:
        header = image_header.image_header(path)
        images.read_image(path, upright=False, reading=AS_IT_IS if header.named else _ONE_BAND)
    except UnusableError as error:
        return file._replace(fault=error.reason)
    return file._replace(size=header.size, turned=header.turned)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def check_files(
    folder: Path,
    tables: Tables,
    files: Sequence[tuple[int, ImageFile]],
    annotations: Sequence[int],
    findings: Findings,
) -> None:
    """Report what image files say against their records.

    Parameters
    ----------
    folder : Path
    tables : Tables
    files : sequence of (int, ImageFile)
        Row of the image, and its file.
    annotations : sequence of int
        How many annotations each image has, by row.
    findings : Findings
    """
    for row, file in files:
        name, where = tables.file_names[row], f"$.images[{tables.positions[row]}]"
        for rule, path, text in _findings(name, file, tables.sizes[row], annotations[row]):
            findings.add(rule, where + path, text, Subject(name))
    unchecked = sum(not file.is_checked for _, file in files)
    if unchecked:
        findings.notes.append(
            f"{unchecked} image files were not checked: they have more than {MAX_PIXELS} pixels"
        )
    factor = factor_of(tables, files)
    if factor is not None:
        count = f"{factor[1]} of {len(files)} image files"
        text = f"{count} are {factor[0]:.4g} times as large as recorded"
        findings.add("images-resized", "$.images", text)
    _check_bytes(folder, tables, files, findings)


def _findings(name: str, file: ImageFile, size: Size | None, annotations: int) -> Iterator[Finding]:
    if file.missing is not None:
        count = f"{annotations} annotation{'' if annotations == 1 else 's'}"
        yield "image-missing", ".file_name", f"{file.missing}; it has {count}"
        return
    if file.name != name:
        yield "image-name-differs", ".file_name", f"it is the file {file.name!r}"
    if file.fault is not None:
        yield "image-unreadable", ".file_name", file.fault
    elif size is not None and file.size is not None and size != file.size:
        text = f"{size[1]} x {size[0]}, but the file is {file.size[1]} x {file.size[0]}"
        text += " as stored; EXIF turns it" if file.turned else ""
        ratio = ratio_of(size, file.size)
        yield "image-size-mismatch", "", text + (f": {ratio:.4g} times" if ratio else "")
    elif file.turned:
        text = "EXIF turns it, masks count stored pixels; readers disagree"
        yield "exif-rotation", ".file_name", text


def ratio_of(recorded: Size, stored: Size) -> float | None:
    """Return the factor that both sides of a picture have been resized by, None if there is none.

    Examples
    --------
    >>> ratio_of((480, 640), (240, 320))
    0.5
    >>> ratio_of((480, 640), (640, 480)) is None
    True
    """
    ratio = max(stored) / max(recorded)
    fits = all(abs(old * ratio - new) <= 1 for old, new in zip(recorded, stored, strict=True))
    changed = all(old != new for old, new in zip(recorded, stored, strict=True))
    return ratio if fits and changed else None


def factor_of(tables: Tables, files: Sequence[tuple[int, ImageFile]]) -> tuple[float, int] | None:
    """Return the factor that most image files of another size are resized by, and how many are."""
    ratios: Counter[float] = Counter()
    differing = 0
    for row, file in files:
        size = tables.sizes[row]
        if size is not None and file.size is not None and file.size != size:
            differing += 1
            ratio = ratio_of(size, file.size)
            ratios.update([] if ratio is None else [round(ratio, 2)])
    if not ratios:
        return None
    factor, count = ratios.most_common(1)[0]
    return (factor, count) if count >= _FEW and 2 * count > differing else None


def _check_bytes(
    folder: Path, tables: Tables, files: Sequence[tuple[int, ImageFile]], findings: Findings
) -> None:
    """Find two records of one picture under two names."""
    there = [(row, file.name) for row, file in files if file.missing is None]
    first: dict[str, tuple[int, str]] = {}
    contents = identity.identities([str(folder / name) for _, name in there])
    for (row, name), content in zip(there, contents, strict=True):
        other, earlier = first.setdefault(content, (row, name))
        if other != row and earlier != name:
            where = f"$.images[{tables.positions[row]}].file_name"
            text = f"the same bytes as {earlier!r}, $.images[{tables.positions[other]}]"
            findings.add("duplicate-image", where, text, Subject(name))
