"""Many photographs in little memory: a hundred thousand are known, a few hundred of them used."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.photo import License, Photo, Reading

_KEPT = 4096  # photographs that stay as they were asked for


class Shared(msgspec.Struct, frozen=True):
    """What most photographs of a source have in common."""

    source: str
    license: License
    reading: Reading
    upright: bool
    deep: bool


Own = tuple[bytes, bytes, int | None, str, tuple[tuple[str, str], ...]]
"""What a photograph has of its own, from its path to its provenance; names are of any bytes."""

_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Own)


class PhotoTable(Sequence[Photo]):
    """Photographs by number, each encoded until it is asked for.

    Examples
    --------
    >>> photo = Photo("s", "a/1.jpg", "1.jpg", (2, 3), True, 1, License("", ""), "")
    >>> table = PhotoTable([photo])
    >>> len(table), table[0] == photo
    (1, True)
    """

    def __init__(self, photos: Iterable[Photo] = ()) -> None:
        self._content: Any = bytearray()
        self._starts, self._stops, self._common = array("q"), array("q"), array("i")
        self._heights, self._widths = array("i"), array("i")
        self._shared: list[Shared] = []
        self._places: dict[Shared, int] = {}
        self._known: dict[int, Photo] = {}
        self._names: dict[tuple[str, str], int] = {}  # once somebody looks for one
        for photo in photos:
            self.append(photo)

    def __getstate__(self) -> dict[str, Any]:
        content = np.frombuffer(self._content, np.uint8)  # processes of one machine may share it
        return {**vars(self), "_content": content, "_known": {}, "_names": {}}

    def append(self, photo: Photo) -> None:
        """Add a photograph; its number is how many there were."""
        for numbers in (self._starts, self._stops, self._common, self._heights, self._widths):
            numbers.append(0)
        self[len(self) - 1] = photo

    def __setitem__(self, number: int, photo: Photo) -> None:
        shared = Shared(photo.source, photo.license, photo.reading, photo.upright, photo.deep)
        if shared not in self._places:
            self._places[shared] = len(self._shared)
            self._shared.append(shared)
        self._common[number] = self._places[shared]
        self._heights[number], self._widths[number] = photo.size
        self._starts[number] = len(self._content)
        self._content += msgspec.msgpack.encode(
            (
                os.fsencode(photo.path),
                os.fsencode(photo.file_name),
                *(photo.image_id, photo.attribution, photo.fields),
            )
        )
        self._stops[number] = len(self._content)
        self._known.pop(number, None)
        self._names.clear()

    def __len__(self) -> int:
        return len(self._stops)

    @overload
    def __getitem__(self, number: int) -> Photo: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Photo]: ...
    def __getitem__(self, number: int | slice) -> Photo | Sequence[Photo]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        found = self._known.get(number)
        if found is None or number < 0:
            number = range(len(self))[number]
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[number] = self._decoded(number)
        return found

    def __iter__(self) -> Iterator[Photo]:
        return map(self._decoded, range(len(self)))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Height and width of all, by number."""
        return np.array([self._heights, self._widths], dtype=np.int64).T

    def path(self, number: int) -> str:
        """Return the path of a photograph, without a look at what else is known of it."""
        found: bytes = _decoder.decode(self._encoded(number))[0]
        return os.fsdecode(found)

    def numbers_of(self, wanted: Callable[[Shared], bool]) -> list[int]:
        """Return which photographs share what is wanted, without a look at each."""
        shares = np.array([wanted(shared) for shared in self._shared], dtype=np.bool_)
        found: list[int] = np.flatnonzero(shares[np.array(self._common, dtype=np.intp)]).tolist()
        return found

    def find(self, source: str, file_name: str) -> int | None:
        """Return the first photograph of this name in a source; None where there is none."""
        if not self._names:
            for number, photo in enumerate(self):
                self._names.setdefault((photo.source, photo.file_name), number)
        return self._names.get((source, file_name))

    def _encoded(self, number: int) -> memoryview:
        return memoryview(self._content)[self._starts[number] : self._stops[number]]

    def _decoded(self, number: int) -> Photo:
        path, name, image_id, attribution, fields = _decoder.decode(self._encoded(number))
        shared = self._shared[self._common[number]]
        return Photo(
            shared.source,
            os.fsdecode(path),
            os.fsdecode(name),
            (self._heights[number], self._widths[number]),
            shared.upright,
            image_id,
            shared.license,
            attribution,
            fields,
            shared.reading,
            shared.deep,
        )
