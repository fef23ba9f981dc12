"""What a build must do so that its work can be done on several machines."""

from pathlib import Path

from small_builds import tree, write_backgrounds, write_config, write_cutouts

from cocosynth.core.executors import Serial
from cocosynth.pipeline.build import build


class Watching:
    """Runs in this process, as an executor does that has nodes."""

    def __init__(self):
        self.folders = {}
        self.lost = None

    def __call__(self, task, items):
        for folder in getattr(task, "folders", ()):
            self.folders[Path(folder).name] = folder
            for left in self.left_by_a_lost_worker(Path(folder)):
                left.write_bytes(b"half of a fi")
        return Serial()(task, items)

    @staticmethod
    def left_by_a_lost_worker(folder):
        images = folder.parent / "dataset" / "train"
        return [folder / ".0a.partial", images / ".0b.partial"] if images.is_dir() else []


def test_a_build_names_the_folders_of_its_workers_and_removes_what_lost_ones_left(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    path = write_config(tmp_path, splits={"train": 10, "val": 2}, report=False)
    build(path, tmp_path / "serial")
    run = Watching()
    build(path, tmp_path / "watched", executor=run)
    assert set(run.folders) == {"bank", "shards"}
    assert tree(tmp_path / "watched") == tree(tmp_path / "serial")
    assert not list((tmp_path / "watched").rglob(".*.partial"))
