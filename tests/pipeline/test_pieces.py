"""Files that hold some images each are written where the executor runs, and once."""

import tarfile

import pytest
from small_builds import (
    tree,
    write_annotated,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth.config.file import load_config
from cocosynth.core.errors import StoppedError
from cocosynth.core.executors import Processes, Serial
from cocosynth.pipeline.build import build
from cocosynth.pipeline.pieces import Piece

SIZE = 3


class Noting:
    """Runs here, and notes what it was asked to run; stops before a piece of a given number."""

    def __init__(self, stop=None):
        self.tasks, self.stop = [], stop

    def __call__(self, task, items):
        def noted(item):
            if isinstance(item, Piece) and item.number == self.stop:
                raise StoppedError("stopped for the test")
            self.tasks.append((type(task.task).__name__, str(item)))
            return task(item)

        return Serial()(noted, items)

    @property
    def pieces(self):
        return [item for task, item in self.tasks if task == "PieceWriter"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A split whose backgrounds repeat, so that shards are not in the order of the images."""
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    write_annotated(folder / "annotated", [(10, 20, 60, 40)], count=2, iscrowd=1)
    write_backgrounds(folder / "backgrounds", 2)
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    export = {"formats": ["coco", {"webdataset": {"shard_size": SIZE}}]}
    path = write_config(
        folder,
        splits={"train": 10, "val": 2},
        backgrounds=[source | {"annotations": "keep"}, {"folder": "backgrounds"}],
        export=export,
        report=False,
    )
    build(load_config(path), folder / "serial", folder=folder)
    return folder


def start(project, out, executor, **choices):
    config = load_config(project / "cocosynth.yaml")
    return build(config, project / out, folder=project, executor=executor, **choices)


def test_tar_files_are_made_where_the_executor_runs(project):
    noting = Noting()
    start(project, "noted", noting)
    assert noting.pieces == [
        "images 1 to 3 of train",
        "images 4 to 6 of train",
        "images 7 to 9 of train",
        "images 10 to 10 of train",
    ]  # val is one piece, which needs no worker
    assert tree(project / "noted") == tree(project / "serial")


def test_pieces_are_those_of_a_format_that_writes_all_of_them(project):
    """With one piece the parent calls `finish`; the members of all tar files are the same."""
    one = project / "one.json"
    one.write_text((project / "cocosynth.yaml").read_text().replace('_size": 3', '_size": 100'))
    build(load_config(one), project / "one", folder=project)
    members = {}
    for out in ("one", "serial"):
        members[out] = []
        for path in sorted((project / out / "webdataset").glob("train-*.tar")):
            with tarfile.open(path) as tar:
                members[out] += [(m.name, tar.extractfile(m).read()) for m in tar]
    assert members["one"] == members["serial"]
    assert len(members["one"]) == 20


def test_a_build_that_stopped_among_them_goes_on_behind_what_is_written(project):
    with pytest.raises(StoppedError):
        start(project, "stopped", Noting(stop=2))
    tars = project / "stopped/.build/dataset/webdataset"
    assert sorted(p.name for p in tars.iterdir()) == ["train-000000.tar", "train-000001.tar"]
    before = {path.name: path.stat().st_mtime_ns for path in tars.iterdir()}
    start(project, "stopped", Serial(), start="resume")
    after = project / "stopped/webdataset"
    assert {name: (after / name).stat().st_mtime_ns for name in before} == before
    assert tree(project / "stopped") == tree(project / "serial")


@pytest.mark.slow
def test_workers_write_the_same_bytes(project):
    start(project, "workers", Processes(2))
    assert tree(project / "workers") == tree(project / "serial")
