"""Only what images try is cut out of a source, and no byte depends on it."""

import copy
import json

import cv2
import numpy as np
import pytest

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes, Serial
from cocosynth.core.progress import silent
from cocosynth.export.manifest import read_manifest
from cocosynth.foregrounds.bank import Entry
from cocosynth.pipeline import build as story
from cocosynth.pipeline import tried
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dataset import Compositor
from cocosynth.pipeline.dry_run import dry_run
from cocosynth.pipeline.extract import extract
from cocosynth.tune.bank import Kept, LazyBank, Way
from cocosynth.tune.sources import read_sources
from tests.small_builds import tree, write_backgrounds, write_config

PHOTOS, EACH = 24, 4
SOURCE = {"coco": "photos/instances.json", "images": "photos/images"}
BROKEN = "choice of an instance whose photograph cannot be decoded"
CROWDED = {  # most of what is tried does not fit
    "splits": {"train": 4, "val": 2},
    "foregrounds": [SOURCE],
    "objects_per_image": 4,
    "augment": [{"scale": {"factor_range": [0.5, 3.0]}}],
    "limits": {"min_visibility": 0.95},
    "tries": 1,
}


def write_photos(folder, broken=()):
    """Write photographs that show some rectangles each; damage the pixels of some."""
    images = folder / "images"
    images.mkdir(parents=True)
    annotations = []
    for number in range(PHOTOS):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 255, (100, 140, 3), dtype=np.uint8)
        content = bytearray(cv2.imencode(".png", pixels)[1].tobytes())
        if number in broken:
            content[len(content) // 2] ^= 255
        (images / f"{number}.png").write_bytes(content)
        for place in range(EACH):
            x, y, w, h = 5 + 32 * place, 10 + number, 12 + place, 14 + number
            outline = [x, y, x + w, y, x + w, y + h, x, y + h]
            annotations.append(
                {
                    **{"id": len(annotations) + 1, "image_id": number + 1, "iscrowd": 0},
                    **{"category_id": place % 2 + 1, "bbox": [x, y, w, h], "area": w * h},
                    "segmentation": [outline],
                }
            )
    dataset = {
        "images": [
            {"id": n + 1, "file_name": f"{n}.png", "width": 140, "height": 100}
            for n in range(PHOTOS)
        ],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "box"}, {"id": 2, "name": "crate"}],
    }
    (folder / "instances.json").write_text(json.dumps(dataset))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_photos(folder / "photos", broken=(3, 4, 5, 11, 12, 20))
    write_backgrounds(folder / "backgrounds", count=5)
    return folder


@pytest.fixture(scope="module")
def built(project):
    """Build once as it is done, and return the dataset and its bank as it was left."""
    out = project / "out"
    return out, build(load_config(write_config(project, **CROWDED)), out, folder=project)


@pytest.fixture
def banks(monkeypatch):
    """Take up the setups that builds made their images with."""
    seen = []

    def cut(*arguments):
        seen.append(tried.cut_what_is_tried(*arguments))
        return seen[-1]

    monkeypatch.setattr(story, "cut_what_is_tried", cut)
    return seen


def test_only_first_choices_are_cut_out_beforehand(project, banks, tmp_path):
    config = load_config(write_config(project, **CROWDED | {"splits": {"train": 3}}))
    build(config, tmp_path / "out", folder=project)
    bank = banks[0].inputs.bank
    assert len(bank) == PHOTOS * EACH
    assert 0 < np.count_nonzero(bank.entries["pixels"]) <= 3 * 4
    assert bank.read_late, "none was cut out late, so nothing here is tested"


def test_images_of_a_build_do_not_depend_on_what_is_cut_out_beforehand(
    project, built, banks, tmp_path, monkeypatch
):
    monkeypatch.setattr(tried, "MOST", 0.0)
    build(load_config(write_config(project, **CROWDED)), tmp_path / "out", folder=project)
    assert not banks[0].inputs.bank.read_late
    assert tree(tmp_path / "out") == tree(built[0])


def test_a_bank_cut_out_whole_gives_the_same_dataset(project, built, tmp_path):
    config = load_config(write_config(project, **CROWDED))
    made = extract(config, tmp_path / "bank", folder=project, gallery=2)
    assert len(made.bank) == PHOTOS * EACH
    reason = "instance whose photograph cannot be decoded"
    assert made.skipped["photos/instances.json", reason] == 6 * EACH
    build(config, tmp_path / "out", folder=project, bank=tmp_path / "bank")
    assert tree(tmp_path / "out") == tree(built[0])


