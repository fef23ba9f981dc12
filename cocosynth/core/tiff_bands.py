"""The numbers of a TIFF file with any number of bands.

Pillow knows the usual kinds of TIFF files only, but its libtiff decompresses the strips and tiles
of all kinds. So each of them is handed to it as a small grey picture of bytes, and the numbers are
put together here (TIFF 6.0; Adobe's technical notes for floating-point predictors).
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL import TiffImagePlugin

from cocosynth.core.errors import UnusableError
from cocosynth.core.image_file import (
    BANDS,
    BITS,
    COMPRESSION,
    DAMAGE,
    MAX_BYTES,
    ORIENTATION,
    PHOTOMETRIC,
    PLANAR,
    on_this_machine,
)
from cocosynth.core.values import MAX_PIXELS, Box, Size

WIDTH, HEIGHT = 0x0100, 0x0101
EXTRA, KIND, PREDICTOR, NO_DATA = 0x0152, 0x0153, 0x013D, 0xA481
_BIT_ORDER = 0x010A
_STRIPS = (0x0111, 0x0117)  # offsets, byte counts
_ROWS_A_STRIP = 0x0116
_TILES = (0x0144, 0x0145)
_TILE_WIDTH, _TILE_HEIGHT = 0x0142, 0x0143

_TAGS = (
    *(WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, _BIT_ORDER, ORIENTATION, BANDS, PLANAR),
    *(*_STRIPS, _ROWS_A_STRIP, *_TILES, _TILE_WIDTH, _TILE_HEIGHT, PREDICTOR, EXTRA, KIND, NO_DATA),
)

_PLAIN = 1
_COMPRESSIONS = frozenset((_PLAIN, 5, 8, 32773, 32946, 34925, 50000))  # those that pack bytes
_KINDS = {1: "u", 2: "i", 3: "f"}  # of numbers, by the tag SampleFormat
RGB = 2  # photometric interpretation

_OTHER = "TIFF file of a kind that is not read"
_DAMAGED = "image file is truncated or damaged"


@dataclass(frozen=True)
class TiffLayout:
    """How a TIFF file keeps its numbers.

    Attributes
    ----------
    size : tuple of int
        As stored.
    bands : int
    numbers : dtype
        In the order of bytes of the file.
    planar : bool
        The bands lie one after the other, not pixel by pixel.
    tags : dict of int
        Those of the first page that matter here.
    """

    size: Size
    bands: int
    numbers: np.dtype[Any]
    planar: bool
    tags: dict[int, Any]

    @property
    def orientation(self) -> int:
        return int(self.tags.get(ORIENTATION, 1))

    @property
    def no_data(self) -> float | None:
        """The number that stands for "nothing known here", as GDAL writes it."""
        try:
            return float(str(self.tags[NO_DATA]).strip("\0 "))
        except (KeyError, ValueError):
            return None


def tiff_layout(path: str | Path) -> TiffLayout:
    """Read how a TIFF file keeps its numbers.

    Raises
    ------
    UnusableError
        If it is damaged, or of a kind that is not read.
    """
    try:
        with warnings.catch_warnings(), on_this_machine(path).open("rb") as stream:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused, or does no harm
            head = stream.read(16)
            is_big = b"+" in head[2:4]
            directory = TiffImagePlugin.ImageFileDirectory_v2(head if is_big else head[:8])
            stream.seek(directory.next)
            directory.load(stream)
            tags = {tag: directory[tag] for tag in _TAGS if tag in directory}
        return _layout(tags, "<" if head[:2] == b"II" else ">")
    except DAMAGE:
        raise UnusableError(_DAMAGED) from None


def _layout(tags: dict[int, Any], order: str) -> TiffLayout:
    bands = int(tags.get(BANDS, 1))
    bits, kinds = set(tags.get(BITS, (1,))), set(tags.get(KIND, (1,)))
    size = int(tags[HEIGHT]), int(tags[WIDTH])
    if size[0] * size[1] > MAX_PIXELS:
        raise UnusableError("image is too large")
    kind, width = _KINDS.get(min(kinds)), min(bits) // 8
    known = len(bits) == 1 and len(kinds) == 1 and min(bits) % 8 == 0 and min(size) > 0
    if not (known and kind and bands > 0 and width in ((2, 4, 8) if kind == "f" else (1, 2, 4, 8))):
        raise UnusableError(_OTHER)
    if tags.get(COMPRESSION, _PLAIN) not in _COMPRESSIONS or tags.get(_BIT_ORDER, 1) != 1:
        raise UnusableError(f"{_OTHER} (compression {tags.get(COMPRESSION)})")
    return TiffLayout(size, bands, np.dtype(f"{order}{kind}{width}"), tags.get(PLANAR) == 2, tags)


def bands_of_colours(layout: TiffLayout) -> tuple[list[int], list[int]]:
    """Return which bands show colours, and which is the alpha channel; the first is 0.

    Raises
    ------
    UnusableError
        If the file does not say.
    """
    if layout.bands in (1, 3):
        return list(range(layout.bands)), []
    if layout.tags.get(PHOTOMETRIC) != RGB or layout.bands < 3:
        raise UnusableError(many_bands(layout.bands))
    extra = layout.tags.get(EXTRA, (1,))
    return [0, 1, 2], [3] if layout.bands == 4 and extra[0] in (1, 2) else []


def many_bands(count: int) -> str:
    return f"image has {count} bands: choose three of them by `bands`"


def tiff_numbers(path: str | Path, layout: TiffLayout, bands: Sequence[int]) -> NDArray[Any]:
    """Read bands of a TIFF file.

    Parameters
    ----------
    path : str or Path
    layout : TiffLayout
        Of this file.
    bands : sequence of int
        The first is 0.

    Returns
    -------
    ndarray, shape (height, width, len(bands))
        As stored, in the order of bytes of this machine.

    Raises
    ------
    UnusableError
        If the file is truncated or damaged.
    """
    height, width = layout.size
    if height * width * len(bands) * layout.numbers.itemsize > MAX_BYTES:
        raise UnusableError("image is too large")
    numbers = np.zeros((height, width, len(bands)), layout.numbers.newbyteorder("="))
    try:
        with on_this_machine(path).open("rb") as stream:
            for plane, place, block in _blocks(stream, layout, set(bands)):
                part = block[: place.bottom - place.top, : place.right - place.left]
                for at, band in enumerate(bands):
                    if plane is None or plane == band:
                        numbers[(*place.slices, at)] = part[..., 0 if layout.planar else band]
    except DAMAGE:
        raise UnusableError(_DAMAGED) from None
    return numbers


def _blocks(
    stream: IO[bytes], layout: TiffLayout, bands: set[int]
) -> Iterator[tuple[int | None, Box, NDArray[Any]]]:
    """Yield each strip or tile that holds one of the bands: its band, its place, its numbers."""
    tags, (height, width) = layout.tags, layout.size
    tiled = _TILE_WIDTH in tags
    rows = tags[_TILE_HEIGHT] if tiled else min(tags.get(_ROWS_A_STRIP, height), height)
    cols = tags[_TILE_WIDTH] if tiled else width
    offsets, lengths = (tags[tag] for tag in (_TILES if tiled else _STRIPS))
    count = -(-height // rows) * -(-width // cols)
    planes = layout.bands if layout.planar else 1
    if min(rows, cols) < 1 or len(offsets) < count * planes or len(lengths) < count * planes:
        raise UnusableError(_DAMAGED)
    for number in range(count * planes):
        plane, at = divmod(number, count)
        if layout.planar and plane not in bands:
            continue
        row, col = divmod(at, -(-width // cols))
        place = Box(row * rows, col * cols, (row + 1) * rows, (col + 1) * cols)
        place = place.clipped(layout.size)
        whole = (rows if tiled else place.size[0]), cols
        block = _block(stream, layout, whole, offsets[number], lengths[number])
        yield plane if layout.planar else None, place, block


def _block(
    stream: IO[bytes], layout: TiffLayout, size: Size, offset: int, length: int
) -> NDArray[Any]:
    """Read one strip or tile."""
    bands = 1 if layout.planar else layout.bands
    itemsize = layout.numbers.itemsize
    shape = size[0], size[1] * bands * itemsize
    if shape[0] * shape[1] > MAX_BYTES or length > MAX_BYTES:
        raise UnusableError("image is too large")
    stream.seek(offset)
    content = stream.read(length)
    compression = layout.tags.get(COMPRESSION, _PLAIN)
    if compression == _PLAIN:
        plain = np.frombuffer(content, np.uint8, shape[0] * shape[1]).reshape(shape)
    else:
        plain = _decompressed(content, compression, shape)
    predictor = layout.tags.get(PREDICTOR, 1) if compression != _PLAIN else 1
    if predictor == 3:
        summed = plain.reshape(size[0], -1, bands).cumsum(axis=1, dtype=np.uint8)
        planes = summed.reshape(size[0], itemsize, -1).swapaxes(1, 2)  # the high bytes come first
        numbers = np.ascontiguousarray(planes).view(layout.numbers.newbyteorder(">"))
        return numbers.reshape(*size, bands)
    numbers = plain.view(layout.numbers).reshape(*size, bands)
    if predictor == 2:
        whole = np.dtype(f"{layout.numbers.byteorder}u{itemsize}")
        summed = numbers.view(whole).cumsum(axis=1, dtype=whole.newbyteorder("="))
        return summed.view(layout.numbers.newbyteorder("="))
    return numbers


def _decompressed(content: bytes, compression: int, shape: Size) -> NDArray[np.uint8]:
    """Let libtiff decompress bytes, as a grey picture of one strip; it gives no more than fit."""
    rows, cols = shape
    entries = (
        *((WIDTH, cols), (HEIGHT, rows), (BITS, 8), (COMPRESSION, compression), (PHOTOMETRIC, 1)),
        *((_STRIPS[0], 8), (BANDS, 1), (_ROWS_A_STRIP, rows), (_STRIPS[1], len(content))),
    )
    after = len(content) % 2 * b"\0"
    head = struct.pack("<2sHI", b"II", 42, 8 + len(content) + len(after))
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    file = io.BytesIO(head + content + after + directory + b"\0\0\0\0")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pillow.open(file, formats=("TIFF",)) as picture:
                return np.asarray(picture)
    except pillow.DecompressionBombError:
        raise UnusableError("image is too large") from None
