"""Files are opened by `core`, where a path may be a URL; whoever goes past it, says why here."""

import ast
from pathlib import Path

import pytest

import cocosynth

PACKAGE = Path(cocosynth.__file__).parent
ROOMS = ("coco", "sources", "foregrounds", "labels", "scenes", "render", "export", "config")
ROOMS += ("check", "pipeline")
ON_THIS_MACHINE = {  # what is no place that a user names, or is told from a URL just before
    "check/report/gallery.py": "the words of an address",
    "check/report/page.py": "files of the package",
    "coco/texts.py": "what was fetched",
    "coco/disk_table.py": "what was fetched",
    "coco/image_paths.py": "URLs are listed",
    "coco/layout.py": "a store has no links",
    "coco/on_disk.py": "what was fetched",
    "config/from_data.py": "`init` takes paths only",
    "config/relative.py": "absolute paths of this machine",
    "config/starter.py": "`init` takes paths only",
    "export/linked.py": "a store copies by itself",
    "pipeline/dataset.py": "a temporary folder",
    "pipeline/estimate.py": "a temporary folder",
    "sources/catalogue.py": "a store has no links",
    "sources/credits_table.py": "a store has no links",
}
OPENING = {"open", "stat", "lstat", "unlink", "mkdir", "rename", "rglob", "touch", "symlink_to"}
OPENING |= {"write_bytes", "write_text", "read_text", "hardlink_to"}
OTHERS = {"pillow", "tarfile", "self._parts"}  # whose `open` is handed what is open
OF_NAMES = {"path", "folder", "out", "images", "root", "file"}
HARMLESS = {
    "shutil.copyfileobj",
    "os.path.join",
    "os.path.isabs",
    "os.path.split",
    "os.path.splitext",
    "os.fsencode",
}


def past_the_door(name):
    """Yield the calls of a file that work on files of this machine alone."""
    for node in ast.walk(ast.parse((PACKAGE / name).read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        base, _, own = called.rpartition(".")
        first = ast.unparse(node.args[0]) if node.args else ""
        if called == "Path" and first.rpartition(".")[2] in OF_NAMES:
            yield called
        elif base in ("os", "os.path", "shutil") and called not in HARMLESS:
            if any(word in called for word in ("os.path", "shutil", "link", "walk", "scandir")):
                yield called
        elif called == "open" or (own in OPENING and base not in OTHERS and base != "cls"):
            yield called


FILES = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]


@pytest.mark.parametrize("name", [name for name in FILES if name.split("/")[0] in ROOMS])
def test_a_file_is_opened_by_core_or_the_reason_is_known(name):
    found = sorted(set(past_the_door(name)))
    if name not in ON_THIS_MACHINE:
        assert not found
    else:
        assert found, f"{name} is no exception any more"
