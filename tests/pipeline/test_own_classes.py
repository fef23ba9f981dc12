"""Classes of the user's own, in real builds: a change is noticed, a mistake is one line."""

import importlib
import json
import re
import sys

import pytest
from small_builds import tree, write_backgrounds, write_config, write_cutouts

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes, Serial
from cocosynth.pipeline.build import build
from cocosynth.pipeline.extract import extract

MODULE = """\
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    def sample(self, rng, *, size, canvas):
        return {step}


@dataclass(frozen=True)
class Place:
    def propose(self, rng, candidate, canvas):
        yield {place}


@dataclass(frozen=True)
class Blend:
    def prepare(self, rgba):
        return {prepare}

    def __call__(self, canvas, foreground):
        mask = foreground[..., 3] >= 128
        canvas[mask] = {color}
"""
GOOD = {"step": "None", "place": "(3, 4)", "prepare": "rgba", "color": "foreground[mask, :3]"}


EXECUTORS = [Serial(), Processes(2)]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of classes in `mine.py`, which can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    write_cutouts(tmp_path / "cutouts", copies=2)
    write_backgrounds(tmp_path / "backgrounds")
    change(tmp_path)
    return tmp_path


def change(folder, **parts):
    """Write the module again, as if in another process."""
    (folder / "mine.py").write_text(MODULE.format(**(GOOD | parts)))
    sys.modules.pop("mine", None)
    importlib.invalidate_caches()
    importlib.import_module("mine")


def config_of(folder):
    own = {"augment": ["mine:Step"], "placement": "mine:Place", "blend": {"mine:Blend": None}}
    return load_config(write_config(folder, **own, objects_per_image=[1, 1]))


def made(folder, out="out", **options):
    return build(config_of(folder), folder / out, folder=folder, **options)


def test_workers_give_the_bytes_of_one_process(project):
    for executor in EXECUTORS:
        made(project, type(executor).__name__, executor=executor)
    assert tree(project / "Serial") == tree(project / "Processes")


FAILURES = {
    "an augmentation": (
        {"step": "np.eye(2)"},
        "image 1 of train: mine:Step: sample must give None or a matrix of 3 x 3 finite floats, "
        "got float64 of shape (2, 2): [[1. 0.] [0. 1.]]",
    ),
    "a placement": (
        {"place": "(1 / 0, 1)"},
        "image 1 of train: mine:Place: propose failed: ZeroDivisionError: division by zero "
        "(mine.py, line 15)",
    ),
    "a blend": (
        {"color": "(1, 2)"},
        "image 1 of train: mine:Blend: __call__ failed: ValueError: ",
    ),
    "a preparation": (
        {"prepare": "rgba[:0]"},
        "/cutouts/bar/0.png: mine:Blend: prepare must give uint8 of shape (",
    ),
}


def refused(folder, message, **options):
    with pytest.raises(CocosynthError, match=re.escape(message)) as caught:
        made(folder, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("parts", "message"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_line_that_names_the_class_and_what_it_worked_on(project, parts, message):
    change(project, **parts)
    refused(project, message)
    assert not (project / "out").exists()


def test_a_failure_in_a_worker_is_the_same_line(project):
    parts, message = FAILURES["a placement"]
    change(project, **parts)
    refused(project, message, executor=EXECUTORS[1])


def test_a_bank_is_refused_when_the_class_that_prepared_it_has_changed(project):
    extract(config_of(project), project / "bank", folder=project)
    made(project, bank=project / "bank")
    change(project, prepare="rgba.copy()")
    message = "bank: does not fit: mine:Blend has changed since; cut it out again by"
    refused(project, message, bank=project / "bank", start="overwrite")


def test_an_unfinished_build_is_refused_when_a_class_has_changed(project):
    change(project, place="(_ for _ in ()).throw(KeyboardInterrupt)")
    with pytest.raises(KeyboardInterrupt):
        made(project)
    change(project, place="(3, 5)")
    message = "cannot be continued: mine:Blend has changed since; --overwrite builds it again"
    refused(project, message, start="resume")


def test_a_bank_without_own_classes_says_nothing_of_source_code(project):
    extract(write_config(project), project / "bank")
    assert "source_code" not in json.loads((project / "bank/bank.json").read_text())["blend"]
