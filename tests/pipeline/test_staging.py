"""What was in the folder of a dataset is never lost to a build."""

import errno
import fcntl
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_builds import (
    annotations_of,
    built,
    ready,
    tree,
    write_annotated,
    write_backgrounds,
    write_config,
)

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.pipeline.build import build


def again(folder, out="out", start="overwrite", **changes):
    config = load_config(write_config(folder, **changes))
    return build(config, folder / out, folder=folder, start=start)


def test_a_build_that_fails_leaves_the_earlier_dataset_as_it_was(tmp_path):
    out, _ = ready(tmp_path)
    before = tree(out)
    with pytest.raises(CocosynthError, match="no background"):
        again(tmp_path, splits=dict.fromkeys("abcdefgh", 1))
    with pytest.raises(CocosynthError, match="no foreground"):
        again(tmp_path, licenses={"allow": ["nothing"]})
    assert tree(out) == before


def test_an_interrupted_replacement_leaves_the_earlier_dataset_as_it_was(tmp_path):
    out, _ = ready(tmp_path)
    before = tree(out)

    def impatient(title, answers, total, size):
        for number, answer in enumerate(answers):
            yield answer
            if title == "composing images" and number == 1:
                raise KeyboardInterrupt

    config = load_config(write_config(tmp_path, seed=9, splits={"train": 40}))
    with pytest.raises(KeyboardInterrupt):
        build(config, out, folder=tmp_path, start="overwrite", progress=impatient)
    assert {name: content for name, content in tree(out).items() if name in before} == before
    build(config, out, folder=tmp_path, start="resume")
    fresh, _ = ready(tmp_path, out="fresh", seed=9, splits={"train": 40})
    assert tree(out) == tree(fresh)


