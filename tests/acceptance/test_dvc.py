"""The pipeline that `init --dvc` writes, run by the real DVC in a real repository."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from small_builds import tree, write_annotated, write_backgrounds, write_config, write_cutouts

from cocosynth.config.file import load_config
from cocosynth.config.yaml_text import parse_yaml

DVC = os.environ.get("COCOSYNTH_DVC") or shutil.which("dvc")
pytestmark = [
    pytest.mark.skipif(not DVC, reason="no dvc: install it, or name it by COCOSYNTH_DVC"),
    pytest.mark.skipif(not shutil.which("git"), reason="no git"),
]

STAGES = ("extract", "build", "validate", "stats")
SOURCES = [{"folder": "cutouts"}, {"coco": "photos/instances.json", "images": "photos/images"}]


def run(*command, cwd):
    bin_folder = Path(sys.executable).parent
    who = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
        | {f"GIT_{field}": "somebody" for field in who},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stages_run(shown):
    """Return the stages that ran; of all others DVC must say that there was no need."""
    ran = re.findall(r"Running stage '(\w+)'", shown)
    spared = re.findall(r"Stage '(\w+)' (?:didn't change|is cached)", shown)
    assert sorted([*ran, *spared]) == sorted(STAGES), shown
    return tuple(ran)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a repository whose pipeline has run once, committed; not to be changed."""
    folder = tmp_path_factory.mktemp("dvc") / "project"
    folder.mkdir()
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    write_annotated(folder / "photos", [(10, 10, 40, 30)], category="box", count=3)
    write_config(folder, foregrounds=SOURCES)
    run(sys.executable, "-m", "cocosynth", "init", "--dvc", cwd=folder)
    (folder / "cocosynth.yaml").unlink()
    run("git", "init", "-q", cwd=folder)
    run(DVC, "init", "-q", cwd=folder)
    assert stages_run(run(DVC, "repro", cwd=folder)) == STAGES
    run("git", "add", "-A", cwd=folder)
    run("git", "commit", "-qm", "built", cwd=folder)
    return folder


@pytest.fixture
def project(built, tmp_path):
    return shutil.copytree(built, tmp_path / "project", symlinks=True)


def edit(project, old, new):
    path = project / "params.yaml"
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))


def test_git_holds_the_figures_and_dvc_the_data(built):
    assert run("git", "status", "--short", cwd=built) == ""
    kept = run("git", "ls-files", cwd=built).split()
    assert {"dvc.lock", "dvc.yaml", "params.yaml", "stats/metrics.json"} < set(kept)
    assert not [name for name in kept if name.startswith(("dataset/", "bank/"))]


def test_a_second_run_runs_nothing(project):
    shown = run(DVC, "repro", cwd=project)
    assert stages_run(shown) == ()
    assert "up to date" in shown


def test_the_pipeline_makes_what_a_plain_build_makes(project):
    command = (sys.executable, "-m", "cocosynth", "build", "params.yaml:build", "--out", "plain")
    run(*command, "--quiet", "--workers", "1", cwd=project)
    assert tree(project / "plain") == tree(project / "dataset")


def test_an_experiment_with_another_seed_cuts_nothing_out_anew(project):
    before = tree(project / "dataset")
    shown = run(DVC, "exp", "run", "-S", "build.seed=4", cwd=project)
    assert stages_run(shown) == STAGES[1:]
    assert load_config(f"{project / 'params.yaml'}:build").seed == 4
    assert tree(project / "dataset") != before
    assert json.loads(run(DVC, "params", "diff", "--json", cwd=project)) == {
        "params.yaml": {"build.seed": {"old": 3, "new": 4, "diff": 1}}
    }
    changes = json.loads(run(DVC, "metrics", "diff", "--json", cwd=project))
    now = json.loads((project / "stats/metrics.json").read_text())
    area = changes["stats/metrics.json"]["train.area.mean"]
    assert area["new"] == now["train"]["area"]["mean"] != area["old"]


