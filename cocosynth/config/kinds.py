"""The kinds of techniques: the schema, the docs, the fingerprints and the tests go through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cocosynth.core.guard import unchecked
from cocosynth.core.registry import Kind
from cocosynth.export import EXPORTERS, Exporter
from cocosynth.render.blend import BLEND, VARIANTS
from cocosynth.render.harmonize import HARMONIZE
from cocosynth.render.shadow import SHADOW
from cocosynth.render.tones import TONES, Tone, checked_image, checked_values
from cocosynth.scenes.augment import AUGMENTATIONS, Augmentation, checked_matrix
from cocosynth.scenes.background_augment import BACKGROUND_AUGMENT
from cocosynth.scenes.placement import PLACEMENT


def _sample(sample: Callable[..., Any], rng: np.random.Generator, **known: Any) -> Any:
    """Check what a step draws: a geometric one gets the sizes, a photometric one does not."""
    return checked_matrix(sample, rng, **known) if known else checked_values(sample, rng)


AUGMENT: Kind[tuple[Augmentation | Tone, ...]] = Kind(
    "augment",
    "Changes of each foreground, in order: of its shape, or of its colours.",
    AUGMENTATIONS | TONES,
    {"sample": _sample},
    may={"apply": checked_image, "prepared": unchecked},
    many=True,
)
FINISH: Kind[tuple[Tone, ...]] = Kind(
    "finish",
    "Changes of colour of the whole image, in order.",
    TONES,
    {"sample": checked_values, "apply": checked_image},
    many=True,
)
FORMATS: Kind[tuple[Exporter[Any], ...]] = Kind(
    "export.formats",
    "The formats that the dataset is written in, besides its images.",
    EXPORTERS,
    {"products": unchecked, "write": unchecked, "finish": unchecked},
    many=True,
    given=frozenset({"context"}),
)
_MEETING: tuple[Kind[Any], ...] = (HARMONIZE, SHADOW, BLEND, VARIANTS)
KINDS: tuple[Kind[Any], ...] = (BACKGROUND_AUGMENT, AUGMENT, PLACEMENT, *_MEETING, FINISH, FORMATS)
