"""Where the brackets of a piece of JSON stand."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

_STRUCTURE = np.zeros(256, np.bool_)
_STRUCTURE[list(b'"[]{}')] = True
_STEP = np.zeros(256, np.int64)
_STEP[list(b"[{")], _STEP[list(b"]}")] = 1, -1
_ESCAPED = re.compile(rb"\\.", re.DOTALL)


def brackets(
    text: bytes, codes: NDArray[np.uint8], depth: int
) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Return where brackets stand outside of strings, the depth behind each, and which open.

    Parameters
    ----------
    text : bytes
        It begins outside of strings.
    codes : ndarray of uint8
        Its bytes.
    depth : int
        How many brackets are open where it begins.
    """
    places = np.flatnonzero(_STRUCTURE[codes])
    if b'\\"' in text:  # it may be escaped
        escaped = [m.end() - 1 for m in _ESCAPED.finditer(text) if m[0] == b'\\"']
        places = np.setdiff1d(places, np.array(escaped, np.int64), assume_unique=True)
    quotes = codes[places] == ord('"')
    outside = ~quotes & (np.cumsum(quotes) % 2 == 0)
    places = places[outside]
    steps = _STEP[codes[places]]
    return places, depth + np.cumsum(steps), steps > 0