@pytest.mark.slow
def test_workers_give_the_same_dataset(project, built, tmp_path):
    config = load_config(write_config(project, **CROWDED))
    build(config, tmp_path / "out", folder=project, executor=Processes(2))
    assert tree(tmp_path / "out") == tree(built[0])


def test_what_cannot_be_decoded_is_counted_where_it_is_chosen(built, project):
    out, summary = built
    assert summary.skipped["photos/instances.json", BROKEN] > 0
    manifest = read_manifest(out / "manifest.json")
    assert BROKEN in {row.reason for row in manifest.skipped}
    broken = {f"{number}.png" for number in (3, 4, 5, 11, 12, 20)}
    used = {p.file_name for p in manifest.photographs if p.dataset == SOURCE["coco"]}
    assert used
    assert not broken & used
    config = load_config(write_config(project, **CROWDED))
    planned = dry_run(config, folder=project).summary
    assert planned.skipped == summary.skipped


def test_the_first_images_are_those_of_all(project, built, tmp_path):
    config = load_config(write_config(project, **CROWDED))
    build(config, tmp_path / "out", folder=project, limit=1)
    name = "train/000000000001.png"
    first = next((tmp_path / "out").rglob(name)).read_bytes()
    assert first == next(built[0].rglob(name)).read_bytes()


def test_who_wants_nothing_to_be_skipped_is_told(project, tmp_path):
    config = load_config(write_config(project, **CROWDED, on_bad_input="fail"))
    with pytest.raises(CocosynthError, match=BROKEN):
        build(config, tmp_path / "out", folder=project)


def test_a_source_of_broken_photographs_only_is_said_to_be_so(tmp_path):
    write_photos(tmp_path / "photos", broken=range(PHOTOS))
    write_backgrounds(tmp_path / "backgrounds")
    config = load_config(write_config(tmp_path, **CROWDED))
    with pytest.raises(CocosynthError, match="cannot be decoded"):
        build(config, tmp_path / "out", folder=tmp_path)


def test_what_must_be_sharp_is_decoded_before_anything_is_planned(project, banks, tmp_path):
    source = SOURCE | {"min_sharpness": 0.01}
    config = load_config(write_config(project, **CROWDED | {"foregrounds": [source]}))
    summary = build(config, tmp_path / "out", folder=project)
    bank = banks[0].inputs.bank
    assert bank.entries["pixels"].all()
    assert len(bank) == (PHOTOS - 6) * EACH
    rows = summary.skipped
    assert rows["photos/instances.json", "instance whose image file is truncated or damaged"] == 24


def test_a_compositor_cuts_out_what_its_images_try(project, tmp_path):
    config = load_config(write_config(project, **CROWDED))
    lazy = Compositor(config, folder=project)
    bank = lazy._setup.inputs.bank
    assert not bank.entries["pixels"].any(), "it was all cut out first"
    extract(config, tmp_path / "bank", folder=project, gallery=0)
    whole = Compositor(config, folder=project, bank=tmp_path / "bank")
    for compositor, other in ((lazy, whole), (lazy.epoch(1), whole.epoch(1))):
        for number in (3, 0):
            made, same = compositor[number], other[number]
            assert np.array_equal(made.image, same.image)
            assert made.scene == same.scene
    number = lazy[0].scene.placements[0].instance
    elsewhere = copy.copy(bank.late)  # as another process gets it
    there = elsewhere.instance(number, Entry(*bank.entries[number].item()))
    assert np.array_equal(there.pixels[0], bank.rgba(number))
    assert not elsewhere.hashes, "it was cut out again, not taken from disk"


def test_a_compositor_of_many_objects_cuts_all_out_first(project):
    config = load_config(write_config(project, **CROWDED | {"splits": {"train": 12}}))
    assert Compositor(config, folder=project)._setup.inputs.bank.entries["pixels"].any()


def test_tune_cuts_out_what_its_pictures_try(project, tmp_path):
    config = load_config(write_config(project, **CROWDED))
    sources = read_sources(config, project, Serial(), silent)
    assert not sources.bank.entries["pixels"].any()
    bank = LazyBank.of(sources.bank, [Way("", lambda rgba: rgba[:, ::-1].copy(), False)], Kept())
    whole = extract(config, tmp_path / "bank", folder=project, gallery=0).bank
    number = int(np.flatnonzero(whole.entries["pixels"])[5])
    shown, there = bank.rgba(number), whole.rgba(number)[:, ::-1]
    assert np.array_equal(shown[..., 3], there[..., 3])
    one, same = bank.entry(number), whole.entry(number)
    assert (one.box, one.area, one.whole) == (same.box, same.area, pytest.approx(same.whole))
