"""What the sources hold, gathered into one numbering."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cocosynth.coco.names import Lookalikes, likeness
from cocosynth.coco.records import AnnotationRecord
from cocosynth.core.errors import CocosynthError
from cocosynth.core.file_states import FileState, FileStates
from cocosynth.core.notes import Note, joined
from cocosynth.core.photo_table import PhotoTable
from cocosynth.core.skipped import Skipped, SkippedRow
from cocosynth.core.urls import is_url
from cocosynth.core.values import Category, License, Photo
from cocosynth.sources.cuts import Cut as Cut
from cocosynth.sources.cuts import Cuts
from cocosynth.sources.licenses import refusal
from cocosynth.sources.numbering import numbered
from cocosynth.sources.options import Licenses, OnBadInput, OnLookalikes
from cocosynth.sources.poses import FlipMaps, Poses

Role = Literal["foregrounds", "backgrounds", "distractors"]


@dataclass(frozen=True)
class BackgroundPhoto:
    """A photo that may become a canvas, with the annotations it brings along."""

    photo: int
    annotations: Sequence[AnnotationRecord] = ()
    category_ids: tuple[int, ...] = ()  # of the output, one for each annotation


@dataclass(frozen=True)
class LicensedPhotos:
    """The file names of photographs whose licence was looked at, and of those it ruled out."""

    asked: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


class Catalogue:
    """Every usable photo, what is to be cut out of it, and what was skipped and why.

    Attributes
    ----------
    photos : PhotoTable
        Each file once, however many sources name it.
    file_states : FileStates
        Of the files of photos, by number, as far as they are known.
    cuts : Cuts
        By photo.
    backgrounds : list of BackgroundPhoto
    pasted : dict of str to None
        The names of the categories that foregrounds bring, in order of appearance.
    distractors : dict of str to None
        The names of the categories that distractors bring, in order of appearance.
    labels_distractors : bool
        Whether these are categories of the output.
    skipped : Skipped
    lookalikes : list of str
        Which output categories look like one another, for people.
    unusable : Skipped
        What of each category cannot be pasted, and why: the category stands in place of the source.
    licensed : dict of (str, str) to LicensedPhotos
        What the licence left, by ``foregrounds`` or ``backgrounds`` and the source.
    notes : list of Note
        What is worth knowing, though nothing was skipped for it.
    coco_files : dict of str to str
        The sha256 of each COCO file that was read.
    exclude_files : dict of str to str
        The sha256 of each file that says what not to cut out.
    technique_files : dict of str to str
        The sha256 of each file that a technique reads.
    value_ranges : dict of str to tuple of float
        What was measured, by source.
    """

    def __init__(
        self,
        licenses: Licenses,
        *,
        contiguous: bool,
        on_bad_input: OnBadInput = "skip",
        lookalikes: OnLookalikes = "keep",
    ) -> None:
        self.photos = PhotoTable()
        self.file_states = FileStates()
        self.cuts = Cuts()
        self.backgrounds: list[BackgroundPhoto] = []
        self.pasted: dict[str, None] = {}
        self.distractors: dict[str, None] = {}
        self.labels_distractors = True
        self.skipped = Skipped()
        self.lookalikes: list[str] = []
        self.unusable = Skipped()
        self.licensed: dict[tuple[str, str], LicensedPhotos] = {}
        self.notes: list[Note] = []
        self.coco_files: dict[str, str] = {}
        self.exclude_files: dict[str, str] = {}
        self.technique_files: dict[str, str] = {}
        self.value_ranges: dict[str, tuple[float, float]] = {}
        self._lost: dict[str, set[int | str]] = {}
        self._licenses = licenses
        self._refusals: dict[License, str | None] = {}
        self._contiguous = contiguous
        self._on_bad_input = on_bad_input
        self._joins = lookalikes == "join"
        self._categories: dict[str, Category] = {}  # by `key`
        self._named_by: dict[str, str] = {}  # the source that named a category first
        self._poses = Poses()
        self._alike = Lookalikes()
        self._numbers: dict[tuple[str, bool, str], int] = {}
        self._real_folders: dict[str, str] = {}

    def skip(self, source: str, reason: str, count: int = 1) -> None:
        """Count what the user chose not to use."""
        self.skipped.add(source, reason, count)

    def note(self, source: str, text: str, files: tuple[str, ...] = ()) -> None:
        """Say what is worth knowing of a source, or of some of its files."""
        self.notes = joined([*self.notes, Note(source, text, files)])

    def skip_bad(self, source: str, reason: str, example: str, count: int = 1) -> None:
        """Count what cannot be used.

        Raises
        ------
        CocosynthError
            If the user wants none of it to be skipped.
        """
        self.skip_all([SkippedRow(source, reason, count, example)])

    def skip_all(self, rows: Iterable[SkippedRow]) -> None:
        """Count what a worker skipped; it gives an example of all that is bad.

        Raises
        ------
        CocosynthError
            If the user wants nothing bad to be skipped.
        """
        for row in rows:
            self.skipped.update([row])
            if row.example is not None and self._on_bad_input == "fail":
                row = Skipped([row]).rows()[0]  # the example shortened
                raise CocosynthError(
                    f"{row.source}: {row.example}: {row.reason}; fix it, or skip such input by "
                    "`on_bad_input: skip`"
                )

    def lose(self, source: str, instances: Mapping[int | str, str], reason: str) -> None:
        """Count instances that cannot be pasted, each once however many sources name its file.

        Parameters
        ----------
        source : str
        instances : mapping
            The category of each, by the id of the annotation or the name of the cut-out.
        reason : str
        """
        lost = self._lost.setdefault(source, set())
        for name, count in Counter(instances[key] for key in instances.keys() - lost).items():
            self.unusable.add(name, reason, count)
        lost.update(instances)

    def refuses(self, license: License, *, source: str, role: Role, file_name: str) -> bool:
        """Say whether the user wants no photograph under this licence, and count what is refused.

        Parameters
        ----------
        license : License
        source : str
        role : {"foregrounds", "backgrounds", "distractors"}
            What the photograph would be used as.
        file_name : str
            Of the photograph.
        """
        if license not in self._refusals:
            self._refusals[license] = refusal(
                license,
                allow_no_derivatives=self._licenses.no_derivatives == "allow",
                allow=self._licenses.allow,
                deny=self._licenses.deny,
            )
        reason = self._refusals[license]
        photos = self.licensed.setdefault((role, source), LicensedPhotos())
        photos.asked.add(file_name)
        if reason:
            photos.refused.add(file_name)
            self.skip(source, f"photograph: {reason}")
        return reason is not None

    def add_photo(self, photo: Photo, state: FileState | None = None) -> int:
        """Return the number of a photo, the same one for the same file read the same way.

        The state is known only of files that are no links.
        """
        real = self._real_path(photo.path, may_be_link=state is None)
        key = (real, photo.upright, photo.source)
        number = self._numbers.setdefault(key, len(self.photos))
        if number == len(self.photos):
            self.photos.append(photo)
            self.file_states[number] = state
        return number

    def _real_path(self, path: str, *, may_be_link: bool) -> str:
        """Follow links as `os.path.realpath` does, but those of each folder once."""
        if is_url(path):
            return path
        folder, name = os.path.split(path)
        if name in ("", ".", "..") or (
            may_be_link and os.path.islink(path)  # noqa: PTH114 - of each photograph
        ):
            return os.path.realpath(path)
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(folder)
        return os.path.join(self._real_folders[folder], name)

    def key(self, name: str) -> str:
        """Return what all names of one category have in common."""
        return likeness(name) if self._joins else name

    def add_category(self, category: Category, source: str) -> str:
        """Make a category one of the output's, unless one of its name is there already.

        Parameters
        ----------
        category : Category
        source : str
            Which names it.

        Returns
        -------
        str
            The name that it has in the output.

        Raises
        ------
        CocosynthError
            If both name keypoints, and not the same.
        """
        key = self.key(category.name)
        known = self._categories.setdefault(key, category)
        self._report_lookalike(category.name, source)
        self._categories[key] = self._poses.joined(key, known, category, source)
        return known.name

    def settle_poses(self, flip_maps: FlipMaps) -> None:
        """Take over which keypoints change places in a mirror; note where keypoints are missing.

        Raises
        ------
        CocosynthError
            If a category or a keypoint is not there.
        """
        for note in self._poses.settled(self._categories, flip_maps, self.key):
            self.note(*note)

    def _report_lookalike(self, name: str, source: str) -> None:
        """Say of a name that comes for the first time that it looks like another one."""
        first = self._alike.first(name)
        if name in self._named_by:
            return
        self._named_by[name] = source
        if first == name:
            return
        if self._joins:
            where = self._named_by[first]
            self.note(source, f"category {name!r} is joined to {first!r} of {where}")
        else:
            self.lookalikes.append(
                f"{first!r} ({self._named_by[first]}) and {name!r} ({source}) look alike and are "
                "two categories; `lookalikes: join` makes them one"
            )

    def lookalike(self, name: str) -> str | None:
        """Return the output category that a name looks like, if there is one."""
        return self._alike.find(name)

    @property
    def categories(self) -> tuple[Category, ...]:
        """The output categories, by id."""
        return numbered(self._categories.values(), contiguous=self._contiguous)
