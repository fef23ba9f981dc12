"""The docs say what the code does: every key, option and command in them is checked here."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import msgspec
import numpy as np
import pytest
from ruamel.yaml import YAML
from small_builds import tree

from cocosynth.cli import app
from cocosynth.config.file import load_config
from cocosynth.config.kinds import AUGMENT, KINDS
from cocosynth.config.schema import config_schema
from cocosynth.config.techniques_page import techniques_page
from cocosynth.core.executors import EXECUTORS
from cocosynth.core.resources import resource
from cocosynth.core.values import Box, Step
from cocosynth.export.manifest import Manifest, Photograph, SplitCounts, Terms
from cocosynth.export.scenes import SceneLine

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CONFIG = (ROOT / "docs/config.md").read_text()
TECHNIQUES = (ROOT / "docs/techniques.md").read_text()


def keys_of(schema):
    """Yield every key a configuration may have, from the schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from keys_of(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from keys_of(part)


def test_the_schema_shipped_is_the_one_of_the_code():
    stored = json.loads(resource("schemas/config.schema.json").read_text())
    assert stored == json.loads(json.dumps(config_schema())), "run `make schemas`"


def test_every_key_of_the_configuration_is_explained():
    explained = {*re.findall(r"\w+", CONFIG + TECHNIQUES)}
    assert not {*keys_of(config_schema())} - explained


def test_the_page_of_techniques_is_the_one_of_the_code():
    assert techniques_page() == TECHNIQUES, "run `make schemas`"


@pytest.mark.parametrize("kind", KINDS, ids=[kind.key for kind in KINDS])
def test_every_technique_is_explained(kind):
    assert f"`{kind.key}`" in CONFIG
    for name in kind.table:
        assert f"### `{name}`\n" in TECHNIQUES


def test_the_class_of_the_docs_is_a_technique(tmp_path, monkeypatch):
    source, _, from_python = re.findall(r"```python\n(.*?)```", CONFIG, re.DOTALL)
    (tmp_path / "my_steps.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(ROOT)
    scope = {}
    exec(from_python, scope)
    [step] = YAML(typ="safe", pure=True).load(
        next(text for text in re.findall(r"```yaml\n(.*?)```", CONFIG, re.DOTALL) if "my_" in text)
    )["augment"]
    config = msgspec.structs.replace(scope["config"], augment=(step,))
    [made] = config.make(AUGMENT)
    assert made.sample(np.random.default_rng(0), size=(4, 4), canvas=(9, 9)).shape == (3, 3)


def test_every_executor_is_explained():
    for name in EXECUTORS:
        assert f"`{name}`" in CONFIG


PAGES = {
    "build": "config.md",
    "convert": "formats.md",
    "credits": "config.md",
    "diff": "show.md",
    "extract": "reproducibility.md",
    "init": "init.md",
    "merge": "merge.md",
    "render": "reproducibility.md",
    "report": "report.md",
    "show": "show.md",
    "snippet": "clients.md",
    "split": "merge.md",
    "shortcut": "shortcut.md",
    "stats": "stats.md",
    "tune": "tune.md",
    "validate": "validate.md",
}


def test_every_command_is_in_the_docs():
    assert {command.name for command in app.registered_commands} == set(PAGES)
    for command, page in PAGES.items():
        assert f"python -m cocosynth {command}" in (ROOT / "docs" / page).read_text()


@pytest.mark.parametrize("command", sorted(PAGES))
def test_every_option_of_a_command_is_in_the_docs(command, here):
    page = ROOT / "docs" / PAGES[command]
    shown = here(command, "--help", TERM="dumb", COLUMNS="200").stdout
    options = set(re.findall(r"--[a-z][a-z-]+", shown))
    assert "--help" in options
    for option in options - {"--help"}:
        assert option in page.read_text(), option


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_configuration_in_the_readme_builds(real_coco, tmp_path):
    """As it stands, beside the folders it names."""
    [text] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "cocosynth.yaml").write_text(text)
    (tmp_path / "coco_mini").symlink_to(real_coco)
    for folder in ("cutouts", "backgrounds"):
        (tmp_path / folder).symlink_to(ROOT / "sample_data" / folder)
    reproduce = (ROOT / "docs/reproducibility.md").read_text()
    for command in (*commands(README), *commands(reproduce)):
        if "--resume" in command or "--bank" in command:  # as if it had not been built yet
            shutil.rmtree(tmp_path / "dataset")
        if command not in FIRST and command.startswith("python"):
            done = subprocess.run(
                [sys.executable, *command.split()[1:]],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
    made = tree(tmp_path / "dataset")
    assert sum(name.startswith("train/") for name in made) == 160
    assert sum(name.startswith("val/") for name in made) == 40


FIRST = ["python -m cocosynth init", "python -m cocosynth build"]


@pytest.mark.slow
def test_the_first_commands_of_the_readme_work_in_an_empty_folder(tmp_path):
    for command in FIRST:
        arguments = [sys.executable, *command.split()[1:]]
        subprocess.run(arguments, cwd=tmp_path, check=True, capture_output=True)
    photographs = [path for path in (tmp_path / "sample").rglob("*.*g") if "mask" not in path.name]
    assert "thirteen free photographs" in README
    assert len(photographs) == 13
    assert (tmp_path / "dataset/report.html").is_file()


def commands(page):
    return re.findall(r"^\$ (.*)$", page, re.MULTILINE)


def test_the_commands_of_the_readme_are_those_that_are_tested():
    assert commands(README) == [
        "pip install .",
        *FIRST,
        "make demo",
        "make test",
        "python -m cocosynth build cocosynth.yaml --out dataset",
        "python -m cocosynth validate dataset/annotations/instances_train.json "
        "--images dataset/train",
        "python -m cocosynth report dataset --real coco_mini/annotations/instances_val2017.json",
    ]


def test_every_configuration_in_the_docs_is_read(tmp_path):
    schema = config_schema()
    import jsonschema

    [text] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    content = YAML(typ="safe", pure=True).load(text)
    jsonschema.validate(content, schema)
    (tmp_path / "c.yaml").write_text(text)
    load_config(tmp_path / "c.yaml")
    load_config(ROOT / "sample_data/cocosynth.yaml")


def documented(heading):
    """Return the rows of the first table below a heading: the keys of each, and all it names."""
    page = (ROOT / "docs/reproducibility.md").read_text().split(f"## {heading}\n", 1)[1]
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", page.split("\n## ")[0], re.MULTILINE)
    return {
        key: set(re.findall(r"`(\w+)`", text))
        for keys, text in rows
        for key in re.findall(r"`(\w+)`", keys)
    }


STRUCTS = [
    ("Scenes", SceneLine, {}),
    ("The manifest", Manifest, {"splits": SplitCounts, "photographs": Photograph}),
]


@pytest.mark.parametrize(("heading", "kind", "inner"), STRUCTS)
def test_the_keys_of_the_docs_are_those_that_are_written(heading, kind, inner):
    """Of each record, and of the records in it: no other, and none is missing."""
    found = documented(heading)
    assert set(found) == set(kind.__struct_fields__)
    for name, named in found.items():
        fields = set(fields_inside(inner.get(name, get_type_hints(kind)[name])))
        for field in fields:
            assert field in named, f"{name}: {field}"
        assert named <= fields | set(found) | OPTIONS, name


OPTIONS = set(keys_of(config_schema())) | {"coco", "auto"}


def fields_inside(kind):
    """Yield the keys of the records that a type is made of."""
    yield from getattr(kind, "_fields", ()) if kind is not Box else ()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from kind.__struct_fields__
        for inner in get_type_hints(kind).values():
            if inner in (Terms,):
                yield from inner.__struct_fields__
            yield from fields_inside(inner) if get_origin(inner) is list else ()
    for part in get_args(kind):
        if part is not Step:
            yield from fields_inside(part)


def test_the_makefile_lists_its_targets():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "demo", "test", "lint", "types", "check", "bench", "clean"):
        assert re.search(rf"^{target}\s+\S", shown, re.MULTILINE)
