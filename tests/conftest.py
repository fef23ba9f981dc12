"""What several tests are handed: real data, small COCO datasets, arrays that refuse changes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from cocosynth.cli import main

collect_ignore = ["clients"]  # each runs in an environment of its own: `make clients`
collect_ignore_glob = ["conftest.py", "*/conftest.py"]  # they hold no doctests

settings.register_profile("cocosynth", deadline=None, max_examples=60)  # machines differ
settings.load_profile("cocosynth")

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in the background

# each process that a test starts would compile the package again: half a second
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def _own_modules_end_with_their_test():
    """Forget what a test imported from its own folder: the next may use the same name."""
    before = set(sys.modules)
    yield
    kept = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]))
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and not file.startswith(kept):
            del sys.modules[name]


@pytest.fixture(scope="session")
def real_coco():
    """Return a folder with COCO's own annotations/, train2017/ and val2017/, or a part of them."""
    folder = os.environ.get("COCOSYNTH_REAL_COCO")
    if not folder:
        pytest.skip("COCOSYNTH_REAL_COCO names no folder of real COCO data")
    return Path(folder)


@pytest.fixture
def small_coco(tmp_path):
    """Return a function that writes ``<name>/instances.json`` and ``<name>/images/``.

    Image records get a size of 40 x 30 and a file of noise unless they say otherwise;
    annotations get an id and the polygon of their ``box`` (x, y, width, height).
    """

    def write(name="photos", *, images=({"id": 1},), annotations=(), categories=None, **tables):
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        records = []
        for image in images:
            record = {"file_name": f"{image['id']}.png", "width": 40, "height": 30, **image}
            if record.pop("file", True):
                pixels = np.random.default_rng(record["id"]).integers(
                    0, 256, (record["height"], record["width"], 3), dtype=np.uint8
                )
                Image.fromarray(pixels).save(folder / "images" / record["file_name"])
            records.append(record)
        numbered = []
        for number, annotation in enumerate(annotations, start=1):
            x, y, w, h = annotation.get("box", (5, 5, 10, 10))
            polygon = [x, y, x + w, y, x + w, y + h, x, y + h]
            numbered.append(
                {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0}
                | {"segmentation": [polygon], "area": w * h, "bbox": [x, y, w, h]}
                | {key: value for key, value in annotation.items() if key != "box"}
            )
        dataset = {
            "images": records,
            "annotations": numbered,
            "categories": [{"id": 1, "name": "dog", "supercategory": "animal"}]
            if categories is None
            else categories,
            **tables,
        }
        (folder / "instances.json").write_text(json.dumps(dataset))
        return folder

    return write


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """The command in this process: the one that stands behind `python -m cocosynth`.

    It takes a hundredth of a second where a new process takes one.
    """

    def run_here(*arguments, **environment):
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["cocosynth", *map(str, arguments)])
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as stop:
                main()
        return subprocess.CompletedProcess(arguments, stop.value.code, *capfd.readouterr())

    return run_here
