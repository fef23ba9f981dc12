"""Packages that a user installs for one technique: imported where it is used."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from cocosynth.core.errors import CocosynthError

_ASKS_NOBODY = {  # what keeps a package from asking the network when it is imported or used
    "NO_ALBUMENTATIONS_UPDATE": "1",
    "ALBUMENTATIONS_NO_TELEMETRY": "1",
}


def optional(package: str, *, extra: str | None = None) -> ModuleType:
    """Import a package that is not among our own requirements.

    Parameters
    ----------
    package : str
        Its name.
    extra : str, optional
        Our extra that installs it, where that is how a user gets it.

    Raises
    ------
    CocosynthError
        If it is missing or cannot be imported.
    """
    for name, value in _ASKS_NOBODY.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise _broken(package, error) from error
        raise CocosynthError(_missing(package, extra)) from None
    except ImportError as error:
        raise _broken(package, error) from error


def version_of(package: str, *, extra: str | None = None) -> str:
    """Return the version of a package that is not among our own requirements, not importing it.

    Raises
    ------
    CocosynthError
        If it is missing.
    """
    from importlib.metadata import PackageNotFoundError, version  # a tenth of all imports

    try:
        return version(package)
    except PackageNotFoundError:
        raise CocosynthError(_missing(package, extra)) from None


def _missing(package: str, extra: str | None) -> str:
    wanted = package if extra is None else f'"cocosynth[{extra}]"'
    return f"the package {package} is not installed; run `pip install {wanted}`"


def _broken(package: str, error: ImportError) -> CocosynthError:
    reason = " ".join(str(error).split())
    return CocosynthError(f"the package {package} cannot be imported: {reason}")
