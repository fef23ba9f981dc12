"""Image files to 8-bit RGB pixels and back."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow
from PIL import ImageOps

from cocosynth.core.errors import UnusableError
from cocosynth.core.image_file import (
    DAMAGE,
    ORIENTATION,
    TRUNCATED,
    jpeg_frame,
    opened,
    refuse_irregular,
)
from cocosynth.core.values import MAX_PIXELS, Image, Rgba

_STORED = {  # from upright back to the pixels as stored
    2: pillow.Transpose.FLIP_LEFT_RIGHT,
    3: pillow.Transpose.ROTATE_180,
    4: pillow.Transpose.FLIP_TOP_BOTTOM,
    5: pillow.Transpose.TRANSPOSE,
    6: pillow.Transpose.ROTATE_90,
    7: pillow.Transpose.TRANSVERSE,
    8: pillow.Transpose.ROTATE_270,
}


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
    frame = jpeg_frame(content)
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
        raise UnusableError(TRUNCATED)
    return pixels


def _by_pillow(path: str | Path, *, upright: bool) -> Rgba:
    with opened(path) as image:
        try:
            orientation = image.getexif().get(ORIENTATION)
            image.load()
            if upright:
                image = ImageOps.exif_transpose(image)
            elif image.format == "TIFF" and orientation in _STORED:  # turned by Pillow itself
                image = image.transpose(_STORED[orientation])
            return np.asarray(_to_rgba(image))
        except DAMAGE:
            raise UnusableError(TRUNCATED) from None


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
    """Guess which of the usual ranges the numbers of a picture of floats are in."""
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
        refuse_irregular(path)
        return Path(path).read_bytes()
    except (OSError, ValueError):
        raise UnusableError("image file cannot be read") from None


def encode_image(image: Image, suffix: str, *, quality: int) -> bytes:
    """Encode RGB pixels as ``jpg`` (4:2:0, the given quality) or ``png``."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix == "jpg" else []
    _, encoded = cv2.imencode(f".{suffix}", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    return encoded.tobytes()
