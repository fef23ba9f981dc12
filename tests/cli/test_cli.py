import errno
import fcntl
import json
import os
import subprocess
import sys

import pytest
from small_builds import tree, write_annotated, write_backgrounds, write_config, write_cutouts

from cocosynth.core.executors import EXECUTORS

BUILD = ("build", "--workers", "1")


def run(*arguments, cwd):
    """The command as a user starts it: in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cocosynth", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    write_config(tmp_path)
    return tmp_path


def refused(done, *words):
    """A mistake of the user's: exit code 2, one line that tells, no traceback."""
    assert done.returncode == 2, done.stderr
    [line] = [line for line in done.stderr.splitlines() if line.startswith("cocosynth: error")]
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in line


def test_build_takes_the_configuration_of_the_folder_and_says_what_to_look_at(project):
    done = run(*BUILD, cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "built dataset: look at dataset/report.html\n"
    assert "train: 6 images" in done.stderr
    assert "checked against the schema" in done.stderr


def test_the_end_of_a_build_is_a_table_and_then_the_warnings(project, here):
    done = here(*BUILD, COLUMNS="200")
    lines = done.stderr.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("warning: "))
    assert all(line.startswith("warning: ") for line in lines[first:])
    assert lines[first - 3 : first] == [
        line for line in lines if line.split()[:1] in (["disk"], ["ring"], ["bar"])
    ]
    assert " ".join(lines[first - 4].split()) == (
        "category pasted from backgrounds instances to draw from photographs they come from "
        "uses of the most used instance"
    )
    assert "fewer than 5 photographs to cut out of: bar (3), disk (3), ring (3)" in lines[first]
    assert "\x1b" not in done.stderr


def test_warnings_are_coloured_where_the_terminal_shows_colours(project, here):
    done = here(*BUILD, FORCE_COLOR="1", TERM="xterm")
    assert "\x1b[33mwarning: fewer than 5 photographs" in done.stderr
    done = here(*BUILD, "--overwrite", FORCE_COLOR="1", TERM="xterm", NO_COLOR="1")
    assert "\x1b[33m" not in done.stderr


