"""Builds of one configuration: in one process, and on a cluster."""

import os
import subprocess
import sys
import time
from pathlib import Path

from small_builds import tree, write_backgrounds, write_config, write_cutouts

sys.path.insert(0, str(Path(__file__).parents[1] / "cloud"))
from seaweed import BUCKET, KEY, SECRET, Seaweed, weed

WITHIN = 120
SIZE = {"splits": {"train": 260, "val": 60}, "canvas": {"width": 640, "height": 480}}


class Project:
    """A configuration with sources, and the dataset that one process builds of it."""

    config = ()
    environment = {"RAY_AUTH_MODE": "disabled", "COLUMNS": "200"}

    def __init__(self, folder):
        self.folder = folder
        write_cutouts(folder / "cutouts")
        write_backgrounds(folder / "backgrounds")
        write_config(folder, **SIZE, report=False)
        self.run("serial", "--executor", "serial")
        self.wanted = tree(folder / "serial")

    def start(self, out, *options, **environment):
        """Start a build; what it says is one text."""
        return subprocess.Popen(
            [sys.executable, "-m", "cocosynth", "build", *self.config, "-o", out, *options],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
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

    def shards(self, out):
        """Count the shards that are made."""
        return len(list((self.folder / out / ".build" / "shards").glob("*.json")))

    def wait_for_shards(self, build, out, count):
        """Wait until so many shards are made."""
        end = time.monotonic() + WITHIN
        while self.shards(out) < count:
            assert build.poll() is None, build.communicate()[0]
            assert time.monotonic() < end, "nothing is made"
            time.sleep(0.05)


class S3Project(Project):
    """The same at an S3 server; its folder on this machine holds nothing that a node needs."""

    @classmethod
    def started(cls, folder):
        """Start a server; None where that is not installed."""
        if weed() is None:
            return None
        made = cls.__new__(cls)
        made.server = Seaweed(folder / "seaweed")
        made.system = made.server.wait()
        made.environment = {
            **cls.environment,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_S3": made.server.endpoint,
            "COCOSYNTH_CACHE": str(folder / "cache"),
        }
        made.folder = folder / "here"
        made.folder.mkdir()
        sources = folder / "sources"
        write_cutouts(sources / "cutouts")
        write_backgrounds(sources / "backgrounds")
        write_config(sources, **SIZE, report=False)
        for path in sources.rglob("*"):
            if path.is_file():
                made.system.pipe_file(f"{BUCKET}/in/{path.relative_to(sources)}", path.read_bytes())
        made.config = (f"s3://{BUCKET}/in/cocosynth.yaml",)
        made.run("serial", "--executor", "serial")
        made.wanted = tree(made.folder / "serial")
        return made

    def url(self, name):
        return f"s3://{BUCKET}/{name}"

    def shards(self, out):
        return len(self.system.glob(f"{out.removeprefix('s3://')}/.build/shards/*.json"))

    def tree(self, name):
        """Return what is below a folder of the bucket."""
        start = f"{BUCKET}/{name}"
        return {key[len(start) + 1 :]: self.system.cat_file(key) for key in self.system.find(start)}


def said_by(build, code=0):
    """Wait for a build to end; return what it said."""
    text, _ = build.communicate(timeout=400)
    assert build.returncode == code, text
    assert "Traceback" not in text, text
    return text
