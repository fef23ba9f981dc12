"""Nothing is written or deleted through a link in a folder of ours, nor what we did not make."""

import json
import os
import shutil

import pytest
from small_builds import ready, tree, write_annotated, write_config

from cocosynth.config.file import load_config
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.pipeline.build import build
from cocosynth.pipeline.extract import extract


@pytest.fixture
def precious(tmp_path):
    """A folder of the user's that must stay as it is."""
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "photo.png").write_text("keep")
    yield folder
    assert tree(folder) == {"photo.png": b"keep"}


def again(folder, start="overwrite", out="out", **options):
    config = load_config(write_config(folder, **options.pop("changes", {})))
    return build(config, folder / out, folder=folder, start=start, **options)


def interrupted(folder, out="out"):
    """Stop a build while it composes images."""

    def impatient(title, answers, total, size):
        yield from answers
        if title == "composing images":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        again(folder, "new", out, progress=impatient)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A build that was stopped in `out`, and another that ended."""
    folder = tmp_path_factory.mktemp("begun")
    ready(folder, "other")
    interrupted(folder)
    return folder


def replaced_by_link(place, target):
    """Put a link where there was a file or a folder."""
    files.remove(place)
    place.symlink_to(target, target_is_directory=True)


@pytest.mark.parametrize("start", ["new", "overwrite", "resume"])
def test_a_link_in_place_of_the_folder_of_a_build_is_refused(tmp_path, precious, start):
    out, _ = ready(tmp_path)
    before = tree(out)
    (out / ".build").symlink_to("../precious")
    with pytest.raises(CocosynthError, match=r"out/.build: must not be a link; remove it"):
        again(tmp_path, start)
    (out / ".build").unlink()
    assert tree(out) == before


@pytest.mark.parametrize("start", ["overwrite", "resume"])
@pytest.mark.parametrize(
    "place", ["bank", "shards", "dataset", "dataset/annotations", "dataset/train", "lock"]
)
def test_a_link_inside_of_an_unfinished_build_is_refused(begun, tmp_path, precious, start, place):
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    replaced_by_link(tmp_path / "out/.build" / place, precious)
    with pytest.raises(CocosynthError, match=f"out/.build/{place}: must not be a link; remove it"):
        again(tmp_path, start)


def test_a_lock_that_holds_something_is_not_emptied(tmp_path, precious):
    """A hard link cannot be told from the file it leads to but by what a lock must be."""
    out, _ = ready(tmp_path)
    (out / ".build").mkdir()
    os.link(precious / "photo.png", out / ".build/lock")
    with pytest.raises(CocosynthError, match="lock: is not a lock of ours; move it away"):
        again(tmp_path)


@pytest.mark.parametrize("name", ["train", "annotations", "manifest.json", "preview.png"])
def test_links_in_a_dataset_go_and_what_they_lead_to_stays(tmp_path, precious, name):
    """As a cache that links its files leaves a dataset."""
    out, _ = ready(tmp_path)
    before = tree(out)
    shutil.move(out / name, tmp_path / "cache")
    cached = state(tmp_path / "cache")
    (out / name).symlink_to(tmp_path / "cache")
    again(tmp_path)
    assert tree(out) == before
    assert not (out / name).is_symlink()
    assert state(tmp_path / "cache") == cached


def state(path):
    """Return what changes with a file; not when it was read: others may look at it."""
    found = path.stat()
    return found.st_ino, found.st_mode, found.st_nlink, found.st_size, found.st_mtime_ns


def test_a_dataset_may_lie_behind_a_link_that_the_user_names(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to("disk")
    ready(tmp_path)
    again(tmp_path)
    assert (tmp_path / "disk/manifest.json").exists()
    assert (tmp_path / "out").is_symlink()


@pytest.mark.parametrize("name", ["notes.txt", "Release/app.o"])
@pytest.mark.parametrize("start", ["overwrite", "resume"])
def test_the_build_folder_of_another_program_is_not_deleted(tmp_path, name, start):
    out, _ = ready(tmp_path)
    if start == "resume":
        (out / "manifest.json").unlink()
        interrupted(tmp_path, "second")
        shutil.move(tmp_path / "second/.build", out / ".build")
    mine = out / ".build" / name
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("keep")
    with pytest.raises(CocosynthError, match=r"out(/.build/\w+(.txt)?: was not made by a build)?"):
        again(tmp_path, start)
    assert mine.read_text() == "keep"


@pytest.mark.parametrize("name", ["bank", "dataset"])
def test_a_folder_named_like_ours_without_the_mark_of_a_build_is_not_deleted(tmp_path, name):
    out, _ = ready(tmp_path)
    (out / ".build" / name).mkdir(parents=True)
    (out / ".build" / name / "mine.txt").write_text("keep")
    with pytest.raises(CocosynthError, match=f"{name}: was not made by a build; move it away"):
        again(tmp_path)
    assert (out / ".build" / name / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize("start", ["overwrite", "resume"])
@pytest.mark.parametrize("listing", ["replaces.json", "moved.json"])
@pytest.mark.parametrize("name", ["../precious", "{folder}/precious", "train/../../precious", ".."])
def test_what_an_unfinished_build_lists_leads_nowhere_else(
    begun, tmp_path, precious, start, listing, name
):
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    names = [name.format(folder=tmp_path)]
    (tmp_path / "out/.build" / listing).write_text(json.dumps(names))
    with pytest.raises(CocosynthError, match=f"{listing}: names .* which no build makes"):
        again(tmp_path, start)


def test_a_list_of_an_unfinished_build_that_is_none_is_one_line(begun, tmp_path):
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    (tmp_path / "out/.build/replaces.json").write_text('{"a": 1}')
    with pytest.raises(CocosynthError, match="replaces.json: not a list of ours"):
        again(tmp_path)


def test_a_part_that_was_taken_away_while_a_build_was_stopped_is_named(begun, tmp_path):
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    (tmp_path / "out/.build/moved.json").write_text('["scenes"]')
    files.remove(tmp_path / "out/.build/dataset/scenes")
    with pytest.raises(CocosynthError, match="out/scenes: is missing; --overwrite"):
        again(tmp_path, "resume")


def cut(folder, **options):
    return extract(load_config(write_config(folder)), folder / "bank", folder=folder, **options)


@pytest.mark.parametrize("kind", ["", "link"])
@pytest.mark.parametrize("name", ["000000.rgba", "precious.rgba", "other.msgpack", ".x.1.partial"])
def test_no_folder_in_that_of_a_bank_is_deleted(tmp_path, precious, name, kind):
    ready(tmp_path)
    cut(tmp_path)
    files.remove(tmp_path / "bank" / name)
    (tmp_path / "bank" / name).mkdir()
    (tmp_path / "bank" / name / "mine.txt").write_text("keep")
    if kind:
        files.remove(tmp_path / "bank" / name)
        (tmp_path / "bank" / name).symlink_to(precious)
    with pytest.raises(CocosynthError, match="is not empty and no bank of ours"):
        cut(tmp_path, overwrite=True)
    assert kind or (tmp_path / "bank" / name / "mine.txt").exists()


@pytest.mark.parametrize("name", ["000000.rgba", "000000.msgpack", "bank.json"])
def test_links_in_a_bank_go_and_what_they_lead_to_stays(tmp_path, name):
    ready(tmp_path)
    cut(tmp_path)
    before = tree(tmp_path / "bank")
    shutil.move(tmp_path / "bank" / name, tmp_path / "cached")
    (tmp_path / "bank" / name).symlink_to(tmp_path / "cached")
    cut(tmp_path, overwrite=True)
    assert (tmp_path / "cached").read_bytes() == before[name]
    assert not (tmp_path / "bank" / name).is_symlink()


def test_a_link_in_place_of_the_lock_of_a_bank_is_refused(tmp_path, precious):
    ready(tmp_path)
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank/.lock").symlink_to(precious / "photo.png")
    with pytest.raises(CocosynthError, match="lock: must not be a link; remove it"):
        cut(tmp_path)


@pytest.mark.parametrize("key", [None, "{}", '{"name": "my bank"}'])
def test_parts_without_a_description_of_ours_are_not_deleted(tmp_path, key):
    ready(tmp_path)
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank/000000.rgba").write_text("keep")
    if key:
        (tmp_path / "bank/bank.json").write_text(key)
    with pytest.raises(CocosynthError, match="is not empty and no bank of ours"):
        cut(tmp_path, overwrite=True)
    assert (tmp_path / "bank/000000.rgba").read_text() == "keep"


COMMANDS = {
    "merge": (("merge", "a.json", "a.json", "--out", "new.json"), "new.json"),
    "split": (("split", "a.json", "--out", ".", "--parts", "train=0.5,val=0.5"), "train.json"),
    "fix": (("validate", "a.json", "--fix", "new.json"), "new.json"),
    "report": (("validate", "a.json", "--report", "new.json"), "new.json"),
    "metrics": (("stats", "a.json", "--metrics", "new.json"), "new.json"),
    "plots": (("stats", "a.json", "--plots", "."), "a/sizes.json"),
    "init": (("init", "."), "cocosynth.yaml"),
    "credits": (("credits", "out"), "CREDITS.md"),
    "render": (("render", "out", "--image-id", "1", "--out", "new.png"), "new.png"),
    "log": (("build", "--out", "again", "--log", "new.json"), "new.json"),
}


@pytest.fixture
def project(tmp_path):
    ready(tmp_path, splits={"train": 2})
    write_annotated(tmp_path / "photos", [(10, 20, 60, 40)], count=4)
    shutil.copy(tmp_path / "photos/instances.json", tmp_path / "a.json")
    (tmp_path / "photos/images").rename(tmp_path / "images")
    return tmp_path


@pytest.mark.parametrize("there", [True, False], ids=["file", "nothing"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_writes_through_a_link(project, here, name, there):
    arguments, written = COMMANDS[name]
    if name == "init":
        (project / "cocosynth.yaml").unlink()
    if there:
        (project / "victim").write_text("keep")
    place = project / written
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(project / "victim")
    done = here(*arguments)
    assert done.returncode in (0, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert (project / "victim").exists() == there
    assert not there or (project / "victim").read_text() == "keep"
    assert place.is_symlink() == (done.returncode == 2)


def test_plots_are_not_written_into_the_folder_that_a_link_leads_to(project, here, precious):
    (project / "plots").mkdir()
    (project / "plots/a").symlink_to(precious)
    done = here("stats", "a.json", "--plots", "plots")
    assert done.returncode == 2
    assert "plots/a: must not be a link; remove it" in done.stderr


def test_plots_of_a_file_of_a_strange_name_stay_in_their_folder(project, here):
    (project / "a.json").rename(project / "instances_...json")
    before = {path.name for path in project.iterdir()}
    done = here("stats", "instances_...json", "--plots", "inner/plots")
    assert done.returncode == 0, done.stderr
    written = [path for path in project.rglob("*.json") if "inner" in path.parts]
    assert written
    assert all("plots" in path.parts for path in written)
    assert {path.name for path in project.iterdir()} == before | {"inner"}
