"""A real S3 server for the tests of this folder; without its package they are skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fault_proxy import FaultProxy
from seaweed import BUCKET, KEY, SECRET, Seaweed, weed
from small_builds import tree, write_backgrounds, write_config, write_cutouts

from cocosynth.pipeline.build import build

HERE = Path(__file__).parent
FORMATS = ["coco", "yolo", "yolo_detect", "voc", "webdataset", "panoptic", "semantic"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("cloud"))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    pytest.importorskip("s3fs", reason="s3fs is not installed: run `make cloud`")
    if weed() is None:
        pytest.skip("the S3 server is not installed: run `make cloud`")
    running = Seaweed(tmp_path_factory.mktemp("seaweed"))
    try:
        running.system = running.wait()
        yield running
    finally:
        running.stop()


class Store:
    """A bucket, and cocosynth run against it as a person runs it."""

    def __init__(self, server, folder):
        self.server, self.folder, self.system = server, folder, server.system
        self.proxy = FaultProxy(server.port)
        self.cache = folder / "cache"

    def url(self, name):
        return f"s3://{BUCKET}/{self.folder.name}/{name}"

    def key(self, name):
        return f"{BUCKET}/{self.folder.name}/{name}"

    def environment(self, **more):
        return {
            **os.environ,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_S3": self.proxy.endpoint,
            "COCOSYNTH_CACHE": str(self.cache),
            "COLUMNS": "200",
            **more,
        }

    def command(self, *arguments):
        return [sys.executable, "-m", "cocosynth", *map(str, arguments)]

    def start(self, *arguments, **more):
        """Start a command; its messages are one text."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment(**more),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments, code=0, **more):
        """Run a command to its end; return its messages."""
        process = self.start(*arguments, **more)
        text, _ = process.communicate(timeout=240)
        assert process.returncode == code, text
        assert "Traceback" not in text
        return text

    def tree(self, name):
        """Return what is below a folder of the bucket."""
        start = self.key(name)
        return {key[len(start) + 1 :]: self.system.cat_file(key) for key in self.system.find(start)}

    def put(self, source, name):
        for path in sorted(source.rglob("*")):
            if path.is_file():
                key = self.key(f"{name}/{path.relative_to(source).as_posix()}")
                self.system.pipe_file(key, path.read_bytes())


@pytest.fixture
def store(server, tmp_path):
    made = Store(server, tmp_path)
    yield made
    made.proxy.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a folder of sources, three shards of images, and what a build of them has on disk."""
    folder = tmp_path_factory.mktemp("made")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    config = write_config(
        folder,
        splits={"train": 18, "val": 2},
        report=False,
        export={"image_format": "png", "formats": FORMATS},
    )
    build(config, folder.parent / "made-out", folder=folder)
    return folder, tree(folder.parent / "made-out")


@pytest.fixture
def sources(made, tmp_path):
    """Return a folder with a configuration, cut-outs and backgrounds."""
    return Path(shutil.copytree(made[0], tmp_path / "sources"))


@pytest.fixture
def expected(made):
    """Return what a build of these sources has on disk."""
    return made[1]
