"""Foregrounds and backgrounds out of folders of pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cocosynth import files, images
from cocosynth.errors import CocosynthError, UnusableError
from cocosynth.options import FolderBackground, FolderForeground
from cocosynth.sources.catalogue import BackgroundPhoto, Catalogue, Cut
from cocosynth.structures import Category, License, Photo
from cocosynth.techniques import choices

CREDITS = "credits.csv"
COLUMNS = ("file_name", "license", "license_url", "attribution", "url")
_MASK = "_mask"


def add_cutouts(catalogue: Catalogue, source: FolderForeground, folder: Path, where: str) -> None:
    """Read ``<category>/x.png`` and ``<supercategory>/<category>/x.png``, masks beside them."""
    root = folder / source.folder
    names = files.image_files(root)
    photos = _Photos(catalogue, source, root)
    masks = _masks(names)
    pictures = [name for name in names if name not in masks.values()]
    categories = {name: _category_of(name) for name in pictures}
    wanted = _wanted(source, categories, where)
    for name in pictures:
        category = categories[name]
        if category is None:
            catalogue.skip(source.folder, "picture that is not in a folder named as its category")
            continue
        if wanted is not None and not wanted & {category.name, category.supercategory}:
            continue
        catalogue.add_category(category)
        catalogue.pasted.setdefault(category.name)
        mask = masks.get(name)
        cut = Cut(
            category=category.name,
            mask_path=str(root / mask) if mask else None,
            background_threshold=source.background_threshold,
        )
        for photo in photos.add(name, "cut-out"):
            catalogue.cuts.setdefault(photo, []).append(cut)


def add_folder_backgrounds(catalogue: Catalogue, source: FolderBackground, folder: Path) -> None:
    root = folder / source.folder
    photos = _Photos(catalogue, source, root)
    for name in files.image_files(root):
        catalogue.backgrounds.extend(map(BackgroundPhoto, photos.add(name, "background")))


class _Photos:
    """The pictures of a folder, with their credits."""

    def __init__(
        self, catalogue: Catalogue, source: FolderForeground | FolderBackground, root: Path
    ) -> None:
        self._catalogue, self._source, self._root = catalogue, source, root
        self._credits = read_credits(root)

    def add(self, name: str, kind: str) -> Iterator[int]:
        """Yield the number of a picture; nothing, but counted, where it is not to be used."""
        source, path = self._source, str(self._root / name)
        credit = self._credits.get(name, {})
        license = License(
            credit.get("license") or source.license, credit.get("license_url") or source.license_url
        )
        refusal = self._catalogue.refuses(license)
        if refusal:
            self._catalogue.skip(source.folder, f"photograph: {refusal}")
            return
        try:
            size = images.image_header(path).upright_size
        except UnusableError as error:
            self._catalogue.skip(source.folder, f"{kind} whose {error}")
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
        If the table lacks the column ``file_name``.
    """
    path = root / CREDITS
    if not path.is_file():
        return {}
    try:
        rows = list(csv.DictReader(io.StringIO(files.read_bytes(path).decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CocosynthError(f"{path}: not a CSV table in UTF-8: {error}") from None
    if any("file_name" not in row for row in rows):
        raise CocosynthError(f"{path}: has no column file_name; it may have {', '.join(COLUMNS)}")
    return {row["file_name"]: row for row in rows}


def _masks(names: list[str]) -> dict[str, str]:
    """Map each picture that has a mask file beside it to that file."""
    masks = {_stem(name).removesuffix(_MASK): name for name in names if _stem(name).endswith(_MASK)}
    return {name: masks[_stem(name)] for name in names if _stem(name) in masks}


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
