"""The kinds of image files that are read, and the names of those that are not."""

from __future__ import annotations

from functools import cache

from PIL import features

SUFFIXES = {  # by the name that Pillow gives the format; Pillow would run PostScript, too
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "AVIF": (".avif",),
    "JPEG2000": (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"),
}

_OPTIONAL = {"AVIF": "avif", "JPEG2000": "jpg_2000", "WEBP": "webp"}  # parts of a build of Pillow

PICTURES = frozenset(
    (
        *(".3fr", ".ai", ".arw", ".avif", ".cr2", ".cr3", ".dcm", ".dng", ".eps", ".exr", ".hdr"),
        *(".heic", ".heif", ".hif", ".ico", ".jp2", ".jxl", ".jxr", ".nef", ".orf", ".pcx"),
        *(".pfm", ".psb", ".psd", ".raf", ".raw", ".rw2", ".svg", ".tga", ".xcf"),
    )
)
"""Suffixes of pictures that are not read: whoever has one among others means it to be used."""


@cache
def formats() -> tuple[str, ...]:
    """Return the formats that the installed Pillow reads."""
    return tuple(name for name in SUFFIXES if _is_there(name))


@cache
def suffixes() -> frozenset[str]:
    """Return the suffixes, in lower case, of files that are read."""
    return frozenset(suffix for name in formats() for suffix in SUFFIXES[name])


def _is_there(name: str) -> bool:
    part = _OPTIONAL.get(name)
    if part is None:
        return True
    known = part in features.modules or part in features.codecs  # an older Pillow warns of others
    return known and bool(features.check(part))


def unread_format(head: bytes) -> str | None:
    r"""Name the format of a picture that is not read, by its first bytes; None for all others.

    Examples
    --------
    >>> unread_format(b"8BPS\0\1")
    'Photoshop'
    """
    if head[4:8] == b"ftyp":
        found = _BRANDS.get(head[8:12])
    elif head[128:132] == b"DICM":
        found = "DICOM"
    elif head[:4] == b"RIFF":
        found = "WEBP" if head[8:12] == b"WEBP" else None
    else:
        found = next((name for start, name in _STARTS.items() if head.startswith(start)), None)
    return None if found in formats() else found


HEAD = 132
"""How many bytes `unread_format` looks at."""

_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    b"crx ": "camera raw",
}
_STARTS = {
    b"8BPS": "Photoshop",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cjP  ": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
    b"v/1\x01": "OpenEXR",
    b"#?RADIANCE": "Radiance",
    b"gimp xcf": "GIMP",
}
