"""The files a new project begins with say what they should, and replace nothing."""

import subprocess
import sys

import pytest
from ruamel.yaml import YAML
from small_builds import tree, write_config

from cocosynth.config.dvc_pipeline import EXTRACTION, write_pipeline
from cocosynth.config.file import load_config, read_config
from cocosynth.config.starter import write_config as write_starter
from cocosynth.core.errors import CocosynthError
from cocosynth.sources.survey import survey

ADDRESS = "params.yaml:build"


def command(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "cocosynth", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def pipeline_of(folder):
    return YAML(typ="safe", pure=True).load((folder / "dvc.yaml").read_text())


@pytest.mark.slow
def test_a_new_project_builds_from_the_sample_as_it_stands(tmp_path):
    done = command("init", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("wrote cocosynth.yaml\nwrote sample\nnext: ")
    assert command("build", "-q", "--workers", "1", cwd=tmp_path).returncode == 0


def test_the_sources_of_the_starter_come_with_it(tmp_path):
    write_starter(tmp_path)
    catalogue = survey(load_config(tmp_path / "cocosynth.yaml"), tmp_path)
    assert set(catalogue.pasted) == {"pet", "poultry", "livestock"}
    assert len(catalogue.backgrounds) == 6


def test_the_starter_is_the_realistic_preset_and_else_the_defaults(tmp_path):
    write_starter(tmp_path)
    content = YAML(typ="safe", pure=True).load((tmp_path / "cocosynth.yaml").read_text())
    assert content["preset"] == "realistic"
    needed = ("preset", "seed", "splits", "canvas", "foregrounds", "backgrounds")
    few = {key: content[key] for key in needed}
    assert read_config(content).config == read_config(few).config


def test_every_key_that_the_starter_shows_in_a_comment_can_be_set(tmp_path):
    write_starter(tmp_path)
    path = tmp_path / "cocosynth.yaml"
    before, after = path.read_text().split("takes the place of what the preset says of it:\n")
    lines = after.splitlines()
    shown = [line.removeprefix("# ") for line in lines if not line.startswith("# variants")]
    path.write_text(before + "\n" + "\n".join(shown))
    config = load_config(path)
    assert (config.placement, config.blend, config.shadow) == ("uniform", "feather", ())


@pytest.mark.parametrize(
    ("write", "there"),
    [
        (write_starter, "cocosynth.yaml"),
        (write_pipeline, "params.yaml"),
        (write_pipeline, "dvc.yaml"),
    ],
)
def test_nothing_is_overwritten(tmp_path, write, there):
    (tmp_path / there).write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(CocosynthError, match=f"{there}: is there already"):
        write(tmp_path)
    assert tree(tmp_path) == before


def test_a_gitignore_that_is_there_stays(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    assert [path.name for path in write_pipeline(tmp_path)] == ["params.yaml", "dvc.yaml", "sample"]
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_parameters_are_the_configuration_that_is_there_comments_and_all(tmp_path):
    text = (
        "# mine\nseed: 5  # five\nsplits: {a: 2}\ncanvas: background\nforegrounds:\n- folder: c\n"
        "backgrounds:\n- folder: b\ninfo:\n  description: |\n    two\n    lines\n"
    )
    (tmp_path / "cocosynth.yaml").write_text(text)
    write_pipeline(tmp_path)
    params = (tmp_path / "params.yaml").read_text()
    assert "  seed: 5  # five\n" in params
    config = load_config(f"{tmp_path / 'params.yaml'}:build")
    assert config == load_config(tmp_path / "cocosynth.yaml")
    assert config.info.description == "two\nlines\n"


@pytest.mark.parametrize("style", ["---\n{}", "{}\n...\n"])
def test_a_configuration_that_cannot_be_moved_in_is_written_anew(tmp_path, style):
    path = write_config(tmp_path, info={"description": "x"})
    path.write_text(style.format(path.read_text()))
    write_pipeline(tmp_path)
    assert load_config(f"{tmp_path / 'params.yaml'}:build") == load_config(path)


def test_every_parameter_a_stage_names_is_there(tmp_path):
    (tmp_path / "cocosynth.yaml").write_text(
        "splits: {a: 2}\ncanvas: background\nforegrounds: [{folder: c}]\nbackgrounds: [{folder: b}]"
    )
    write_pipeline(tmp_path)
    params = YAML(typ="safe", pure=True).load((tmp_path / "params.yaml").read_text())
    named = pipeline_of(tmp_path)["stages"]["extract"]["params"]
    assert named == [f"build.{key}" for key in EXTRACTION]
    assert set(EXTRACTION) <= set(params["build"])


def test_a_preset_stays_one_in_the_parameters(tmp_path):
    """Its keys written out would take the place of those of another preset."""
    write_pipeline(tmp_path)
    params = YAML(typ="safe", pure=True).load((tmp_path / "params.yaml").read_text())["build"]
    named = pipeline_of(tmp_path)["stages"]["extract"]["params"]
    assert named == ["build.preset", "build.foregrounds", "build.licenses", "build.on_bad_input"]
    assert {name.removeprefix("build.") for name in named} <= set(params)
    assert params["preset"] == "realistic"
    assert read_config(f"{tmp_path / 'params.yaml'}:build").config.order == "lower_in_front"


def test_stages_depend_on_the_sources(tmp_path):
    photos = {"coco": "p/it's ${x}.json", "images": "p/images", "exclude": "not_these.txt"}
    views = {"coco": "v.json", "keypoints": "k.json", "images": "../views", "annotations": "keep"}
    write_config(tmp_path, foregrounds=[{"folder": "c"}, photos], backgrounds=[views])
    write_pipeline(tmp_path)
    stages = pipeline_of(tmp_path)["stages"]
    foregrounds = ["c", r"p/it's \${x}.json", "p/images", "not_these.txt"]
    assert stages["extract"]["deps"] == foregrounds
    assert stages["build"]["deps"] == ["bank", "v.json", "k.json", "../views", *foregrounds]


def test_a_broken_configuration_is_told_before_anything_is_written(tmp_path):
    (tmp_path / "cocosynth.yaml").write_text("sed: 1")
    with pytest.raises(CocosynthError, match="cocosynth.yaml: .*'sed'"):
        write_pipeline(tmp_path)
    assert set(tree(tmp_path)) == {"cocosynth.yaml"}


def test_a_pipeline_in_another_folder(tmp_path, here):
    done = command("init", "--dvc", "new/project", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = {name for name in tree(tmp_path / "new/project") if not name.startswith("sample/")}
    assert files == {"params.yaml", "dvc.yaml", ".gitignore"}
    again = here("init", "--dvc", "new/project")
    assert again.returncode == 2
    assert "is there already" in again.stderr
