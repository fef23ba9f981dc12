"""What the parent of a build keeps does not grow with the images, or by few bytes for each."""

import json
import tracemalloc

import numpy as np
import pytest
from small_builds import built, write_backgrounds, write_cutouts

from cocosynth.check.stats import read_columns
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.tables import read_tables
from cocosynth.coco.document import Document
from cocosynth.pipeline.shards import shards_of, split_parts

SIZES = {"train": 12}, {"train": 60}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts", copies=2)
    write_backgrounds(folder / "backgrounds", 3)
    return folder


@pytest.fixture(scope="module")
def built_twice(project):
    """The same sources in a small and in a larger build."""
    return [
        built(project, f"out{number}", splits=splits, report=False, objects_per_image=2)[0]
        for number, splits in enumerate(SIZES)
    ]


def test_manifest_and_configuration_do_not_grow_with_the_images(built_twice):
    """Each image in the manifest would be 48 more entries of ten bytes at the least."""
    for name in ("manifest.json", "config.yaml"):
        small, large = ((out / name).stat().st_size for out in built_twice)
        assert large - small < 40, name  # digits of counts
    small, large = (json.loads((out / "manifest.json").read_bytes()) for out in built_twice)
    assert len(large["photographs"]) == len(small["photographs"]) == 9


def write_many(path, images, annotations=1):
    """Write a COCO file of records as a build writes them."""
    with path.open("w") as stream:
        stream.write('{"images": [')
        for number in range(1, images + 1):
            stream.write("," * (number > 1) + json.dumps(image(number)))
        stream.write('], "annotations": [')
        for number in range(1, images * annotations + 1):
            record = annotation(number, (number - 1) // annotations + 1)
            stream.write("," * (number > 1) + json.dumps(record))
        stream.write('], "categories": [{"id": 1, "name": "a", "supercategory": "b"}]}')
    return path


def image(number):
    name = f"{number // 100:05d}/{number:012d}.jpg"
    return {"id": number, "file_name": name, "width": 64, "height": 48}


def annotation(number, image_id):
    return {
        "id": number,
        "image_id": image_id,
        "category_id": 1,
        "bbox": [4, 5, 10, 10],
        "area": 100,
        "iscrowd": 0,
        "segmentation": [[4, 5, 14, 5, 14, 15, 4, 15]],
    }


def bytes_kept(made):
    """Return what a function keeps of memory, while what it returns is there."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = made()
        return tracemalloc.get_traced_memory()[0] - before, kept
    finally:
        tracemalloc.stop()


def slope(tmp_path, read, sizes=(2000, 6000)):
    found = [bytes_kept(lambda p=p: read(p))[0] for p in _files(tmp_path, sizes)]
    return (found[1] - found[0]) / (sizes[1] - sizes[0])


def _files(tmp_path, sizes):
    return [write_many(tmp_path / f"{size}.json", size) for size in sizes]


def test_checking_keeps_few_bytes_of_an_image(tmp_path):
    """It was some 275: a dictionary of ids, a text for each name, a list of positions."""

    def read(path):
        document = Document(path, on_disk=True)
        return document, read_tables(document, Findings(), references=True)

    assert slope(tmp_path, read) < 110  # of these 32 are the places of two records


def test_columns_keep_few_bytes_of_an_image(tmp_path):
    assert slope(tmp_path, read_columns) < 130


def test_gathering_keeps_few_bytes_of_an_image(tmp_path):
    """Files of shards are read one at a time; of each image five numbers stay."""
    pools = {"train": type("Pool", (), {"images": 0, "repeats": False})()}
    inputs = type("Inputs", (), {"pools": pools})()
    with split_parts(tmp_path, inputs, "train") as parts:
        arrays = [a for a in vars(parts).values() if isinstance(a, np.ndarray)]
    assert len(arrays) == 5
    assert sum(each.itemsize for each in arrays) < 32


def test_scheduling_keeps_few_bytes_of_an_image():
    """It was some 150 where every image has the one background: an array for each round."""
    scenes = 4000
    pool = {"images": scenes, "siblings": 1, "backgrounds": np.arange(1), "repeats": True}
    inputs = type("Inputs", (), {"seed": 1, "pools": {"train": type("Pool", (), pool)()}})()
    tracemalloc.start()
    try:
        shards = sum(1 for _ in shards_of(inputs, "train"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert shards == scenes / 8
    assert peak / scenes < 60
