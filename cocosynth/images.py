"""Image files to 8-bit RGB pixels and back."""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow
from PIL import ImageOps, UnidentifiedImageError

from cocosynth.errors import UnusableError
from cocosynth.structures import MAX_PIXELS, Image, Rgba, Size

MAX_BYTES = 2**30
"""The longest image file read: 16 bits of 4 channels for each of the most pixels."""

_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # Pillow would run PostScript, too
_DAMAGE = (  # what Pillow raises about damaged files
    *(OSError, EOFError, MemoryError, SyntaxError, struct.error, zlib.error),
    *(AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError),
    ZeroDivisionError,
)

_HEAD = 1 << 16  # bytes of a JPEG file that hold its header, unless there is much metadata
_METADATA = (b"Exif\0\0", b"http://ns.adobe.com/xap", b"MPF\0")  # where an orientation may be

_WIDTH, _HEIGHT, _ORIENTATION = 0x0100, 0x0101, 0x0112  # TIFF tags; EXIF has the last as well
_TURNED = frozenset((5, 6, 7, 8))  # orientations that swap height and width
_STORED = {  # from upright back to the pixels as stored
    2: pillow.Transpose.FLIP_LEFT_RIGHT,
    3: pillow.Transpose.ROTATE_180,
    4: pillow.Transpose.FLIP_TOP_BOTTOM,
    5: pillow.Transpose.TRANSPOSE,
    6: pillow.Transpose.ROTATE_90,
    7: pillow.Transpose.TRANSVERSE,
    8: pillow.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class ImageHeader:
    """What the first bytes of an image file say."""

    size: Size  # as stored, before any EXIF orientation
    turned: bool  # EXIF orientation swaps height and width

    @property
    def upright_size(self) -> Size:
        return (self.size[1], self.size[0]) if self.turned else self.size


def image_header(path: str | Path) -> ImageHeader:
    """Read size, orientation and kind of an image without decoding its pixels.

    Raises
    ------
    UnusableError
        If the file is missing or is no image.
    """
    plain = _plain_jpeg_header(path)
    if plain is not None:
        return plain
    with _opened(path) as image:
        exif = _exif(image, path)
        turned = exif.get(_ORIENTATION) in _TURNED
        size = (image.height, image.width)
        if turned and image.format == "TIFF":  # Pillow gives the upright size of these
            size = (exif[_HEIGHT], exif[_WIDTH])
        return ImageHeader(size, turned)


def _plain_jpeg_header(path: str | Path) -> ImageHeader | None:
    """Read the header of a JPEG file that says nothing of an orientation; None for all others."""
    try:
        _refuse_irregular(path)
        with Path(path).open("rb", buffering=0) as stream:
            content = stream.read(_HEAD)
    except (OSError, ValueError):
        raise UnusableError("image file cannot be read") from None
    frame = _jpeg_frame(content)
    if not frame or any(mark in content[:frame] for mark in _METADATA):
        return None
    height, width = struct.unpack(">HH", content[frame + 5 : frame + 9])
    if height * width > MAX_PIXELS:
        raise UnusableError("image is too large")
    return ImageHeader((height, width), turned=False) if height and width else None


def _exif(image: pillow.Image, path: str | Path) -> pillow.Exif:
    """Return the metadata of an image, without what Pillow does to find some behind a PNG's pixels.

    It would decode the whole file.
    """
    if image.format == "PNG" and not _png_goes_on(path):
        return pillow.Image.getexif(image)
    return image.getexif()


def _png_goes_on(path: str | Path) -> bool:
    """Say whether anything but the end comes after the pixels of a PNG file, or it has no end."""
    pixels_seen = False
    with Path(path).open("rb", buffering=0) as stream:
        stream.seek(8)  # behind the signature
        while len(start := stream.read(8)) == 8:
            length, kind = int.from_bytes(start[:4], "big"), start[4:]
            if kind == b"IEND":
                return False
            if pixels_seen and kind != b"IDAT":
                return True
            pixels_seen |= kind == b"IDAT"
            stream.seek(length + 4, os.SEEK_CUR)
    return True


def read_image(path: str | Path, *, upright: bool) -> Image:
    """Decode an image file to 8-bit RGB.

    Ordinary colour JPEG files are decoded by OpenCV, all others by Pillow: grey, CMYK and palette
    images are converted, 16-bit ones scaled down, transparent ones laid on white. Of several pages
    or moments the first is read.

    Parameters
    ----------
    path : str or Path
    upright : bool
        Apply the EXIF orientation, as a viewer does; False gives the pixels as stored, which is
        what COCO annotations count.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)

    Raises
    ------
    UnusableError
        If the file is missing, truncated or no image.
    """
    image = _colour_jpeg(_image_bytes(path), upright=upright)
    if image is not None:
        return image
    rgba = _by_pillow(path, upright=upright)
    if (rgba[..., 3] == 255).all():
        return np.ascontiguousarray(rgba[..., :3])
    alpha = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def read_rgba(path: str | Path) -> Rgba:
    """Decode an image file, upright, to 8-bit RGB with its alpha channel, 255 where it has none.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)

    Raises
    ------
    UnusableError
        If the file is missing, truncated or no image.
    """
    image = _colour_jpeg(_image_bytes(path), upright=True)
    if image is not None:
        return cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
    return _by_pillow(path, upright=True)


def _colour_jpeg(content: bytes, *, upright: bool) -> Image | None:
    """Decode a JPEG file of three components; None where the file is another."""
    frame = _jpeg_frame(content)
    if not frame or content[frame + 9] != 3:
        return None
    height, width = struct.unpack(">HH", content[frame + 5 : frame + 9])
    if height * width > MAX_PIXELS:
        raise UnusableError("image is too large")
    flags = cv2.IMREAD_COLOR_RGB | (0 if upright else cv2.IMREAD_IGNORE_ORIENTATION)
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:
        raise UnusableError("image is too large") from None
    if pixels is None or content.rfind(b"\xff\xd9", frame) < 0:  # some OpenCVs fill up with grey
        raise UnusableError("image file is truncated or damaged")
    return pixels


def _by_pillow(path: str | Path, *, upright: bool) -> Rgba:
    with _opened(path) as image:
        try:
            orientation = image.getexif().get(_ORIENTATION)
            image.load()
            if upright:
                image = ImageOps.exif_transpose(image)
            elif image.format == "TIFF" and orientation in _STORED:  # turned by Pillow itself
                image = image.transpose(_STORED[orientation])
            return np.asarray(_to_rgba(image))
        except _DAMAGE:
            raise UnusableError("image file is truncated or damaged") from None


def _to_rgba(image: pillow.Image) -> pillow.Image:
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        values = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0, neginf=0)
        full = _white(float(values.max())) if image.mode == "F" else 65535.0
        grey = np.rint(np.clip(values / full, 0, 1) * 255).astype(np.uint8)
        image = pillow.fromarray(grey)
    if image.mode == "CMYK" and image.info.get("icc_profile"):
        image = _through_profile(image)
    return image.convert("RGBA")


