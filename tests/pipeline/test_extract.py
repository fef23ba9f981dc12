"""A bank that was cut out before gives the same dataset, or is refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from small_builds import (
    COLORS,
    tree,
    write_annotated,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes, Serial
from cocosynth.pipeline.build import build
from cocosynth.pipeline.extract import extract

PHOTOS = {"coco": "photos/instances.json", "images": "photos/images"}
KEPT = {"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}


@pytest.fixture
def project(tmp_path):
    """A project whose foregrounds are cut-outs and COCO photographs."""
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    write_annotated(tmp_path / "photos", [(10, 10, 40, 30)], category="box", count=3)
    return tmp_path


def settings(folder, **changes):
    changes = {"foregrounds": [{"folder": "cutouts"}, PHOTOS]} | changes
    return load_config(write_config(folder, **changes))


def cut(folder, out="bank", *, changes=None, **options):
    return extract(settings(folder, **(changes or {})), folder / out, folder=folder, **options)


def build_with(folder, out, bank="bank", **changes):
    config = settings(folder, **changes)
    return build(config, folder / out, folder=folder, bank=bank and folder / bank)


CHOICES = {
    "as it is": {},
    "another seed": {"seed": 9},
    "other splits": {"splits": {"a": 3, "b": 1, "c": 2}},
    "other augmentations": {"augment": [{"translate": {}}], "placement": "source"},
    "another feather": {"blend": {"feather": {"radius": 5}}},
    "numbered categories": {"export": {"category_ids": "contiguous", "image_format": "png"}},
    "weights": {"category_weights": {"disk": 5}},
}


@pytest.mark.parametrize("changes", CHOICES.values(), ids=CHOICES)
def test_a_build_with_a_bank_gives_the_bytes_of_one_without(project, changes):
    cut(project)
    before = tree(project / "bank")
    build_with(project, "with", **changes)
    build_with(project, "without", bank=None, **changes)
    assert tree(project / "with") == tree(project / "without")
    assert tree(project / "bank") == before


def test_annotated_backgrounds_that_renumber_categories_share_the_bank(project):
    """Cut-outs take the ids that the backgrounds leave free."""
    write_annotated(project / "views", [(5, 5, 20, 20)], category="table", count=3)
    cut(project)
    build_with(project, "with", backgrounds=[KEPT])
    build_with(project, "without", bank=None, backgrounds=[KEPT])
    assert tree(project / "with") == tree(project / "without")


def test_what_could_not_be_cut_out_is_told_with_and_without(project):
    (project / "cutouts/bar/0.png").write_bytes(b"no picture")
    content = json.loads((project / "photos/instances.json").read_text())
    content["annotations"][0]["segmentation"] = [[1, 2]]
    (project / "photos/instances.json").write_text(json.dumps(content))
    cut(project)
    summary = build_with(project, "with")
    assert summary.skipped.rows() == build_with(project, "without", bank=None).skipped.rows() != []
    assert tree(project / "with") == tree(project / "without")


def test_the_number_of_workers_changes_no_byte_of_a_bank(project):
    write_cutouts(project / "cutouts", names=[*COLORS], copies=40)
    cut(project, "a")
    cut(project, "b", executor=Processes(2))
    assert tree(project / "a") == tree(project / "b")
    assert sum(name.endswith(".rgba") for name in tree(project / "a")) > 1


def test_a_bank_moves_with_its_sources(project):
    cut(project)
    (project.parent / "elsewhere").mkdir()
    moved = shutil.copytree(project, project.parent / "elsewhere/project")
    for path in moved.rglob("*"):
        os.utime(path, (1, 1))
    build_with(moved, "out")


def repaint(project):
    path = project / "cutouts/disk/1.png"
    path.write_bytes((project / "cutouts/ring/0.png").read_bytes())


def redraw(project):
    path = project / "photos/instances.json"
    content = json.loads(path.read_text())
    content["annotations"][1]["segmentation"][0][0] += 3
    path.write_text(json.dumps(content))


def age(project):
    """As a bank was before its entries said how whole an instance is."""
    path = project / "bank/bank.json"
    content = json.loads(path.read_text())
    del content["form"]
    path.write_text(json.dumps(content))


def hide(project):
    """Another annotation, which is not cut out, comes into a photograph."""
    path = project / "photos/instances.json"
    content = json.loads(path.read_text())
    content["annotations"].append(content["annotations"][0] | {"id": 99, "iscrowd": 1})
    path.write_text(json.dumps(content))


def extend(project):
    shutil.copy(project / "cutouts/disk/1.png", project / "cutouts/disk/9.png")


OTHERS = {
    "a picture changed": (repaint, {}, "the files, annotations or options of cutouts have changed"),
    "a picture came": (extend, {}, "the files, annotations or options of cutouts have changed"),
    "a mask changed": (redraw, {}, "options of photos/instances.json have changed"),
    "a neighbour came": (hide, {}, "options of photos/instances.json have changed"),
    "an earlier version": (age, {}, "another version of cocosynth made it"),
    "another matte": (
        None,
        {"foregrounds": [{"folder": "cutouts", "matte": "guided"}, PHOTOS]},
        "options of cutouts have changed",
    ),
    "another rim": (None, {"blend": {"feather": {"rim": 5}}}, "rim was 2 and is 5 now"),
    "another blend": (None, {"blend": "paste"}, "mode was 'feather' and is 'paste'"),
}


@pytest.mark.parametrize(("act", "changes", "message"), OTHERS.values(), ids=OTHERS)
def test_a_bank_of_something_else_is_refused(project, act, changes, message):
    cut(project)
    if act:
        act(project)
    with pytest.raises(CocosynthError, match=message) as error:
        build_with(project, "out", **changes)
    assert "extract" in str(error.value)
    assert str(project / "bank") in str(error.value)
    assert not (project / "out").exists()


def test_other_options_of_a_foreground_are_another_bank(project):
    cut(project)
    write_config(project, foregrounds=[{"folder": "cutouts"}, {**PHOTOS, "area_range": [5, None]}])
    config = load_config(project / "cocosynth.yaml")
    with pytest.raises(CocosynthError, match="options of photos/instances.json have changed"):
        build(config, project / "out", folder=project, bank=project / "bank")


@pytest.mark.parametrize("loss", ["000000.rgba", "000000.msgpack", "bank.json"])
def test_a_bank_that_is_not_whole_is_refused_and_left_alone(project, loss):
    cut(project)
    (project / "bank" / loss).unlink()
    before = tree(project / "bank")
    with pytest.raises(CocosynthError, match="missing or damaged|no bank"):
        build_with(project, "out")
    (project / "bank" / loss).write_bytes(b"{")
    with pytest.raises(CocosynthError, match="missing or damaged|cannot be read"):
        build_with(project, "out")
    assert {**before, loss: b"{"} == tree(project / "bank")


def test_a_bank_is_replaced_on_demand_only(project):
    cut(project)
    before = tree(project / "bank")
    extend(project)
    with pytest.raises(CocosynthError, match="holds a bank; --overwrite"):
        cut(project)
    assert tree(project / "bank") == before
    cut(project, overwrite=True)
    assert tree(project / "bank") != before
    build_with(project, "out")


def test_a_folder_of_something_else_is_left_alone(project):
    (project / "mine").mkdir()
    (project / "mine/thesis.json").write_text("{}")
    for overwrite in (False, True):
        with pytest.raises(CocosynthError, match="no bank of ours"):
            cut(project, "mine", overwrite=overwrite)
    with pytest.raises(CocosynthError, match="lies inside of the source"):
        cut(project, "cutouts/bank")
    with pytest.raises(CocosynthError, match="is a file"):
        cut(project, "cocosynth.yaml")
    assert tree(project / "mine") == {"thesis.json": b"{}"}


def test_an_extraction_that_cannot_succeed_leaves_nothing(project):
    (project / "cutouts/bar/0.png").write_bytes(b"no picture")
    with pytest.raises(CocosynthError, match="bar/0.png"):
        cut(project, changes={"on_bad_input": "fail"})
    assert not (project / "bank").exists()


def test_a_killed_extraction_goes_on_where_it_was(project, here):
    write_cutouts(project / "cutouts", copies=120)
    settings(project)
    command = ["extract", "-q", "--workers", "1", "-o"]
    child = subprocess.Popen([sys.executable, "-m", "cocosynth", *command, "part"], cwd=project)
    while not (project / "part/000001.msgpack").exists() and child.poll() is None:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (project / "part/bank.json").exists()
    with pytest.raises(CocosynthError, match="no bank that"):
        build_with(project, "out", bank="part")
    done = (project / "part/000000.rgba").stat().st_ino
    assert here(*command, "part").returncode == 0
    assert (project / "part/000000.rgba").stat().st_ino == done
    assert here(*command, "whole").returncode == 0
    assert tree(project / "part") == tree(project / "whole")


def test_the_command_says_what_it_cut_out(project, here):
    settings(project)
    done = subprocess.run(
        [sys.executable, "-m", "cocosynth", "extract", "--workers", "1"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "cut out 12 instances of 4 categories: bank\n"
    assert here("build", "-q", "--bank", "bank", "--workers", "1").returncode == 0


def damaged(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("at", [0, 1000, -1])
@pytest.mark.parametrize("name", ["000000.rgba", "000000.msgpack"])
@pytest.mark.parametrize("executor", [Serial(), Processes(2)], ids=["serial", "processes"])
def test_a_part_of_a_bank_with_one_wrong_bit_is_refused(project, name, at, executor):
    cut(project)
    damaged(project / "bank" / name, at)
    config, bank = settings(project), project / "bank"
    with pytest.raises(CocosynthError, match=r"000000.rgba: is missing or damaged; cut it out"):
        build(config, project / "out", folder=project, bank=bank, executor=executor)


@pytest.mark.parametrize("name", ["000000.rgba", "000000.msgpack"])
def test_a_damaged_part_of_an_interrupted_build_is_cut_out_again(project, name):
    build_with(project, "whole", bank=None)

    def impatient(title, answers, total, size):
        yield from answers
        if title == "composing images":
            raise KeyboardInterrupt

    config = settings(project)
    with pytest.raises(KeyboardInterrupt):
        build(config, project / "out", folder=project, progress=impatient)
    shutil.rmtree(project / "out/.build/shards")
    damaged(project / "out/.build/bank" / name, 1000)
    build(config, project / "out", folder=project, start="resume")
    assert tree(project / "out") == tree(project / "whole")


def test_a_photograph_that_changes_between_its_hash_and_its_cut_is_refused(project):
    def change(title, answers, total, size):
        yield from answers
        if title == "hashing foregrounds":
            repaint(project)

    with pytest.raises(CocosynthError, match=r"1.png: has changed while it was used"):
        cut(project, progress=change)
    assert not (project / "bank").exists()