def test_a_finish_that_was_cut_short_is_finished(tmp_path, monkeypatch):
    """Power fails between two parts being put in their place, at every place in turn."""
    few = {"train": 2, "val": 1}
    whole, _ = ready(tmp_path, out="whole", seed=5, splits=few)
    real = Path.replace
    for survived in range(6):
        out, _ = ready(tmp_path, out=f"out{survived}", splits=few)
        left = iter([True] * survived)

        def replace(self, target, left=left, out=out):
            if Path(target).parent == out and not next(left, False):
                raise KeyboardInterrupt
            return real(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            again(tmp_path, out=f"out{survived}", seed=5, splits=few)
        monkeypatch.undo()
        assert not (out / "manifest.json").exists()
        again(tmp_path, out=f"out{survived}", seed=5, splits=few, start="resume")
        assert tree(out) == tree(whole)


def test_python_is_warned_where_a_folder_cannot_be_locked(tmp_path, monkeypatch):
    whole, _ = ready(tmp_path, out="whole")

    def flock(stream, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.warns(UserWarning, match="the file system has no locks"):
        out, _ = built(tmp_path)
    assert tree(out) == tree(whole)


@pytest.mark.parametrize("name", ["../victim", "{folder}/victim", "annotations/../../victim"])
def test_a_manifest_cannot_make_a_build_delete_other_folders(tmp_path, name):
    out, _ = ready(tmp_path)
    (tmp_path / "victim").mkdir()
    manifest = json.loads((out / "manifest.json").read_bytes())
    manifest["splits"][name.format(folder=tmp_path)] = {}
    (out / "manifest.json").write_text(json.dumps(manifest))
    again(tmp_path)
    assert (tmp_path / "victim").is_dir()


def test_the_folder_of_another_program_is_left_alone(tmp_path):
    ready(tmp_path)
    for name in ("swift/.build", "swift/annotations", "swift/val"):
        (tmp_path / name).mkdir(parents=True)
    for start in ("new", "overwrite", "resume"):
        with pytest.raises(CocosynthError, match="no dataset of ours"):
            again(tmp_path, out="swift", start=start)
    assert (tmp_path / "swift/val").is_dir()


def test_a_folder_of_the_users_that_a_new_split_would_take_is_in_the_way(tmp_path):
    out, _ = ready(tmp_path)
    (out / "test").mkdir()
    (out / "test/mine.txt").write_text("keep")
    with pytest.raises(CocosynthError, match="is not of the earlier dataset; move it"):
        again(tmp_path, splits={"train": 2, "test": 2})
    assert (out / "test/mine.txt").read_text() == "keep"


def test_splits_that_the_new_dataset_does_not_have_go(tmp_path):
    out, _ = ready(tmp_path)
    again(tmp_path, splits={"train": 2})
    fresh, _ = ready(tmp_path, out="fresh", splits={"train": 2})
    assert tree(out) == tree(fresh)
    assert not (out / "val").exists()


def test_a_dataset_does_not_replace_its_own_sources(tmp_path):
    out, _ = ready(tmp_path)
    before = tree(out)
    source = {"coco": "out/annotations/instances_train.json", "images": "out/train"}
    with pytest.raises(CocosynthError, match="the source out/.* lies inside of it"):
        again(tmp_path, foregrounds=[source])
    assert tree(out) == before


def test_a_file_is_no_folder(tmp_path):
    ready(tmp_path)
    (tmp_path / "file").write_text("text")
    with pytest.raises(CocosynthError, match="is a file; name a folder"):
        again(tmp_path, out="file")


def test_category_ids_of_coco_are_kept_whatever_comes_before_them(tmp_path):
    write_annotated(tmp_path / "annotated", [(10, 20, 60, 40)], count=4, category="square")
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    for order in ([{"folder": "cutouts"}, source], [source, {"folder": "cutouts"}]):
        out, _ = built(tmp_path, out=str(order)[:9], foregrounds=order, splits={"train": 2})
        ids = {c["name"]: c["id"] for c in annotations_of(out)["categories"]}
        assert ids == {"square": 7, "bar": 8, "disk": 9, "ring": 10}


def test_a_build_that_was_killed_before_it_began_is_not_in_the_way(tmp_path):
    ready(tmp_path, out="other")
    (tmp_path / "out/.build").mkdir(parents=True)
    (tmp_path / "out/.build/lock").touch()
    again(tmp_path, start="new")
    assert tree(tmp_path / "out") == tree(tmp_path / "other")


def test_the_manifest_names_the_versions_that_made_the_pixels(tmp_path):
    """Of the OpenCV that is loaded, too, whichever distribution has brought it."""
    out, _ = built(tmp_path)
    libraries = json.loads((out / "manifest.json").read_text())["generator"]["libraries"]
    assert libraries["opencv"] == cv2.__version__
    assert libraries["numpy"] == np.__version__
    assert "unknown" not in libraries.values()


def cut_short(folder, monkeypatch, survived, out="out", **changes):
    """Let power fail while the parts of a build are put in their place."""
    left = iter([True] * survived)
    real = Path.replace

    def replace(self, target):
        if Path(target).parent == folder / out and not next(left, False):
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            again(folder, out=out, **changes)


@pytest.mark.parametrize("survived", [1, 2, 4])
def test_what_a_finish_that_was_cut_short_had_put_in_place_goes_with_overwrite(
    tmp_path, monkeypatch, survived
):
    out, _ = ready(tmp_path, splits={"first": 3})
    yolo = {"formats": ["coco", "yolo"]}
    cut_short(tmp_path, monkeypatch, survived, splits={"a": 2, "b": 2}, export=yolo)
    assert (out / "a").exists()
    again(tmp_path, splits={"last": 2})
    fresh, _ = ready(tmp_path, out="fresh", splits={"last": 2})
    assert tree(out) == tree(fresh)
    assert {path.name for path in out.iterdir()} == {path.name for path in fresh.iterdir()}


@pytest.mark.parametrize("survived", [0, 1, 3])
def test_a_replacement_that_was_cut_short_leaves_nothing_of_what_it_replaces(
    tmp_path, monkeypatch, survived
):
    out, _ = ready(tmp_path, splits={"old": 3}, export={"formats": ["coco", "yolo"]})
    cut_short(tmp_path, monkeypatch, survived, splits={"a": 2, "b": 2})
    again(tmp_path, splits={"a": 2, "b": 2}, start="resume")
    fresh, _ = ready(tmp_path, out="fresh", splits={"a": 2, "b": 2})
    assert tree(out) == tree(fresh)
    assert not (out / "data.yaml").exists()
    assert not (out / "old").exists()


def test_what_came_into_the_folder_while_a_build_was_stopped_is_not_replaced(tmp_path):
    def stopped(title, answers, total, size):
        raise KeyboardInterrupt
        yield

    ready(tmp_path, out="other")
    config = load_config(write_config(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        build(config, tmp_path / "out", folder=tmp_path, progress=stopped)
    (tmp_path / "out/val").mkdir()
    (tmp_path / "out/val/mine.txt").write_text("keep")
    for start in ("resume", "overwrite"):
        with pytest.raises(CocosynthError, match="val: is not of the earlier dataset; move it"):
            again(tmp_path, start=start)
    assert (tmp_path / "out/val/mine.txt").read_text() == "keep"


@pytest.mark.parametrize("name", ["../victim", "/victim", "train/../../victim", ".."])
def test_products_of_a_manifest_cannot_make_a_build_delete_other_folders(tmp_path, name):
    out, _ = ready(tmp_path)
    (tmp_path / "victim").mkdir()
    manifest = json.loads((out / "manifest.json").read_bytes())
    products = [name, "scenes/", "report.html", "report_files/"]
    (out / "manifest.json").write_text(json.dumps(manifest | {"products": products}))
    (out / "annotations").rename(tmp_path / "annotations")  # as no product names it
    again(tmp_path)
    assert (tmp_path / "victim").is_dir()
    assert annotations_of(out)


def swapped(path, other):
    """Put the pixels of another photograph into a file that looks as it did before."""
    status, before = path.stat(), path.read_bytes()
    content = other.read_bytes()
    assert content != before
    length = max(len(before), len(content))
    path.write_bytes(content.ljust(length, b"\0"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return len(before) == length


@pytest.mark.parametrize("name", ["backgrounds/1.png", "cutouts/disk/0.png"])
def test_a_manifest_has_the_hash_of_the_photograph_that_was_read(tmp_path, name):
    """It was changed afterwards, with the same length and the same times."""
    whole, _ = built(tmp_path, out="whole", share_sources=True)

    def impatient(title, answers, total, size):
        yield from answers
        if title == "composing images":
            raise KeyboardInterrupt

    for folder in ("backgrounds", "cutouts/disk"):
        for path in sorted((tmp_path / folder).iterdir()):
            path.write_bytes(path.read_bytes().ljust(200_000, b"\0"))
    whole, _ = built(tmp_path, out="padded", share_sources=True)
    config = load_config(write_config(tmp_path, share_sources=True))
    with pytest.raises(KeyboardInterrupt):
        build(config, tmp_path / "out", folder=tmp_path, progress=impatient)
    other = tmp_path / Path(name).parent / "2.png"
    assert swapped(tmp_path / name, other)
    build(config, tmp_path / "out", folder=tmp_path, start="resume")
    made, wanted = tree(tmp_path / "out"), tree(whole)
    for name in {*made, *wanted}:
        if not name.startswith("report"):  # the page shows no photograph that has changed
            assert made.get(name) == wanted.get(name)
    assert all(made[name] == wanted[name] for name in made if name.startswith("report_files/"))


def test_a_photograph_that_changed_between_two_images_is_refused(tmp_path):
    write_backgrounds(tmp_path / "backgrounds", count=1)
    path = tmp_path / "backgrounds/0.png"
    path.write_bytes(path.read_bytes().ljust(200_000, b"\0"))
    built(tmp_path, out="other", share_sources=True, splits={"train": 40})
    config = load_config(write_config(tmp_path, share_sources=True, splits={"train": 40}))
    write_backgrounds(tmp_path / "elsewhere", count=2)

    def impatient(title, answers, total, size):
        for number, answer in enumerate(answers):
            yield answer
            if title == "composing images" and number == 1:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(config, tmp_path / "out", folder=tmp_path, progress=impatient)
    assert swapped(path, tmp_path / "elsewhere/1.png")
    with pytest.raises(CocosynthError, match=r"0.png: has changed while it was used; begin again"):
        build(config, tmp_path / "out", folder=tmp_path, start="resume")
