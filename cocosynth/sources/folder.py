"""Foregrounds and backgrounds out of folders of pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from cocosynth.core import image_header
from cocosynth.core.errors import CocosynthError, UnusableError, one_line
from cocosynth.core.fetching import fetched_ahead
from cocosynth.core.image_folder import ImageFolder, image_folder
from cocosynth.core.mask_pictures import has_two_colours
from cocosynth.core.suggest import choices
from cocosynth.core.urls import at, is_url
from cocosynth.core.values import Category, License, Photo
from cocosynth.sources.catalogue import BackgroundPhoto, Catalogue, Role
from cocosynth.sources.credits_table import as_written, read_credits
from cocosynth.sources.cuts import Cut, OfPicture
from cocosynth.sources.distractors import OBJECTS, Use, category_for
from cocosynth.sources.exclude import REASON, excluded_names
from cocosynth.sources.mask_files import mask_files
from cocosynth.sources.options import FolderBackground, FolderForeground
from cocosynth.sources.readings import reading_of


def add_cutouts(
    catalogue: Catalogue, source: FolderForeground, folder: Path, where: str, use: Use = OBJECTS
) -> None:
    """Read ``<category>/x.png`` and ``<supercategory>/<category>/x.png``, masks beside them."""
    root = at(folder, source.folder)
    names = _named(catalogue, source.folder, root)
    photos = _Photos(catalogue, source, root, names, use.role)
    masks = mask_files(names, lambda name: has_two_colours(root / name))
    for name in masks.alone:
        catalogue.skip_bad(source.folder, "mask file without its picture beside it", name)
    taken = masks.names
    pictures = [name for name in names if name not in taken]
    categories = {name: _category_of(name) for name in pictures}
    wanted = _wanted(source, categories, where, catalogue.key)
    excluded = excluded_names(catalogue, source, folder, where, pictures)
    for name in fetched_ahead(pictures, lambda name: [root / name], headers=True):
        category = categories[name]
        if category is None:
            reason = "picture that is not in a folder named as its category"
            catalogue.skip_bad(source.folder, reason, name)
            continue
        named = {catalogue.key(category.name), catalogue.key(category.supercategory)}
        if wanted is not None and not wanted & named:
            continue
        output, reason = category_for(catalogue, category, source.folder, use)
        if output is None:
            catalogue.skip(source.folder, reason)
            continue
        if name in excluded:
            catalogue.lose(source.folder, {name: output}, "by exclude")
            catalogue.skip(source.folder, REASON)
            continue
        beside = masks.of.get(name, [])
        if len(beside) > 1:
            catalogue.lose(source.folder, {name: output}, "with more than one mask file")
            catalogue.skip_bad(source.folder, "cut-out with more than one mask file", name)
            continue
        cut = Cut(
            category=output,
            mask_path=str(root / beside[0]) if beside else None,
            background_threshold=source.background_threshold,
            whole=source.whole,
            min_sharpness=source.min_sharpness,
            min_side=source.min_side,
            matte=source.matte,
            distracts=use.distracts,
        )
        for photo in photos.add(name, "cut-out", {name: output}):
            if use.distracts and photo in catalogue.cuts:
                catalogue.skip(
                    source.folder, "distractor that an earlier source has chosen already"
                )
            else:
                catalogue.cuts.add(photo, OfPicture(cut), cut.matte)


def add_folder_backgrounds(catalogue: Catalogue, source: FolderBackground, folder: Path) -> None:
    root = at(folder, source.folder)
    names = _named(catalogue, source.folder, root)
    photos = _Photos(catalogue, source, root, names, "backgrounds")
    masks = mask_files(names, lambda name: has_two_colours(root / name))
    beside = {mask for found in masks.of.values() for mask in found}
    for name in fetched_ahead(names, lambda name: [root / name], headers=True):
        if name in beside:
            catalogue.skip_bad(source.folder, "mask of the picture beside it, no background", name)
            continue
        catalogue.backgrounds.extend(map(BackgroundPhoto, photos.add(name, "background")))


class _Photos:
    """The pictures of a folder, with their credits."""

    def __init__(
        self,
        catalogue: Catalogue,
        source: FolderForeground | FolderBackground,
        root: Path,
        names: list[str],
        role: Role,
    ) -> None:
        self._catalogue, self._source, self._role = catalogue, source, role
        self._root = root
        one = root / "x"  # what all begin with: of many, without a path of each
        self._within = None if is_url(one) or os.sep != "/" else str(one)[:-1]
        self._credits = read_credits(root)
        for name in sorted(set(self._credits) - set(map(as_written, names))):
            catalogue.skip_bad(source.folder, "credit of a picture that is not there", name)

    def add(self, name: str, kind: str, lost: Mapping[int | str, str] = {}) -> Iterator[int]:
        """Yield the number of a picture; nothing, but counted, where it is not to be used.

        `lost` is the category of the cut-out, by its name, that is lost then.
        """
        source = self._source
        path = str(self._root / name) if self._within is None else self._within + name
        credit = self._credits.get(as_written(name), {})
        license = License(source.license, source.license_url)
        if credit.get("license"):  # whose address the folder's would not be
            license = License(credit["license"], credit.get("license_url") or "")
        if self._catalogue.refuses(license, source=source.folder, role=self._role, file_name=name):
            self._catalogue.lose(source.folder, lost, "by licence")
            return
        try:
            header = image_header.image_header(path)
            reading = reading_of(header, source)
        except UnusableError as error:
            self._catalogue.lose(source.folder, lost, f"whose {error}")
            self._catalogue.skip_bad(source.folder, f"{kind} whose {error}", name)
            return
        yield self._catalogue.add_photo(
            Photo(
                source=source.folder,
                path=path,
                file_name=name,
                size=header.upright_size,
                upright=True,  # people expect to see their own pictures as a viewer shows them
                image_id=None,
                license=license,
                attribution=credit.get("attribution") or source.attribution,
                fields=(("url", credit["url"]),) if credit.get("url") else (),
                reading=reading,
                deep=header.deep,
            )
        )


def _named(catalogue: Catalogue, source: str, root: Path) -> list[str]:
    """List the pictures of a folder whose names can be written down; count all other files."""
    names = []
    found = image_folder(root)
    _count_others(catalogue, source, found)
    for name in found.images:
        try:
            name.encode()
        except UnicodeEncodeError:
            catalogue.skip_bad(source, "file whose name is not UTF-8", one_line(name))
        else:
            names.append(name)
    return names


def _count_others(catalogue: Catalogue, source: str, found: ImageFolder) -> None:
    """Count the files that are not read, once for a folder that is named twice."""
    reason = f"file of a format that is not read ({found.kinds})"
    if not found.others or catalogue.skipped[source, reason]:
        return
    if found.pictures:
        catalogue.skip_bad(source, reason, found.pictures[0], len(found.others))
    else:
        catalogue.skip(source, reason, len(found.others))


def _category_of(name: str) -> Category | None:
    folders = PurePosixPath(name).parts[:-1]
    if len(folders) not in (1, 2):
        return None
    return Category(0, folders[-1], folders[0])


def _wanted(
    source: FolderForeground,
    categories: dict[str, Category | None],
    where: str,
    key: Callable[[str], str],
) -> set[str] | None:
    if source.categories is None:
        return None
    found = [category for category in categories.values() if category]
    names = {name for category in found for name in (category.name, category.supercategory)}
    keys = set(map(key, names))
    for want in source.categories:
        if key(want) not in keys:
            raise CocosynthError(
                f"{where}.categories: no folder {want!r} in {source.folder}; {choices(want, names)}"
            )
    return set(map(key, source.categories))
