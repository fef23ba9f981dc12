"""The image files of a COCO source: found, looked at, and counted where they cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cocosynth.coco.image_paths import ImagePaths, MissingImageError
from cocosynth.coco.records import PROVENANCE, Dataset, ImageRecord
from cocosynth.core import image_header
from cocosynth.core.errors import UnusableError
from cocosynth.core.fetching import fetched_ahead
from cocosynth.core.file_states import FileState
from cocosynth.core.glance import glance
from cocosynth.core.urls import at
from cocosynth.core.values import License, Photo
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.options import CocoBackground, CocoForeground
from cocosynth.sources.readings import reading_of


class CocoPhotos:
    """The photographs of a COCO source.

    Parameters
    ----------
    catalogue : Catalogue
    source : CocoForeground or CocoBackground
    dataset : Dataset
        What its file holds.
    folder : Path
        What paths in the configuration are relative to.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        source: CocoForeground | CocoBackground,
        dataset: Dataset,
        folder: Path,
    ) -> None:
        self._catalogue, self._source = catalogue, source
        names = [record.file_name for record in dataset.images]
        self._paths = ImagePaths(at(folder, source.images), names, shown=source.images)
        self._misplaced: MissingImageError | None = None

    def add(
        self,
        record: ImageRecord,
        license: License,
        kind: str,
        lost: Callable[[], Mapping[int | str, str]] = dict,
    ) -> int | None:
        """Return the number of a photograph; None, but counted, where it cannot be used.

        Parameters
        ----------
        record : ImageRecord
        license : License
        kind : str
            What is counted where it cannot be used.
        lost : callable
            Returns the instances that are lost then: their categories by their ids.
        """
        name = record.file_name
        try:
            return self._catalogue.add_photo(*self._photo(record, license))
        except MissingImageError as error:
            name, reason = error.tried, error.reason
            if error.fitting and self._misplaced is None:
                self._misplaced = error
        except UnusableError as error:
            reason = error.reason
        example = f"image {record.id} ({name})"
        instances = lost()
        self._catalogue.lose(self._source.coco, instances, f"whose {reason}")
        count = len(instances) or 1
        self._catalogue.skip_bad(self._source.coco, f"{kind} whose {reason}", example, count)
        return None

    def ahead(self, records: Iterable[ImageRecord]) -> Iterable[ImageRecord]:
        """Return records; where their files are at a URL, the next ones are fetched meanwhile."""
        return fetched_ahead(records, self._path_of, headers=True)

    def _path_of(self, record: ImageRecord) -> list[str]:
        try:
            return [self._paths.path(record.file_name)]
        except UnusableError:
            return []

    def note_names(self) -> None:
        """Say once which files have other names, and which seem to lie elsewhere."""
        moved = self._paths.moved
        for name, found in list(moved.items())[:1]:
            text = f"{len(moved)} images have a file of another name: {name!r} is {found!r}"
            self._catalogue.note(self._source.coco, text)
        if self._misplaced is not None:
            self._catalogue.note(self._source.coco, f"{self._misplaced.hint}; look at `images`")

    def _photo(self, record: ImageRecord, license: License) -> tuple[Photo, FileState | None]:
        """Look at an image file and find which way up its annotations count its pixels."""
        path = self._paths.recorded(record.file_name)
        seen = None if path is None else glance(path)
        if path is None or seen is None:
            path = self._paths.path(record.file_name)
            header, state = image_header.image_header(path), None
        else:
            header, state = seen
        size = (record.height, record.width)
        if size not in (header.size, header.upright_size):
            raise UnusableError("image file has another size than its record")
        fields = tuple((key, getattr(record, key)) for key in PROVENANCE if getattr(record, key))
        photo = Photo(
            source=self._source.coco,
            path=path,
            file_name=record.file_name,
            size=size,
            upright=size != header.size,
            image_id=record.id,
            license=license,
            attribution=record.attribution or "",
            fields=fields,
            reading=reading_of(header, self._source),
            deep=header.deep,
        )
        return photo, state
