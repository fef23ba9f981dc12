"""Types of configuration values that several rooms share."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Fraction = Annotated[float, Meta(ge=0, le=1)]


Pixels = Annotated[int, Meta(ge=1, le=65500)]  # JPEG knows no longer side


Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of the configuration; a key it does not know is an error."""
