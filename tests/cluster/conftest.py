"""Builds on a real cluster, for those who have Ray: `make cluster`."""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from nodes import Cluster, ray_command
from small_builds import tree, write_backgrounds, write_config, write_cutouts

HERE = Path(__file__).parent
WITHIN = 120


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(600))
            item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.fixture(scope="session", autouse=True)
def _ray():
    if importlib.util.find_spec("ray") is None or ray_command() is None:
        pytest.skip("Ray is not installed: run `make cluster`")


@pytest.fixture
def cluster():
    made = Cluster()
    yield made
    made.stop()


class Project:
    """A configuration with sources, and the dataset that one process builds of it."""

    def __init__(self, folder):
        self.folder = folder
        write_cutouts(folder / "cutouts")
        write_backgrounds(folder / "backgrounds")
        write_config(
            folder,
            splits={"train": 180, "val": 60},
            canvas={"width": 480, "height": 360},
            report=False,
        )
        self.run("serial", "--executor", "serial")
        self.wanted = tree(folder / "serial")

    def start(self, out, *options, **environment):
        """Start a build; what it says is one text."""
        return subprocess.Popen(
            [sys.executable, "-m", "cocosynth", "build", "-o", out, *options],
            cwd=self.folder,
            env={**os.environ, "RAY_AUTH_MODE": "disabled", "COLUMNS": "200", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def on(self, cluster, out, *options, **environment):
        return self.start(
            out, "--executor", "ray", "--ray-address", cluster.address, *options, **environment
        )

    def run(self, *arguments, code=0):
        return said_by(self.start(*arguments), code)

    def wait_for_shards(self, build, out, count):
        """Wait until so many shards are made."""
        end = time.monotonic() + WITHIN
        while len(list((self.folder / out / ".build" / "shards").glob("*.json"))) < count:
            assert build.poll() is None, build.communicate()[0]
            assert time.monotonic() < end, "nothing is made"
            time.sleep(0.05)


def said_by(build, code=0):
    """Wait for a build to end; return what it said."""
    text, _ = build.communicate(timeout=400)
    assert build.returncode == code, text
    assert "Traceback" not in text, text
    return text


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))
