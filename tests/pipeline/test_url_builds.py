"""A build into a store has the bytes of one on disk; what is not whole has no manifest."""

import json
import os
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import pytest
from small_builds import tree, write_backgrounds, write_config, write_cutouts

from cocosynth.config.file import load_config, read_config
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.storage import cache, remote
from cocosynth.core.urls import place
from cocosynth.pipeline.build import build

fsspec = pytest.importorskip("fsspec")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    write_cutouts(folder / "cutouts", copies=2)
    write_backgrounds(folder / "backgrounds", 3)
    config = write_config(folder, splits={"train": 9, "val": 1}, report=False)
    build(config, folder / "out", folder=folder)
    return folder, tree(folder / "out")


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "cache"))
    url = place(f"memory://b/{tmp_path.name}/out")
    yield url
    files.remove(url.parent)


def at(url):
    return {name: files.read_bytes(url / name) for name in remote.files_below(url)}


class Sent:
    """Runs tasks as they come back from being sent to another machine."""

    def __init__(self):
        self.contents = []

    def __call__(self, task, items):
        content = bytes(ForkingPickler.dumps(task))
        self.contents.append(content)
        for item in items:
            sent = bytes(ForkingPickler.dumps(item))
            self.contents.append(content + sent)
            yield ForkingPickler.loads(content)(ForkingPickler.loads(sent))


def stopping_at(number):
    """Return a progress that is interrupted when so many images are there."""

    def progress(title, answers, total, size):
        done = 0
        for answer in answers:
            if title == "composing images" and done >= number:
                raise StoppedError("stopped")
            done += size(answer)
            yield answer

    return progress


def test_a_build_into_a_store_has_the_bytes_of_one_on_disk(made, out):
    summary = build(made[0] / "cocosynth.yaml", str(out))
    assert at(out) == made[1]
    assert summary.traffic.written >= len(made[1])


def test_an_interrupted_one_is_refused_then_resumed(made, out):
    config = made[0] / "cocosynth.yaml"
    with pytest.raises(StoppedError, match="stopped"):
        build(config, out, progress=stopping_at(8))
    assert "manifest.json" not in at(out)
    with pytest.raises(CocosynthError, match="holds an unfinished build; --resume continues it"):
        build(config, out)
    build(config, out, start="resume")
    assert at(out) == made[1]


def test_one_that_replaces_an_unfinished_one_leaves_nothing_of_it(made, out):
    config = load_config(made[0] / "cocosynth.yaml")
    other = load_config(write_config(made[0].parent, splits={"test": 9}, report=False))
    with pytest.raises(StoppedError, match="stopped"):
        build(other, out, folder=made[0], progress=stopping_at(8))
    build(config, out, folder=made[0], start="overwrite")
    assert at(out) == made[1]


def test_one_that_replaces_a_resumed_one_leaves_nothing_of_it(made, out):
    config = load_config(made[0] / "cocosynth.yaml")
    other = load_config(write_config(made[0].parent, splits={"test": 9}, report=False))
    with pytest.raises(StoppedError, match="stopped"):
        build(other, out, folder=made[0], progress=stopping_at(0))
    for name in (".build/moved.json", ".build/cleared", "test"):  # as if stopped still earlier
        files.remove(out / name)
    with pytest.raises(StoppedError, match="stopped"):
        build(other, out, folder=made[0], progress=stopping_at(8), start="resume")
    assert any(name.startswith("test/") for name in at(out))
    build(config, out, folder=made[0], start="overwrite")
    assert at(out) == made[1]


def test_one_that_cannot_succeed_leaves_what_was_there(made, out):
    build(made[0] / "cocosynth.yaml", out)
    impossible = load_config(
        write_config(made[0].parent, splits={"a": 1, "b": 1, "c": 1, "d": 1}, report=False)
    )
    with pytest.raises(CocosynthError, match="has no background"):
        build(impossible, out, folder=made[0], start="overwrite")
    assert at(out) == made[1]


def test_sources_in_a_store_give_the_same_images(made, out):
    for path in made[0].rglob("*"):
        if path.is_file() and "out" not in path.parts:
            files.write_atomic(
                out.parent / "in" / path.relative_to(made[0]).as_posix(), path.read_bytes()
            )
    loaded = read_config(str(out.parent / "in" / "cocosynth.yaml"))
    assert str(loaded.folder) == str(out.parent / "in")
    sent = Sent()
    build(loaded.config, out, folder=loaded.folder, executor=sent)
    assert at(out) == made[1]
    assert len(sent.contents) >= 3
    for content in sent.contents:  # what another machine gets names nothing of this one
        for place_here in (str(made[0].parent), os.environ["COCOSYNTH_CACHE"], str(Path.cwd())):
            assert place_here.encode() not in content


def test_a_configuration_in_a_store_may_name_a_path_of_this_machine(made, out):
    content = json.loads((made[0] / "cocosynth.yaml").read_text())
    for key in ("foregrounds", "backgrounds"):
        content[key] = [{"folder": f"{made[0]}/{content[key][0]['folder']}"}]
    files.write_atomic(out.parent / "c.yaml", json.dumps(content).encode())
    build(str(out.parent / "c.yaml"), out)
    assert at(out)["train/000000000001.png"] == made[1]["train/000000000001.png"]


def test_a_worker_that_serves_two_builds_reads_each_one_s_files(made, out, tmp_path):
    config = load_config(made[0] / "cocosynth.yaml")
    other = load_config(
        write_config(made[0].parent, seed=4, splits={"train": 9, "val": 1}, report=False)
    )
    build(other, out, folder=made[0])  # in one process, as workers of a cluster that stay
    build(config, out, folder=made[0], start="overwrite", executor=Sent())
    assert at(out) == made[1]


def test_file_urls_are_paths(made, tmp_path):
    address = f"file://{made[0]}"
    config = {
        **json.loads((made[0] / "cocosynth.yaml").read_text()),
        "foregrounds": [{"folder": f"{address}/cutouts"}],
    }
    build(config, f"file://{tmp_path}/out", folder=address)
    assert tree(tmp_path / "out") == made[1]


def test_an_output_among_the_sources_is_refused(made, out):
    config = load_config(
        write_config(made[0].parent, backgrounds=[{"folder": str(out.parent)}], report=False)
    )
    files.write_atomic(out.parent / "a.png", (made[0] / "backgrounds" / "0.png").read_bytes())
    with pytest.raises(CocosynthError, match="lies inside of the source"):
        build(config, out, folder=made[0])
