"""From a wheel and from a fresh clone, as a new user would."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, cwd, **environment):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What a wheel of the package unpacks to."""
    dist = tmp_path_factory.mktemp("dist")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", dist, ROOT)
    run(sys.executable, *build, cwd=dist)
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(dist / "site")
    return dist / "site"


@pytest.mark.slow
def test_the_wheel_builds_the_sample_from_an_empty_directory(site, tmp_path):
    where = run(
        sys.executable,
        "-c",
        "import cocosynth; print(cocosynth.__file__)",
        cwd=tmp_path,
        PYTHONPATH=str(site),
    )
    assert where.stdout.startswith(str(site))
    build = ("-m", "cocosynth", "build", "--sample", "--workers", "2")
    run(sys.executable, *build, cwd=tmp_path, PYTHONPATH=str(site))
    check = ("-m", "cocosynth", "validate", "--images", "dataset/train")
    file = "dataset/annotations/instances_train.json"
    run(sys.executable, *check, file, cwd=tmp_path, PYTHONPATH=str(site))


def test_the_wheel_holds_schemas_sample_and_licence(site):
    for name in (
        "schemas/coco.schema.json",
        "schemas/config.schema.json",
        "sample_data/README.md",
        "tune/page/index.html",
    ):
        assert (site / "cocosynth" / name).is_file()
    assert list(site.glob("*.dist-info/licenses/LICENSE"))


@pytest.mark.fresh
def test_the_two_commands_of_the_readme_work_in_a_fresh_clone(tmp_path):
    run("git", "clone", "--quiet", ROOT, tmp_path / "clone", cwd=tmp_path)
    clone = tmp_path / "clone"
    demo = run("make", "demo", cwd=clone)
    assert "demo/preview.png" in demo.stdout
    assert (clone / "demo/preview.png").stat().st_size > 10_000
    tested = run("make", "test", "TESTS=tests/labels/test_labels.py", cwd=clone)
    assert " passed" in tested.stdout
