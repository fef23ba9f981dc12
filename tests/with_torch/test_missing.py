"""Without torch, the message says what to install."""

import sys

import pytest

from cocosynth.core.errors import CocosynthError


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "cocosynth.torch.dataset", raising=False)
    with pytest.raises(CocosynthError, match=r'pip install "cocosynth\[torch\]"'):
        from cocosynth.torch import CompositeDataset  # noqa: F401


def test_other_names_are_not_there():
    import cocosynth.torch

    with pytest.raises(AttributeError, match="has no attribute 'CompositDataset'"):
        cocosynth.torch.CompositDataset  # noqa: B018
