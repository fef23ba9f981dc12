"""Whatever the input: a valid dataset, with all that was left out counted, or one clear line."""

import json
import re
import resource
import sys
from collections import Counter
from pathlib import Path

import fuzz
import pytest
from bad_input import NO_MASK, cases, change, change_annotation, noise, write_project
from PIL import Image
from small_builds import tree

from cocosynth.check.validate import validate
from cocosynth.cli import main
from cocosynth.config.file import load_config
from cocosynth.core.executors import Processes, Serial
from cocosynth.pipeline.build import build as run

CASES = cases()
MEMORY = 3 * 2**29  # bytes that a small project may take at most


@pytest.fixture
def build(tmp_path, monkeypatch, capfd):
    """Run the command in this process, with little memory to have."""
    monkeypatch.chdir(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)

    def build(*options):
        monkeypatch.setattr(sys, "argv", ["cocosynth", "build", "--workers", "1", *options])
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        used = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code or 0, capfd.readouterr().err

    yield build
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


SOME = [
    case if number % 4 == 0 else pytest.param(case, marks=pytest.mark.slow)
    for number, case in enumerate(CASES)
]
"""`make test` tries one in four, `make check` all of them."""


@pytest.mark.timeout(30)
@pytest.mark.parametrize("case", SOME, ids=lambda case: case.name)
def test_bad_input_never_wins(case, tmp_path, build):
    write_project(tmp_path)
    case.spoil(tmp_path)
    before = sorted(path for path in tmp_path.rglob("*") if "dataset" not in path.parts)
    code, told = build("--quiet") if case.message else build()
    if case.message is not None:
        assert (told, code) == (f"cocosynth: error: {case.message}\n", 2)
        assert before == sorted(p for p in tmp_path.rglob("*") if "dataset" not in p.parts)
        return
    assert code == 0, told
    manifest = json.loads((tmp_path / "dataset/manifest.json").read_text())
    found = {f"{r['source']}: {r['reason']}": r["count"] for r in manifest["skipped"]}
    found = {k: v for k, v in found.items() if not k.startswith("images: object that fitted")}
    assert found == {k: v for k, v in case.skipped.items() if v}
    for split in manifest["splits"]:
        annotations = tmp_path / f"dataset/annotations/instances_{split}.json"
        report = validate(
            annotations, images=tmp_path / "dataset" / split, level="pixels", exact=True
        )
        assert report.errors == 0


def test_random_damage_is_told_in_one_line(capsys):
    assert fuzz.main(["--seconds", "1.5"]) == 0, capsys.readouterr().out


def test_the_first_of_what_was_left_out_is_named(tmp_path, build):
    write_project(tmp_path)
    change_annotation(tmp_path, segmentation=[])
    code, told = build()
    assert code == 0
    reason = f"instance whose {NO_MASK}"
    line = f"skipped, photos/instances.json: 1 x {reason}, first annotation 1 of 0.png\n"
    assert line in told
    [record] = json.loads((tmp_path / "dataset/manifest.json").read_text())["skipped"]
    assert record["example"] == "annotation 1 of 0.png"


def test_what_is_left_out_is_told_alike_by_any_number_of_workers(tmp_path, monkeypatch):
    write_project(tmp_path, on_bad_input="skip")
    for number in range(40):  # more than one part of the bank
        Image.fromarray(noise(seed=number)).save(tmp_path / f"photos/images/x{number}.png")
    change(tmp_path, many_bad_ones)
    config = load_config(tmp_path / "cocosynth.yaml")
    for out, executor in (("a", Serial()), ("b", Processes(2))):
        run(config, tmp_path / out, folder=tmp_path, executor=executor)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    [record] = json.loads((tmp_path / "a/manifest.json").read_text())["skipped"]
    assert (record["count"], record["example"]) == (40, "annotation 100 of x0.png")


def many_bad_ones(content):
    for number in range(40):
        record = content["images"][0] | {"id": 100 + number, "file_name": f"x{number}.png"}
        content["images"].append(record)
        bad = {"id": 100 + number, "image_id": 100 + number, "segmentation": []}
        content["annotations"].append(content["annotations"][0] | bad)


def test_a_dataset_is_not_left_half_made_by_bad_input(tmp_path, build):
    write_project(tmp_path, limits={"min_area": 10**6})
    assert build("--quiet")[0] == 2
    assert not (tmp_path / "dataset").exists()


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("cocosynth.yaml/x", "Not a directory"),
        ("/proc/x", "No such file or directory"),
        ("n" * 300, "File name too long"),
        ("photos/images/x", "lies inside of the source"),
        (".", "lies inside of it"),
        ("/dev/null", "is a file"),
    ],
)
def test_a_dataset_that_cannot_be_written_is_one_line(tmp_path, build, out, why):
    write_project(tmp_path)
    code, told = build("--quiet", "--out", out)
    assert code == 2
    assert re.fullmatch(rf"cocosynth: error: {out}.*{why}.*\n", told)


@pytest.mark.parametrize("log", ["", ".", "/proc/x/log.json", "n" * 300])
def test_a_log_that_cannot_be_written_is_one_line(tmp_path, build, log):
    write_project(tmp_path)
    code, told = build("--quiet", "--log", log)
    assert code == 2
    assert re.fullmatch(r"cocosynth: error: .*\n", told)


def test_no_two_cases_have_one_name():
    assert not [name for name, count in Counter(case.name for case in CASES).items() if count > 1]