def _white(brightest: float) -> float:
    """Tell which of the usual ranges the numbers of a picture of floats are in."""
    return next((full for full in (1.0, 255.0) if brightest <= full), 65535.0)


def _through_profile(image: pillow.Image) -> pillow.Image:
    """Convert inks to sRGB by the colour profile of the file itself."""
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        converted = ImageCms.profileToProfile(
            image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image


def _image_bytes(path: str | Path) -> bytes:
    try:
        _refuse_irregular(path)
        return Path(path).read_bytes()
    except (OSError, ValueError):
        raise UnusableError("image file cannot be read") from None


def _refuse_irregular(path: str | Path) -> None:
    """Stay away from folders, and from pipes and devices, which may never end."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        raise UnusableError("image file is missing") from None
    if not stat.S_ISREG(found.st_mode):
        raise UnusableError("image file is not a regular file")
    if found.st_size > MAX_BYTES:
        raise UnusableError("image is too large")


@contextmanager
def _opened(path: str | Path) -> Iterator[pillow.Image]:
    try:
        _refuse_irregular(path)
        with warnings.catch_warnings(), Path(path).open("rb") as stream:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused, or does no harm
            with pillow.open(stream, formats=_FORMATS) as image:  # from a stream: Pillow mixes up
                if image.width * image.height > MAX_PIXELS:  # the sides of turned TIFF files
                    raise UnusableError("image is too large")
                yield image
    except UnidentifiedImageError:
        raise UnusableError("file is not an image") from None
    except pillow.DecompressionBombError:
        raise UnusableError("image is too large") from None
    except _DAMAGE as error:
        if getattr(error, "errno", None) is None:  # Pillow's word, not the system's
            raise UnusableError("image file is truncated or damaged") from None
        raise UnusableError("image file cannot be read") from None


def _jpeg_frame(content: bytes) -> int:
    """Return where the frame header of a JPEG file starts, 0 where there is none.

    Its tenth byte is the number of colour components.
    """
    at = 2 if content[:2] == b"\xff\xd8" else len(content)
    while at + 10 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return at
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big") if marker != 0xFF else 1
    return 0


def encode_image(image: Image, suffix: str, *, quality: int) -> bytes:
    """Encode RGB pixels as ``jpg`` (4:2:0, the given quality) or ``png``."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix == "jpg" else []
    _, encoded = cv2.imencode(f".{suffix}", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    return encoded.tobytes()
