"""The source code of a class of the user's own: what was made by it depends on it."""

from __future__ import annotations

import hashlib
import inspect
import sys
from pathlib import Path
from typing import Any

from cocosynth.core.errors import CocosynthError


def source_digest(own: type, name: str) -> str:
    """Return the sha256 of the source code of the module that defines a class.

    A module without source counts by the bytes of its file, a class that was typed into an
    interpreter by the source of its methods.

    Parameters
    ----------
    own : type
    name : str
        What the configuration calls it, for the error text.

    Raises
    ------
    CocosynthError
        If nothing of it can be read.
    """
    module: Any = sys.modules.get(own.__module__)
    try:
        return _sha256(inspect.getsource(module).encode())
    except (OSError, TypeError, SyntaxError, UnicodeError):  # no source, or none that is text
        pass
    file = getattr(module, "__file__", None)
    try:
        return _sha256(Path(file).read_bytes() if file else _methods(own))
    except OSError as error:
        raise CocosynthError(
            f"{name}: its source code cannot be read; put the class into a file of its own"
        ) from error


def _methods(own: type) -> bytes:
    functions = [value for value in vars(own).values() if inspect.isfunction(value)]
    written = [f for f in functions if f.__code__.co_filename != "<string>"]  # not by dataclass
    if not written:
        raise OSError("no method was written by hand")
    return "".join(map(inspect.getsource, written)).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
