"""What Pillow has opened, turned and converted."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as pillow
from PIL import ImageOps

from cocosynth.core.eight_bits import eight_bits
from cocosynth.core.image_file import ORIENTATION

_STORED = {  # from upright back to the pixels as stored
    2: pillow.Transpose.FLIP_LEFT_RIGHT,
    3: pillow.Transpose.ROTATE_180,
    4: pillow.Transpose.FLIP_TOP_BOTTOM,
    5: pillow.Transpose.TRANSPOSE,
    6: pillow.Transpose.ROTATE_90,
    7: pillow.Transpose.TRANSVERSE,
    8: pillow.Transpose.ROTATE_270,
}


def loaded(image: pillow.Image, *, upright: bool) -> pillow.Image:
    """Decode a picture, and turn it as its EXIF orientation says, or leave it as it is stored."""
    orientation = image.getexif().get(ORIENTATION)
    image.load()
    if upright:
        return ImageOps.exif_transpose(image)
    if image.format == "TIFF" and orientation in _STORED:  # turned by Pillow itself
        return image.transpose(_STORED[orientation])
    return image


def to_rgba(image: pillow.Image) -> pillow.Image:
    """Convert a picture of any kind to 8 bits of red, green, blue and alpha."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        values = np.asarray(image)
        image = pillow.fromarray(eight_bits(values.astype(values.dtype.newbyteorder("="))))
    if image.mode == "CMYK" and image.info.get("icc_profile"):
        image = _through_profile(image)
    return image.convert("RGBA")


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
