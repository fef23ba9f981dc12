"""What the licence of a source photograph allows, and which photographs the user accepts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache

from cocosynth.core.values import License

_CREATIVE_COMMONS = re.compile(r"creativecommons\.org/licenses/([a-z-]+)(?:/(\d+\.\d+))?")


@cache  # photographs have few licences between them
def code_of(license: License) -> str:
    """Return a short name to choose a licence by: an SPDX identifier in lower case where known.

    Examples
    --------
    >>> code_of(License("Attribution License", "http://creativecommons.org/licenses/by/2.0/"))
    'cc-by-2.0'
    >>> code_of(License("No known copyright restrictions", "http://flickr.com/commons/usage/"))
    'no known copyright restrictions'
    """
    found = _CREATIVE_COMMONS.search(license.url.lower())
    if found:
        return f"cc-{found[1]}-{found[2]}" if found[2] else f"cc-{found[1]}"
    if "creativecommons.org/publicdomain/zero/1.0" in license.url.lower():
        return "cc0-1.0"
    return license.name.lower()


@cache
def forbids_derivatives(license: License) -> bool:
    """Say whether a licence forbids altered copies, as every composite is one."""
    words = f"{code_of(license)} {license.name}".lower()
    return bool(re.search(r"(^|[-_\s])nd($|[-_\s])|no[-_ ]?deriv", words))


def matches(license: License, patterns: Sequence[str]) -> bool:
    """Say whether a licence's code or name matches one of the patterns, such as ``cc-by-*``."""
    names = (code_of(license), license.name.lower())
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns for name in names)


def refusal(
    license: License,
    *,
    allow_no_derivatives: bool,
    allow: Sequence[str] | None,
    deny: Sequence[str],
) -> str | None:
    """Return why a photograph under this licence is not used, or None where it may be."""
    if forbids_derivatives(license) and not allow_no_derivatives:
        return "licence forbids derivatives (licenses.no_derivatives: allow would use it)"
    if allow is not None and not matches(license, allow):
        return f"licence not in licenses.allow: {code_of(license)}"
    if matches(license, deny):
        return f"licence in licenses.deny: {code_of(license)}"
    return None
