"""Builds on a real cluster, for those who have Ray: `make cluster`."""

import importlib.util
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from nodes import Cluster, ray_command
from projects import Project, S3Project

HERE = Path(__file__).parent


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


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def s3_project(tmp_path):
    pytest.importorskip("s3fs", reason="s3fs is not installed: run `make cluster`")
    made = S3Project.started(tmp_path)
    if made is None:
        pytest.skip("the S3 server is not installed: run `make cluster`")
    yield made
    made.server.stop()
