"""What every exporter of the table keeps to; a new one is tested by standing there."""

import contextlib
import io
import json
import tracemalloc
from dataclasses import dataclass

import msgspec
import numpy as np
import pytest
from readers import AS_HELD, EXACT, HOLDS_CROWDS, KEYPOINTS, READERS
from small_builds import (
    setup_of,
    tree,
    write_annotated,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.core.progress import silent
from cocosynth.core.skipped import Skipped
from cocosynth.export import EXPORTERS, Numbered, ScenesExporter
from cocosynth.export.formats import make_formats
from cocosynth.pipeline.build import build
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.shards import ShardMaker
from cocosynth.sources.survey import survey

ALL = sorted(EXPORTERS)
SPLITS = {"train": 12, "val": 4, "empty": 0}


def formats(name):
    """Return the formats of a build; poses are compared with the keypoints of COCO."""
    more = {"coco": [], "yolo_pose": ["coco_keypoints", "yolo_pose"]}
    return ["coco", *more.get(name, [name])]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Cut-outs with holes and parts, and backgrounds with a crowd and a disk with keypoints."""
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "plain")
    crowd = {"iscrowd": 1}
    write_annotated(folder / "annotated", [(10, 20, 60, 40)], size=(120, 161), count=6, **crowd)
    path = folder / "annotated/instances.json"
    content = json.loads(path.read_text())
    content["categories"][0]["keypoints"] = KEYPOINTS
    for number, annotation in enumerate([*content["annotations"]], start=100):
        points = {"keypoints": [102, 62, 2, 120.5, 70, 1, 0, 0, 0], "num_keypoints": 2}
        square = [[100, 60, 130, 60, 130, 90, 100, 90]]
        box = {"bbox": [100, 60, 30, 30], "area": 900, "iscrowd": 0, "segmentation": square}
        content["annotations"].append(annotation | box | points | {"id": number})
    path.write_text(json.dumps(content))
    return folder


def choices(name):
    coco = {"coco": "annotated/instances.json", "images": "annotated/images"}
    return {
        "splits": SPLITS,
        "objects_per_image": [1, 5],
        "backgrounds": [coco | {"annotations": "keep"}, {"folder": "plain"}],
        "export": {"image_format": "png", "formats": formats(name)},
    }


def made(project, out, name, *, start="new", progress=silent, executor=None, **changes):
    config = load_config(write_config(project, **(choices(name) | changes)))
    options = {"start": start, "progress": progress, "executor": executor}
    return project / out, build(config, project / out, folder=project, **options)


@pytest.fixture(scope="module", params=ALL)
def dataset(request, project):
    out, summary = made(project, request.param, request.param)
    return request.param, out, summary


def maker_of(project, name, work):
    """Return what makes the images of a build, and writes them into a folder of its own."""
    setup = setup_of(project, work / "bank", **choices(name))
    config = load_config(project / "cocosynth.yaml")
    catalogue = survey(config, project)
    context = config.export_context(work, categories=catalogue.categories, photos=catalogue.photos)
    return ShardMaker(Composer(setup), make_formats(context), context, work)


def truth(maker):
    """Yield what is visible in each image, from its label image."""
    names = {category.id: category.name for category in maker.context.categories}
    for split, count in SPLITS.items():
        for index in range(count):
            sample = maker.compose(split, index, Skipped())
            masks = []
            for annotation in sample.annotations:
                mask = np.zeros(sample.scene.size, np.uint8)
                mask[annotation.box.slices] = annotation.mask
                masks.append((names[annotation.category_id], annotation.crowd, mask))
            yield split, sample.file_name, masks


def test_labels_read_back_are_those_of_the_label_images(project, dataset, tmp_path):
    name, out, _ = dataset
    with contextlib.redirect_stdout(io.StringIO()):
        found = {split: READERS[name](out, split) for split, count in SPLITS.items() if count}
    exact = 0
    for split, file_name, masks in truth(maker_of(project, name, tmp_path)):
        read = found[split].pop(file_name)
        wanted = [mask for mask in masks if HOLDS_CROWDS[name] or not mask[1]]
        wanted = AS_HELD.get(name, list)(wanted)
        assert [label[:2] for label in read] == [label[:2] for label in wanted]
        for (_, _, mask), (_, _, expected) in zip(read, wanted, strict=True):
            if EXACT[name](expected):
                exact += 1
                assert np.array_equal(mask, expected)
            assert (mask & expected).sum() == expected.sum()
            assert (mask & expected).sum() / (mask | expected).sum() > 0.9
    assert exact > 20
    assert found == {"train": {}, "val": {}}, "labels of images that are not there"


def test_what_a_format_cannot_hold_is_counted(dataset):
    name, _, summary = dataset
    crowds = [row.count for row in summary.skipped.rows() if "crowd" in row.reason]
    assert bool(crowds) != HOLDS_CROWDS[name]


def test_a_second_run_and_other_workers_give_the_same_bytes(project, dataset):
    name, out, _ = dataset
    again, _ = made(project, f"{name}-workers", name, executor=Processes(2))
    assert tree(again) == tree(out)


@pytest.mark.parametrize("moment", ["first shard", "last shard"])
def test_a_build_that_was_stopped_ends_with_the_same_bytes(project, dataset, moment):
    name, out, _ = dataset
    stopped = f"{name}-stopped-{moment[:4]}"

    def impatient(title, answers, total, size):
        for number, answer in enumerate(answers):
            yield answer
            if title == "composing images" and number == 0 and moment == "first shard":
                raise KeyboardInterrupt
        if title == "composing images":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(project, stopped, name, progress=impatient)
    again, _ = made(project, stopped, name, start="resume")
    assert tree(again) == tree(out)


@pytest.mark.parametrize(
    "other", ["coco", *(pytest.param(n, marks=pytest.mark.slow) for n in ("voc", "yolo_detect"))]
)
def test_overwrite_leaves_nothing_of_another_format(project, dataset, other):
    name, out, _ = dataset
    again, _ = made(project, f"{other}-then-{name}", other, splits={"train": 2, "old": 1})
    made(project, again.name, name, start="overwrite")
    assert tree(again) == tree(out)
    assert {path.name for path in again.iterdir()} == {path.name for path in out.iterdir()}


def test_only_products_and_images_are_written(dataset):
    name, out, _ = dataset
    products = {*ScenesExporter.products, *EXPORTERS["coco"].products, *EXPORTERS[name].products}
    fixed = {"config.yaml", "preview.png", "report.html", "report_files/", "manifest.json"}
    found = {f"{path.name}/" if path.is_dir() else path.name for path in out.iterdir()}
    assert found == products | fixed | {f"{split}/" for split in SPLITS}


@pytest.mark.parametrize("exporter", [*EXPORTERS.values(), ScenesExporter])
def test_no_split_can_take_the_folder_of_a_product(tmp_path, exporter):
    for product in exporter.products:
        name = product.rstrip("/")
        for split in (name, name.upper()):
            with pytest.raises(CocosynthError, match=f"splits: '{split}' cannot name a folder"):
                load_config(write_config(tmp_path, splits={split: 1}))


@dataclass(frozen=True)
class Source:
    """Parts of many images, each made when it is asked for."""

    part: bytes
    annotations: int
    count: int

    def __iter__(self):
        for number in range(self.count):
            start = number * self.annotations + 1
            ids = range(start, start + self.annotations)
            yield Numbered(number + 1, ids, msgspec.Raw(self.part))


@pytest.mark.parametrize(
    "name",
    ["scenes", "yolo", *(pytest.param(n, marks=pytest.mark.slow) for n in ALL if n != "yolo")],
)
def test_parts_stream(project, tmp_path, name):
    """More images need no more memory, once the buffers of a table are full."""
    maker = maker_of(project, "coco" if name == "scenes" else name, tmp_path)
    [format] = [format for format in maker.formats if format.name == name]
    for folder in ("train/", *format.exporter.products):
        if folder.endswith("/"):
            (tmp_path / folder).mkdir()
    sample = maker.compose("train", 0, Skipped())
    (tmp_path / "train" / sample.file_name).write_bytes(b"an image")
    part = bytes(format.write(sample))

    def peak(count):
        tracemalloc.start()
        format.finish("train", Source(part, len(sample.annotations), count))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    # of a small file all is buffered
    counts = {"panoptic": (8000, 16_000), "yolo": (500, 2000)}.get(name, (2000, 8000))
    few, many = (min(peak(count) for _ in range(2)) for count in counts)  # threads of others
    assert many < few + 100_000
