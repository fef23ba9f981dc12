"""Imports point down, and the pure modules stay pure."""

import ast
from pathlib import Path

import pytest

import cocosynth

PACKAGE = Path(cocosynth.__file__).parent
LAYERS = [
    {"errors", "structures"},
    {"masks", "coverage", "polygons", "techniques", "fringe", "randomness", "licenses"},
    {"outline", "warp"},
    {"files", "images", "plain_background"},
    {"coco", "extract", "augment", "blend", "placement", "foregrounds"},
    {"options", "claims", "snippets"},
    {"config", "config_schema", "sources", "splits"},
    {"bank", "ground", "backgrounds", "starter"},
    {"occupancy", "annotate"},
    {"studio", "render"},
    {"plan", "export", "validate", "executor"},
    {"fingerprint", "compose", "records", "lineage"},
    {"shards", "manifest", "output", "preview", "bank_store"},
    {"extraction"},
    {"build", "replay", "credits", "datasets", "stats", "merge", "partition"},
    {"progress"},
    {"cli"},
    {"__main__"},
]
PURE = {
    "structures",
    "masks",
    "polygons",
    "warp",
    "fringe",
    "plain_background",
    "extract",
    "foregrounds",
    "outline",
    "augment",
    "blend",
    "placement",
    "occupancy",
    "render",
    "annotate",
    "splits",
    "plan",
    "ground",
    "coverage",
}
SIDE_EFFECTS = {"os", "pathlib", "io", "time", "random", "logging", "subprocess", "files", "images"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Yield the modules that a file imports when it is imported itself or when it runs."""
    typing_only = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            typing_only |= set(ast.walk(node))
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "cocosynth":
                yield from (f"cocosynth.{name.name}" for name in node.names)


def rooms_imported(path):
    return {name.split(".")[1] for name in imports_of(path) if name.startswith("cocosynth.")} - {
        "__version__"
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    level = {room: number for number, layer in enumerate(LAYERS) for room in layer}
    room = room_of(path)
    if room == "__init__":
        return
    for imported in rooms_imported(path) - {room}:
        assert level[imported] < level[room], f"{room} imports {imported}"


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) in PURE], ids=str)
def test_pure_modules_open_nothing_and_draw_nothing(path):
    roots = {name.removeprefix("cocosynth.").split(".")[0] for name in imports_of(path)}
    assert not roots & SIDE_EFFECTS
    assert "default_rng()" not in path.read_text()


def test_every_room_has_a_layer():
    rooms = {room_of(path) for path in MODULES} - {"__init__"}
    assert rooms == set().union(*LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_holds_one_idea(path):
    assert len(path.read_text().splitlines()) <= 300
