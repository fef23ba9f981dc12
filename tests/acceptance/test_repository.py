"""The files that a hosting service reads agree with the project."""

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import cocosynth
from cocosynth.cli import app

ROOT = Path(__file__).parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text()


def read(name):
    return YAML(typ="safe", pure=True).load((ROOT / name).read_text())


def test_the_workflow_calls_targets_of_the_makefile_only():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    jobs = read(".github/workflows/check.yml")["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    called = {re.fullmatch(r"make (\S+) PYTHON=python", command)[1] for command in commands}
    assert called == {"check", "lowest", "wheel"}
    assert called <= targets


def test_the_workflow_runs_the_versions_of_python_that_the_package_names():
    tried = read(".github/workflows/check.yml")["jobs"]["check"]["strategy"]["matrix"]["python"]
    assert re.findall(r"Python :: (3\.\d+)", PROJECT) == tried
    [least] = re.findall(r'requires-python = ">=(.*)"', PROJECT)
    assert tried[0] == least


def test_the_citation_has_the_version_and_the_licence_of_the_package():
    citation = read("CITATION.cff")
    assert citation["version"] == cocosynth.__version__
    assert f'license = "{citation["license"]}"' in PROJECT


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[bi]*.yml")))
def test_an_issue_form_has_what_the_service_asks_for(path):
    form = read(path.relative_to(ROOT))
    assert form["name"]
    assert form["description"]
    ids = [part["id"] for part in form["body"]]
    assert len(ids) == len(set(ids))
    assert all(part["attributes"]["label"] for part in form["body"])


def test_the_hook_is_a_command_that_checks_what_it_is_given(small_coco, here):
    [hook] = read(".pre-commit-hooks.yaml")
    program, command = hook["entry"].split()
    assert f'{program} = "cocosynth.__main__:run"' in PROJECT
    assert command in {one.name for one in app.registered_commands}
    folder = small_coco("photos/annotations", annotations=[{}])
    good = folder / "instances.json"
    assert re.search(hook["files"], good.relative_to(folder.parents[1]).as_posix())
    assert here(command, good, "--level", "references").returncode == 0
    content = json.loads(good.read_text())
    content["annotations"][0]["category_id"] = 99
    good.write_text(json.dumps(content))
    assert here(command, good).returncode == 1
