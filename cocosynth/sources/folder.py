"""Foregrounds and backgrounds out of folders of pictures."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cocosynth.core import files, image_header
from cocosynth.core.errors import CocosynthError, UnusableError, one_line
from cocosynth.core.suggest import choices
from cocosynth.core.values import Category, License, Photo
from cocosynth.sources.catalogue import BackgroundPhoto, Catalogue, Cut
from cocosynth.sources.options import FolderBackground, FolderForeground

CREDITS = "credits.csv"
COLUMNS = ("file_name", "license", "license_url", "attribution", "url")
_MASK = "_mask"


def add_cutouts(catalogue: Catalogue, source: FolderForeground, folder: Path, where: str) -> None:
    """Read ``<category>/x.png`` and ``<supercategory>/<category>/x.png``, masks beside them."""
    root = folder / source.folder
    names = _named(catalogue, source.folder, root)
    photos = _Photos(catalogue, source, root, names)
    masks = _masks(names)
    taken = {mask for beside in masks.values() for mask in beside}
    pictures = [name for name in names if name not in taken and not _is_mask(name)]
    for name in names:
        if _is_mask(name) and name not in taken:
            catalogue.skip_bad(source.folder, "mask file without its picture beside it", name)
    categories = {name: _category_of(name) for name in pictures}
    wanted = _wanted(source, categories, where)
    for name in pictures:
        category = categories[name]
        if category is None:
            reason = "picture that is not in a folder named as its category"
            catalogue.skip_bad(source.folder, reason, name)
            continue
        if wanted is not None and not wanted & {category.name, category.supercategory}:
            continue
        catalogue.add_category(category)
        catalogue.pasted.setdefault(category.name)
        beside = masks.get(name, [])
        if len(beside) > 1:
            catalogue.skip_bad(source.folder, "cut-out with more than one mask file", name)
            continue
        cut = Cut(
            category=category.name,
            mask_path=str(root / beside[0]) if beside else None,
            background_threshold=source.background_threshold,
        )
        for photo in photos.add(name, "cut-out"):
            catalogue.cuts.setdefault(photo, []).append(cut)


def add_folder_backgrounds(catalogue: Catalogue, source: FolderBackground, folder: Path) -> None:
    root = folder / source.folder
    names = _named(catalogue, source.folder, root)
    photos = _Photos(catalogue, source, root, names)
    for name in names:
        catalogue.backgrounds.extend(map(BackgroundPhoto, photos.add(name, "background")))


class _Photos:
    """The pictures of a folder, with their credits."""

    def __init__(
        self,
        catalogue: Catalogue,
        source: FolderForeground | FolderBackground,
        root: Path,
        names: list[str],
    ) -> None:
        self._catalogue, self._source, self._root = catalogue, source, root
        self._credits = read_credits(root)
        for name in sorted(set(self._credits) - set(names)):
            catalogue.skip_bad(source.folder, "credit of a picture that is not there", name)

    def add(self, name: str, kind: str) -> Iterator[int]:
        """Yield the number of a picture; nothing, but counted, where it is not to be used."""
        source, path = self._source, str(self._root / name)
        credit = self._credits.get(name, {})
        license = License(source.license, source.license_url)
        if credit.get("license"):  # whose address the folder's would not be
            license = License(credit["license"], credit.get("license_url") or "")
        refusal = self._catalogue.refuses(license)
        if refusal:
            self._catalogue.skip(source.folder, f"photograph: {refusal}")
            return
        try:
            size = image_header.image_header(path).upright_size
        except UnusableError as error:
            self._catalogue.skip_bad(source.folder, f"{kind} whose {error}", name)
            return
        yield self._catalogue.add_photo(
            Photo(
                source=source.folder,
                path=path,
                file_name=name,
                size=size,
                upright=True,  # people expect to see their own pictures as a viewer shows them
                image_id=None,
                license=license,
                attribution=credit.get("attribution") or source.attribution,
                fields=(("url", credit["url"]),) if credit.get("url") else (),
            )
        )


def read_credits(root: Path) -> dict[str, dict[str, str]]:
    """Read ``credits.csv`` in a folder: who made each picture, and under which terms.

    Returns
    -------
    dict of str to dict
        By file name; empty where the folder has no such file.

    Raises
    ------
    CocosynthError
        If the table lacks the column ``file_name``, has an unknown one, or two rows for one file.
    """
    path = root / CREDITS
    if not os.path.lexists(path):
        return {}
    try:
        rows = list(csv.DictReader(io.StringIO(files.read_bytes(path).decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CocosynthError(f"{path}: not a CSV table in UTF-8: {error}") from None
    if any("file_name" not in row for row in rows):
        raise CocosynthError(f"{path}: has no column file_name; it may have {', '.join(COLUMNS)}")
    for column in rows[0] if rows else ():
        if column not in COLUMNS and column is not None:
            raise CocosynthError(f"{path}: unknown column {column!r}; {choices(column, COLUMNS)}")
    if any(None in row or None in row.values() for row in rows):
        raise CocosynthError(f"{path}: each row must have as many columns as the first line")
    names = [row["file_name"].replace("\\", "/") for row in rows]
    double, times = Counter(names).most_common(1)[0] if names else ("", 1)
    if times > 1:
        raise CocosynthError(f"{path}: two rows are for {double!r}; leave one")
    return dict(zip(names, rows, strict=True))


def _named(catalogue: Catalogue, source: str, root: Path) -> list[str]:
    """List the pictures of a folder whose names can be written down."""
    names = []
    for name in files.image_files(root):
        try:
            name.encode()
        except UnicodeEncodeError:
            catalogue.skip_bad(source, "file whose name is not UTF-8", one_line(name))
        else:
            names.append(name)
    return names


def _masks(names: list[str]) -> dict[str, list[str]]:
    """Map each picture that has mask files beside it to those; it should have one."""
    masks: dict[str, list[str]] = {}
    for name in names:
        if _is_mask(name):
            masks.setdefault(_stem(name)[: -len(_MASK)], []).append(name)
    return {name: masks[_stem(name)] for name in names if _stem(name) in masks}


def _is_mask(name: str) -> bool:
    return _stem(name).lower().endswith(_MASK)


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _category_of(name: str) -> Category | None:
    folders = PurePosixPath(name).parts[:-1]
    if len(folders) not in (1, 2):
        return None
    return Category(0, folders[-1], folders[0])


def _wanted(
    source: FolderForeground, categories: dict[str, Category | None], where: str
) -> set[str] | None:
    if source.categories is None:
        return None
    found = [category for category in categories.values() if category]
    names = {name for category in found for name in (category.name, category.supercategory)}
    for want in source.categories:
        if want not in names:
            raise CocosynthError(
                f"{where}.categories: no folder {want!r} in {source.folder}; {choices(want, names)}"
            )
    return set(source.categories)
