"""The source code of a class of the user's own has a digest that changes with it."""

import importlib
import linecache
import re
import sys
import types

import pytest

from cocosynth.core.errors import CocosynthError
from cocosynth.core.registry import Kind
from cocosynth.core.source_code import source_digest
from cocosynth.core.versions import difference
from cocosynth.render.blend import BLEND
from cocosynth.render.blend.feather import Feather

CLASS = """\
from dataclasses import dataclass

@dataclass(frozen=True)
class Mine:
    def sample(self, rng, *, size, canvas): ...
"""


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """Return a function that writes modules and imports a class of one."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def imported(module="mine", **texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text)
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module(module).Mine

    yield imported
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_any_change_of_the_module_counts(imported):
    texts = (CLASS, CLASS + "LIMIT = 2\n", CLASS + "LIMIT = 30\n", CLASS)
    digests = [source_digest(imported(mine=text), "mine:Mine") for text in texts]
    assert len(set(digests)) == 3
    assert digests[0] == digests[-1]


def test_the_module_that_defines_the_class_counts_not_the_one_that_offers_it(imported):
    one, other = (
        source_digest(imported("offers", mine=text, offers="from mine import Mine"), "x")
        for text in (CLASS, CLASS + "LIMIT = 2\n")
    )
    assert one != other


def test_without_source_the_bytes_of_the_file_count(tmp_path):
    module = types.ModuleType("compiled")
    exec(CLASS.replace("@dataclass(frozen=True)", ""), vars(module))
    sys.modules["compiled"] = module
    try:
        module.__file__ = str(tmp_path / "compiled.so")
        digests = set()
        for content in (b"\x7fELF\xff", b"\x7fELF\xfe"):
            (tmp_path / "compiled.so").write_bytes(content)
            digests.add(source_digest(module.Mine, "compiled:Mine"))
        assert len(digests) == 2
        del module.__file__
        with pytest.raises(CocosynthError, match="^compiled:Mine: its source code cannot be read"):
            source_digest(module.Mine, "compiled:Mine")
    finally:
        del sys.modules["compiled"]


def test_in_a_notebook_the_methods_count(monkeypatch):
    digests = set()
    for cell in (CLASS, CLASS.replace("...", "return None")):
        monkeypatch.setitem(linecache.cache, "<cell>", (len(cell), None, cell.splitlines(True), ""))
        scope = {"__name__": "no_module"}
        exec(compile(cell.replace("@dataclass(frozen=True)", ""), "<cell>", "exec"), scope)
        digests.add(source_digest(scope["Mine"], "__main__:Mine"))
    assert len(digests) == 2


def test_only_classes_of_the_users_own_have_a_digest(imported):
    kind = Kind("augment", "", {"feather": Feather}, {}, many=True)
    imported(mine=CLASS)
    found = kind.source_code(["feather", "mine:Mine", {"mine:Mine": None}])
    assert list(found) == ["mine:Mine"]
    assert re.fullmatch("[0-9a-f]{64}", found["mine:Mine"])
    assert BLEND.source_code({"feather": {"radius": 3}}) == {}


@pytest.mark.parametrize("place", [(), ("blend",)])
def test_a_changed_class_is_named_and_its_digest_is_not_shown(place):
    before, now = {"source_code": {"a.b:C": "1"}}, {"source_code": {"a.b:C": "2"}}
    for key in place:
        before, now = {key: before}, {key: now}
    assert difference(before, now) == "a.b:C has changed since"
