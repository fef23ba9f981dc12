"""Code that the configuration of a dataset names runs only where the user allows it."""

import json
import sys

import pytest
from small_builds import built, write_config

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.pipeline.build import build

MODULE = """\
from dataclasses import dataclass
from pathlib import Path

Path("has_run").touch()


@dataclass(frozen=True)
class Tone:
    factor: float = 1.0

    def sample(self, rng):
        return {}

    def apply(self, image, values):
        return image.copy()

    prepare = propose = products = write = finish = __call__ = apply
"""
PLACES = {
    "augment": {"augment": ["received:Tone"]},
    "finish": {"finish": [{"received:Tone": {"factor": 2}}]},
    "placement": {"placement": "received:Tone"},
    "blend": {"blend": {"received:Tone": None}},
    "one of several blend modes": {"blend": {"choose": {"paste": 1, "received:Tone": 1}}},
    "formats": {"export": {"formats": ["coco", "received:Tone"], "image_format": "png"}},
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a dataset, and a module that leaves a mark where it is imported."""
    built(tmp_path, splits={"train": 2}, finish=[{"blur": {"p": 0}}])
    (tmp_path / "received.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def received(project, name="config.yaml", **changes):
    """Put a configuration into the dataset, as another person may have written it."""
    path = write_config(project, splits={"train": 2}, **changes)
    return path.replace(project / "out" / name)


def refused(done):
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]
    assert "received:Tone is code that is not part of cocosynth" in line
    assert "--allow-code runs it" in line


@pytest.mark.parametrize("changes", PLACES.values(), ids=PLACES)
def test_no_command_runs_code_that_a_dataset_names(project, here, changes):
    received(project, **changes)
    refused(here("render", "out", "--image-id", "1"))
    refused(here("build", "out/config.yaml", "--out", "again"))
    refused(here("extract", "out/config.yaml", "--out", "bank"))
    with pytest.raises(CocosynthError, match="--allow-code"):
        load_config(project / "out/config.yaml")
    assert not (project / "has_run").exists()
    assert not (project / "again").exists()


def test_with_leave_it_runs(project, here):
    received(project, finish=["received:Tone"])
    done = here("render", "out", "--image-id", "1", "--allow-code", "-o", "x.png")
    assert done.returncode == 0, done.stderr
    assert (project / "x.png").read_bytes() == (project / "out/train/000000000001.png").read_bytes()
    assert (project / "has_run").exists()


def test_with_leave_it_is_built_and_cut_out(project, here):
    path = received(project, finish=["received:Tone"])
    loaded = load_config(path, folder=project, allow_code=True)
    assert build(loaded, project / "again", folder=project).images == {"train": 2}
    for command in ("build", "extract"):
        done = here(command, path, "--allow-code", "-q", "-o", project / command)
        assert "is code" not in done.stderr


@pytest.mark.parametrize("name", ["config.yaml", "cocosynth.yaml", "params.yaml"])
@pytest.mark.parametrize("marker", ["manifest.json", "scenes"])
def test_any_configuration_beside_a_manifest_or_scenes_is_the_dataset_s_own(project, name, marker):
    [other] = {"manifest.json", "scenes"} - {marker}
    (project / "out" / other).rename(project / "elsewhere")
    path = received(project, name, finish=["received:Tone"])
    with pytest.raises(CocosynthError, match="--allow-code"):
        load_config(path)
    link = project / "mine.yaml"
    link.symlink_to(path)
    with pytest.raises(CocosynthError, match="--allow-code"):
        load_config(link)


def test_a_key_of_a_file_in_a_dataset_is_refused_too(project):
    path = received(project, finish=["received:Tone"])
    path.write_text(json.dumps({"build": json.loads(path.read_text())}))
    with pytest.raises(CocosynthError, match="--allow-code"):
        load_config(f"{path}:build")


def test_a_configuration_of_the_user_names_own_classes_as_before(project):
    path = write_config(project, finish=["received:Tone"])
    assert load_config(path).finish == ("received:Tone",)
    assert (project / "has_run").exists()


def test_a_dataset_without_code_of_its_own_needs_no_leave(project, here):
    assert here("render", "out", "--image-id", "1").returncode == 0
