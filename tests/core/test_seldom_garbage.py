"""Garbage is looked for as seldom as modules are loaded, and as usual after that."""

import gc

import pytest

from cocosynth.core.loading import loading


def test_the_usual_threshold_comes_back():
    usual = gc.get_threshold()
    with loading():
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_threshold() == usual
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.get_threshold() == usual