def test_json_is_what_the_manifest_says(project, here):
    done = here(*BUILD, "--json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    printed = json.loads(done.stdout)
    manifest = json.loads((project / "dataset/manifest.json").read_bytes())
    assert printed.pop("out") == "dataset"
    assert printed.pop("notes") == manifest.get("notes", [])
    assert printed == {key: manifest[key] for key in ("splits", "skipped", "health")}
    assert [row["name"] for row in printed["health"]["categories"]] == ["bar", "disk", "ring"]
    assert printed["health"]["warnings"][0]["rule"] == "few-photographs"


def test_quiet_says_nothing(project, here):
    done = here(*BUILD, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_sample_is_built_from_anywhere(tmp_path):
    done = run("build", "--sample", "-o", "out", "--workers", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/preview.png").stat().st_size > 10_000


def test_a_seed_on_the_command_line_goes_before_the_configuration(project, here):
    here(*BUILD, "-q", "-o", "a")
    here(*BUILD, "-q", "-o", "b", "--seed", "0")
    here(*BUILD, "-q", "-o", "c", "--seed", "3")
    assert tree(project / "a") == tree(project / "c")
    assert tree(project / "a") != tree(project / "b")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["build", "extract"])
def test_the_executor_changes_no_byte(project, command):
    names = [name for name in EXECUTORS if name != "ray"]  # which tests/cluster tries
    for executor in names:
        few = ["--workers", "2"] if EXECUTORS[executor].has_workers else []
        options = (command, "-q", "-o", executor, "--executor", executor, *few)
        done = run(*options, cwd=project)
        assert done.returncode == 0, done.stderr
    first, *others = (tree(project / executor) for executor in names)
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    "command", [["build"], ["extract"], ["validate", "photos.json"]], ids=lambda command: command[0]
)
def test_a_wrong_executor_is_refused_with_the_choices(project, here, command):
    (project / "photos.json").write_text('{"images": [], "annotations": [], "categories": []}')
    choices = ", ".join(EXECUTORS)
    refused(here(*command, "--executor", "threads"), "there is no 'threads'", choices)
    refused(here(*command, "--executor", "serial", "--workers", "3"), "remove --workers 3")


@pytest.mark.parametrize(
    ("command", "lock"), [("build", "out/.build/lock"), ("extract", "out/.lock")]
)
def test_without_locks_the_work_goes_on_and_one_line_says_so(
    project, here, monkeypatch, command, lock
):
    """As on network file systems that are mounted without them."""

    def flock(stream, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    here(command, "-o", "locked", "--workers", "1")
    monkeypatch.setattr(fcntl, "flock", flock)
    done = here(command, "-o", "out", "--workers", "1")
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stderr.splitlines() if "locks" in line]
    assert line == (
        f"note: {lock}: the file system has no locks: let nothing else write to this folder"
    )
    assert tree(project / "out") == tree(project / "locked")
    quiet = here(command, "-o", "quiet", "--workers", "1", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_the_log_holds_timings_and_lies_outside_of_the_dataset(project, here):
    assert here(*BUILD, "-q", "--log", "log.json").returncode == 0
    assert json.loads((project / "log.json").read_text())["images"] == {"train": 6, "val": 2}
    refused(here(*BUILD, "-o", "d", "--log", "d/log.json"), "outside of d")


def test_without_a_configuration_the_way_out_is_told(tmp_path):
    refused(run("build", cwd=tmp_path), "no cocosynth.yaml here", "--sample")


def test_a_folder_that_holds_something_else_is_left_alone(project, here):
    (project / "out").mkdir()
    (project / "out/thesis.txt").write_text("years of work")
    for extra in ([], ["--overwrite"]):
        refused(here(*BUILD, "-o", "out", *extra), "out", "not empty")
    assert (project / "out/thesis.txt").read_text() == "years of work"


def test_a_dataset_is_replaced_on_demand_only(project, here):
    assert here(*BUILD, "-q").returncode == 0
    before = tree(project / "dataset")
    (project / "dataset/mine.txt").write_text("keep")
    refused(here(*BUILD), "--overwrite")
    write_config(project, seed=4)
    assert here(*BUILD, "-q", "--overwrite").returncode == 0
    after = tree(project / "dataset")
    assert after.pop("mine.txt") == b"keep"
    shown = "report_files/p"  # photographs behind the images: another seed draws others
    assert {n for n in after if shown not in n} == {n for n in before if shown not in n}
    assert after != before


def test_a_dataset_inside_of_its_source_is_refused(project, here):
    refused(here(*BUILD, "-o", "backgrounds/out"), "lies inside of the source")


CASES = [
    ({"seed": -1}, ["seed", "0 or more"]),
    ({"sed": 1}, ["unknown key 'sed'", "did you mean 'seed'?"]),
    ({"splits": None}, ["splits", "missing"]),
    ({"splits": {"../x": 3}}, ["'../x'", "cannot name a folder"]),
    ({"objects_per_image": [4, 1]}, ["objects_per_image", "low to high"]),
    ({"augment": [{"rotat": {}}]}, ["augment[0]", "did you mean 'rotate' or"]),
    ({"augment": [{"flip": {"p": 2}}]}, ["augment[0].flip", "p must lie in [0, 1], got 2"]),
    (
        {"augment": [{"flip": {"q": 2}}]},
        ["augment[0].flip", "no parameter 'q'", "choose from direction, p"],
    ),
    ({"blend": "my_module:Blend"}, ["blend", "cannot import"]),
    ({"limits": {"min_visibility": 1.5}}, ["limits.min_visibility", "from 0 to 1"]),
    ({"canvas": {"width": 0, "height": 5}}, ["canvas.width", "from 1"]),
    ({"foregrounds": [{"folder": "nowhere"}]}, ["nowhere", "no such folder"]),
    ({"foregrounds": [{"coco": "x.json"}]}, ["foregrounds[0]", "'images' is missing"]),
    ({"foregrounds": []}, ["foregrounds", "at least 1"]),
    ({"foregrounds": [{"folder": "cutouts", "categories": ["disc"]}]}, ["did you mean 'disk'?"]),
    ({"category_weights": {"dsk": 1}}, ["category_weights", "'dsk'", "disk"]),
    ({"splits": {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}}, ["background", "share_sources: true"]),
]


@pytest.mark.parametrize(("changes", "words"), CASES, ids=lambda value: str(value)[:40])
def test_a_wrong_configuration_is_one_clear_line(project, here, changes, words):
    write_config(project, **changes)
    refused(here(*BUILD), *words)
    assert not (project / "dataset").exists()


def test_foregrounds_that_give_nothing_say_why(project, here):
    write_annotated(project / "bad", [(0, 0, 5, 5)], segmentation=[[1, 2]])
    source = {"coco": "bad/instances.json", "images": "bad/images"}
    write_config(project, foregrounds=[source])
    refused(here(*BUILD), "no foreground can be used", "fewer than 3 points")


def test_photographs_without_derivatives_are_refused_with_the_way_to_allow_them(project, here):
    (project / "backgrounds/credits.csv").write_text(
        "file_name,license,license_url\n"
        "0.png,Attribution-NoDerivs License,http://creativecommons.org/licenses/by-nd/2.0/\n"
    )
    done = here(*BUILD)
    assert "1 x photograph: licence forbids derivatives" in done.stderr
    assert "licenses.no_derivatives: allow" in done.stderr
    write_config(project, licenses={"no_derivatives": "allow"})
    assert "derivatives" not in here(*BUILD, "--overwrite").stderr


def test_validate_tells_a_valid_file_from_one_that_is_not(project, here):
    here(*BUILD, "-q")
    path = project / "dataset/annotations/instances_train.json"
    good = run("validate", path, "--images", project / "dataset/train", cwd=project)
    assert good.returncode == 0
    content = json.loads(path.read_text())
    content["annotations"][0]["image_id"] = 999
    path.write_text(json.dumps(content))
    bad = run("validate", path, cwd=project)
    assert bad.returncode == 1
    assert "999" in bad.stdout
    refused(here("validate", "nothing.json"), "nothing.json", "does not exist")


def test_version_and_help(tmp_path, here):
    assert run("--version", cwd=tmp_path).stdout.startswith("cocosynth ")
    for command in ([], ["build"], ["validate"]):
        assert here(*command, "--help").returncode == 0


def test_validate_takes_the_folder_of_a_dataset_and_writes_a_report(project, here):
    write_config(project, seed=1)  # each category is in each split
    here(*BUILD, "-q")
    good = here("validate", "dataset", "--report", "reports/validation.json")
    assert good.returncode == 0, good.stdout
    report = json.loads((project / "reports/validation.json").read_text())
    assert (report["errors"], report["warnings"]) == (0, 0)
    assert [part["level"] for part in report["reports"]] == ["pixels", "pixels", "splits"]
    assert all("given" not in note for part in report["reports"] for note in part["notes"])
    next((project / "dataset/val").iterdir()).unlink()
    bad = here("validate", "dataset", "--report", "reports/validation.json")
    assert bad.returncode == 1
    report = json.loads((project / "reports/validation.json").read_text())
    assert report["reports"][1]["counts"] == {"image-missing": 1}
    refused(here("validate", "backgrounds"), "backgrounds", "annotation files")


@pytest.mark.parametrize("command", [("validate", "--report"), ("stats", "--metrics")])
def test_a_report_does_not_replace_the_file_that_it_is_about(project, here, command):
    write_annotated(project / "photos", [(5, 5, 20, 20)])
    path = project / "photos/instances.json"
    before = path.read_bytes()
    verb, option = command
    refused(here(verb, str(path), option, str(path)), "would overwrite what is read")
    assert path.read_bytes() == before


def test_show_names_what_does_not_exist(tmp_path, here):
    refused(here("show", "nothing"), "nothing: does not exist")