def touch_cutout(project):
    picture = cv2.imread(str(project / "cutouts/disk/0.png"), cv2.IMREAD_UNCHANGED)
    picture[24, 24, 0] ^= 1
    cv2.imwrite(str(project / "cutouts/disk/0.png"), picture)


CHANGES = {
    "visibility": (lambda p: edit(p, "min_visibility: 0.3", "min_visibility: 0.5"), STAGES[1:]),
    "rim": (lambda p: edit(p, "blend: feather", "blend: {feather: {rim: 1}}"), STAGES),
    "a background": (lambda p: write_backgrounds(p / "backgrounds", count=5), STAGES[1:]),
    "a cut-out": (touch_cutout, STAGES),
}


@pytest.mark.parametrize(("change", "stages"), CHANGES.values(), ids=CHANGES)
def test_a_change_runs_what_depends_on_it_and_nothing_else(project, change, stages):
    change(project)
    assert stages_run(run(DVC, "repro", cwd=project)) == stages


def test_metrics_and_plots_are_read(built):
    shown = json.loads(run(DVC, "metrics", "show", "--json", cwd=built))
    read = shown[""]["data"]["stats/metrics.json"]["data"]
    assert read == json.loads((built / "stats/metrics.json").read_text())
    assert shown[""]["data"]["stats/validation.json"]["data"]["errors"] == 0
    plots = json.loads(run(DVC, "plots", "show", "--json", cwd=built))
    assert not plots.get("errors")
    points = plots["data"]["objects per image"][0]["content"]["data"]["values"]
    assert {point["filename"] for point in points} == {
        "train/objects_per_image.json",
        "val/objects_per_image.json",
    }
    names = [
        str(Path("stats/plots") / s / f"{p}.json")
        for s in ("train", "val")
        for p in ("sizes", "categories")
    ]
    for name in names:
        assert plots["data"][name][0]["content"]["data"]["values"], name
    assert set(plots["data"]) == {
        "objects per image", "visibility", *names, str(Path("dataset/preview.png")),
    }  # fmt: skip


def test_what_was_pushed_comes_back_bit_for_bit(project, tmp_path):
    before = tree(project / "dataset"), tree(project / "bank")
    run(DVC, "remote", "add", "-d", "store", tmp_path / "store", cwd=project)
    run(DVC, "push", cwd=project)
    for gone in ("dataset", "bank", ".dvc/cache"):
        shutil.rmtree(project / gone)
    run(DVC, "pull", cwd=project)
    assert (tree(project / "dataset"), tree(project / "bank")) == before
    assert stages_run(run(DVC, "repro", cwd=project)) == ()


SCALARS = """
1e-3 1E5 1.5e+3 1e3 1. .5 -0 +1 010 0o10 0b11 0x1F 1_000 685_230.15 .inf
yes no on off y n True false null ~ NULL 12:30:45 190:20:30 1.2.3
"yes" '3' "1e-3" 1e 0x 0o8 _1 1__0 +.5 1e+ infinity nan
"""


def test_dvc_reads_every_scalar_as_we_do(tmp_path):
    run("git", "init", "-q", cwd=tmp_path)
    run(DVC, "init", "-q", cwd=tmp_path)
    run("git", "commit", "-qm", "nothing yet", cwd=tmp_path)
    scalars = dict(enumerate(SCALARS.split()))
    text = "".join(f"k{number}: {scalar}\n" for number, scalar in scalars.items())
    (tmp_path / "v.yaml").write_text(text)
    shown = run(DVC, "params", "diff", "--all", "--json", "--targets", "v.yaml", cwd=tmp_path)
    theirs = {key: change["new"] for key, change in json.loads(shown)["v.yaml"].items()}
    ours = parse_yaml(text.encode(), "v.yaml")
    for number, scalar in scalars.items():
        read, wanted = ours[f"k{number}"], theirs[f"k{number}"]
        assert (type(read), read) == (type(wanted), wanted), scalar
