"""Projects with something wrong in them, a function each, and what has to become of them.

Every function in the files of this folder that is marked `refused` or `skips` is a case, found
by its name and run by `tests/acceptance/test_bad_input.py`. It is given a folder with a project that builds,
and spoils it.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from small_builds import write_annotated, write_backgrounds, write_config, write_cutouts

PHOTOS = {"coco": "photos/instances.json", "images": "photos/images"}
SIZE = (60, 80)
NO_MASK = (
    "segmentation is missing: boxes alone cannot be cut out; make masks first, for example with a "
    "segment-anything model"
)


@dataclass(frozen=True)
class Case:
    """A project, and either the one line it is refused with or all that is left out of it."""

    name: str
    spoil: Callable[[Path], None]
    message: str | None = None
    skipped: dict[str, int] | None = None


def refused(message):
    """Mark a case that ends with exit code 2 and exactly this line."""
    return lambda function: _mark(function, message=message)


def skips(reasons):
    """Mark a case that is built, and leaves out exactly this: {"source: reason": count}.

    Objects that fit nowhere are not listed: they are no fault of the input.
    """
    return lambda function: _mark(function, skipped=reasons)


def _mark(function, **outcome):
    function.outcome = outcome
    return function


def cases():
    found = []
    for module in pkgutil.iter_modules(__path__):
        content = vars(importlib.import_module(f"{__name__}.{module.name}"))
        for name, function in content.items():
            if hasattr(function, "outcome"):
                found.append(Case(f"{module.name}-{name}", function, **function.outcome))
    return found


def write_project(folder, **changes):
    """Write a small project that builds: a COCO dataset to cut out of, and two backgrounds."""
    write_annotated(folder / "photos", [(10, 10, 20, 16), (40, 30, 18, 18)], size=SIZE, count=2)
    write_backgrounds(folder / "views", count=2, size=SIZE)
    configure(folder, **changes)


def configure(folder, **changes):
    settings = {
        "splits": {"train": 3},
        "canvas": {"width": SIZE[1], "height": SIZE[0]},
        "foregrounds": [PHOTOS],
        "backgrounds": [{"folder": "views"}],
        "objects_per_image": [1, 2],
        "augment": None,
        "limits": {"min_area": 20},
    }
    write_config(folder, **settings | changes)


def use_cutouts(folder, **source):
    """Cut out of a folder of pictures instead."""
    write_cutouts(folder / "cutouts", names=("disk",), copies=2)
    configure(folder, foregrounds=[{"folder": "cutouts", **source}])


def change(folder, edit, name="photos"):
    """Change the COCO file of a source by a function of its content."""
    path = folder / name / "instances.json"
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def change_annotation(folder, **fields):
    """Change fields of the first of the four annotations."""
    change(folder, lambda content: content["annotations"][0].update(fields))


def change_image(folder, **fields):
    """Change fields of the record of the first of the two images, which has two annotations."""
    change(folder, lambda content: content["images"][0].update(fields))


def noise(size=SIZE, channels=3, seed=7):
    return np.random.default_rng(seed).integers(0, 256, (*size, channels), dtype=np.uint8)


def picture(folder, **options):
    """Write the file of the first image anew: a picture, saved with some options of Pillow's."""
    mode = options.pop("mode", "RGB")
    size = options.pop("size", SIZE)
    path = folder / "photos/images/0.png"
    Image.fromarray(noise(size)).convert(mode).save(path, options.pop("format", "PNG"), **options)
    return path
