"""Every tone, made with what it needs; what needs a package that is not installed is skipped."""

import pytest

from cocosynth.render.tones import TONES

NEEDED = {"albumentations": {"transform": "RandomFog"}}


def tone(name, **parameters):
    if name == "albumentations":
        pytest.importorskip("albumentations")
    return TONES[name](**(NEEDED.get(name, {}) | parameters))
