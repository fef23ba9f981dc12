"""The measure that tells pasted objects from real ones runs, and measures what it says."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import pasted_look
from benchmarks.pasted_look import LOOKS, area_under_curve, dealt, patches_of
from cocosynth.core.resources import resource


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    return dealt(resource("sample_data"), 2, tmp_path_factory.mktemp("groups"))


def test_each_photograph_is_in_one_group(groups):

    files = [json.loads(Path(group["backgrounds"][0]["coco"]).read_bytes()) for group in groups]
    first, second = ({image["id"] for image in file["images"]} for file in files)
    assert first
    assert second
    assert not first & second
    assert [group["foregrounds"][0]["coco"] for group in groups] == [
        group["backgrounds"][0]["coco"] for group in groups
    ]


def test_as_many_patches_are_pasted_as_real(groups):
    patches = patches_of(groups[0], LOOKS["paste"], 12)
    assert len(patches.pasted) > 10
    assert patches.pasted.sum() * 2 == len(patches.pasted)
    assert patches.pixels.shape[1:] == (32, 32, 3)


def test_a_perfect_order_has_an_area_of_1_and_one_of_chance_a_half():
    pasted = np.array([False, False, True, True])
    assert area_under_curve(np.array([0.1, 0.2, 0.3, 0.4]), pasted) == 1
    assert area_under_curve(np.array([0.4, 0.3, 0.2, 0.1]), pasted) == 0
    assert area_under_curve(np.array([0.5, 0.5, 0.5, 0.5]), pasted) == 0.5
    assert area_under_curve(np.array([0.1, 0.3, 0.2, 0.4]), pasted) == 0.75


def test_techniques_of_a_configuration_are_measured_on_the_photographs_of_the_measure(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "foregrounds: [{coco: a.json, images: a, whole: 0.8}]\nsplits: {train: 9}\nblend: paste\n"
    )
    assert pasted_look.read(path) == {"blend": "paste", "cut": {"whole": 0.8}}


def test_the_network_learns_what_tells_two_kinds_apart():
    pytest.importorskip("torch")
    from cocosynth.check.shortcut import classifier

    rng = np.random.default_rng(0)
    patches = rng.integers(90, 160, (600, 32, 32, 3), dtype=np.uint8)
    kind = np.arange(600) % 2 == 1
    patches[kind, :, 16:] //= 2
    found = classifier.scores(patches[:400], kind[:400], patches[400:])
    assert area_under_curve(found, kind[400:]) > 0.95
    blind = classifier.scores(patches[:400], rng.random(400) < 0.5, patches[400:][~kind[400:]])
    assert len(blind) == 100


def test_the_command_prints_a_line_for_each_look(monkeypatch, capsys):
    pytest.importorskip("torch")
    words = ["pasted_look", str(resource("sample_data")), "--only", "paste", "feather"]
    monkeypatch.setattr(sys, "argv", [*words, "--groups", "2", "--images", "8"])
    pasted_look.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["paste", "feather"]
    assert all(0 <= float(number) <= 1 for line in lines for number in line.split()[-2:])
