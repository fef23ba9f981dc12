"""`init` with sources writes what it saw, and what it writes builds as it stands."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_builds import write_annotated, write_backgrounds, write_cutouts

from cocosynth.config.file import load_config, read_config
from cocosynth.config.from_data import write_config_for
from cocosynth.core.errors import CocosynthError
from cocosynth.sources.survey import survey


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_annotated(Path("photos"), [(10, 10, 40, 30)], category="box", count=3)
    write_backgrounds(Path("views"))
    return {"coco": Path("photos/instances.json"), "images": Path("photos/images")}


def written(folder, *, backgrounds="views", **photos):
    return write_config_for(folder, backgrounds=Path(backgrounds), **photos)


@pytest.mark.parametrize("folder", [".", "new/project"])
def test_the_sources_are_found_from_where_it_is_written(photos, folder):
    path = written(Path(folder), **photos)
    catalogue = survey(load_config(path), path.parent)
    assert set(catalogue.pasted) == {"box"}
    assert catalogue.backgrounds


def test_the_canvas_is_that_of_the_backgrounds_and_comments_say_what_was_seen(photos):
    path = written(Path(), **photos)
    config = load_config(path)
    text = path.read_text()
    assert (config.canvas.width, config.canvas.height) == (160, 120)
    assert "The backgrounds are all 160 x 120" in text
    assert "What can be cut out: box (3)." in text
    assert dict(config.splits) == {"train": 80, "val": 20}


def test_one_background_feeds_one_split(photos):
    first, *others = sorted(Path("views").iterdir())
    for other in others:
        other.unlink()
    config = load_config(written(Path(), **photos))
    assert first.exists()
    assert dict(config.splits) == {"train": 100}


def test_a_category_that_is_not_there_is_one_line(photos):
    with pytest.raises(CocosynthError, match="no category 'dog'"):
        written(Path(), categories=["dog"], **photos)
    assert not Path("cocosynth.yaml").exists()


def test_the_photographs_of_the_objects_are_no_backgrounds(photos):
    with pytest.raises(CocosynthError, match="would stay without labels"):
        written(Path(), backgrounds="photos/images", **photos)


@pytest.mark.parametrize(
    ("coco", "message"),
    [
        ("photos", "photos: a folder, and --coco"),
        ("no.json", "does not exist"),
        ("no-*-of-00002.json", "no folder of images beside it"),
        ("s3://bucket/no.json", "no folder of images beside it"),
    ],
)
def test_annotations_that_are_no_file_are_named(photos, coco, message):
    with pytest.raises(CocosynthError, match=message):
        written(Path(), coco=Path(coco))


def test_nothing_is_overwritten(photos):
    Path("cocosynth.yaml").write_text("mine")
    with pytest.raises(CocosynthError, match="is there already"):
        written(Path(), **photos)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--coco", "photos/instances.json"), "give --backgrounds"),
        (("--backgrounds", "views"), "give --coco, the annotations of your photographs, or --cut"),
        (("--cutouts", "cut", "--backgrounds", "views", "--images", "photos"), "give --coco, the"),
        (("--cutouts", "cut"), "give --backgrounds"),
    ],
)
def test_half_of_the_sources_is_one_line(photos, here, words, message):
    done = here("init", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_cutouts_are_sources_alone_and_beside_photographs(photos):
    write_cutouts(Path("cut"), names=["disk"])
    alone = written(Path("new"), cutouts=Path("cut"))
    assert "What can be cut out: disk" in alone.read_text()
    assert set(survey(read_config(alone).config, alone.parent).pasted) == {"disk"}
    both = written(Path(), cutouts=Path("cut"), categories=["box"], **photos)
    assert set(survey(read_config(both).config, both.parent).pasted) == {"box", "disk"}


def test_a_cutout_in_no_folder_of_a_category_is_one_line(photos):
    write_cutouts(Path("cut"))
    with pytest.raises(CocosynthError, match="not in a folder named as its category"):
        written(Path(), cutouts=Path("cut/disk"))


@pytest.mark.slow
def test_what_it_writes_builds_as_it_stands(photos, tmp_path):
    shutil.copytree("views", "more/views")
    words = ("--coco", "photos/instances.json", "--images", "photos/images")
    for command in (("init", *words, "--backgrounds", "more/views"), ("build", "-q")):
        done = subprocess.run(
            [sys.executable, "-m", "cocosynth", *command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
