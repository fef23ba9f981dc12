"""Imports point down, and the pure rooms stay pure. The package's docstring draws the house."""

import ast
import re
from pathlib import Path

import pytest

import cocosynth

PACKAGE = Path(cocosynth.__file__).parent
FLOORS = [  # from the ground up; a folder imports from those before it only
    "core",
    "coco",
    "sources",
    "foregrounds",
    "labels",
    "scenes",
    "render",
    "export",
    "config",
    "check",
    "datasets",
    "pipeline",
    "tune",
    "torch",
    "cli",
]
STRANGERS = {  # what a folder must not know, though it stands below
    "check": {"foregrounds", "labels", "scenes", "render", "config"},
    "datasets": {"foregrounds", "labels", "scenes", "render", "config"},
    "scenes": {"render"},
    "render": {"sources"},
    "labels": {"foregrounds"},
}
PURE = {"scenes", "render"}  # they open no file and know no clock
PURE_FILES = {  # of rooms that do
    "core/values.py",
    "core/geometry.py",
    "core/randomness.py",
    "core/stratify.py",
    "coco/masks.py",
    "coco/rle.py",
    "coco/polygons.py",
    "foregrounds/cut_out.py",
    "foregrounds/edge_colors.py",
    "foregrounds/octagon.py",
    "foregrounds/plain_background.py",
    "foregrounds/sharpness.py",
    "foregrounds/smooth_outline.py",
    "foregrounds/warp.py",
    "foregrounds/warped.py",
    "foregrounds/wholeness.py",
    "labels/annotate.py",
    "labels/background_layers.py",
    "labels/background_masks.py",
    "labels/label_image.py",
    "labels/resize.py",
}
SIDE_EFFECTS = {"os", "pathlib", "io", "time", "random", "logging", "subprocess", "tempfile"}
OPENING = {"cocosynth.core.files", "cocosynth.core.images", "cocosynth.core.image_header"}
FILES = sorted(PACKAGE.rglob("*.py"))
NAMES = [path.relative_to(PACKAGE).as_posix() for path in FILES]
ROOMS = [name for name in NAMES if "/" in name]


def tree_of(name):
    return ast.parse((PACKAGE / name).read_text())


def imports_of(name, *, typing=True):
    """Yield the modules that a file imports, those it names in strings among them."""
    tree = tree_of(name)
    for_types = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for_types |= set(ast.walk(node))
    for node in ast.walk(tree):
        if node in for_types and not typing:
            continue
        if isinstance(node, ast.Import):
            yield from (imported.name for imported in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{imported.name}" for imported in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\bcocosynth(?:\.[a-z_]\w*)+", node.value)


def rooms_imported(name):
    ours = (module.split(".") for module in imports_of(name) if module.startswith("cocosynth."))
    return {parts[1] for parts in ours if (PACKAGE / parts[1]).is_dir()}


@pytest.mark.parametrize("room", FLOORS)
def test_imports_point_down(room):
    allowed = {*FLOORS[: FLOORS.index(room) + 1]} - STRANGERS.get(room, set())
    names = [name for name in ROOMS if name.split("/")[0] == room]
    assert names
    wrong = {name: rooms_imported(name) - allowed for name in names}
    assert not {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize("name", [n for n in ROOMS if n.split("/")[0] in PURE or n in PURE_FILES])
def test_pure_files_open_nothing_and_draw_nothing(name):
    imported = set(imports_of(name, typing=False))
    assert not {module.split(".")[0] for module in imported} & SIDE_EFFECTS
    assert not imported & OPENING
    assert "default_rng()" not in (PACKAGE / name).read_text()


def test_every_room_has_a_floor_and_the_top_holds_nothing_else():
    top = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert top == {*FLOORS, "__init__.py", "__main__.py", "py.typed"}


def test_every_pure_file_is_there():
    assert set(NAMES) >= PURE_FILES


def test_a_file_holds_one_idea():
    lines = {name: len((PACKAGE / name).read_text().splitlines()) for name in NAMES}
    assert not {name: count for name, count in lines.items() if count > 300}
