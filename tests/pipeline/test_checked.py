"""What a build has written is checked and drawn, beside each other where there are workers."""

import json
import shutil

import pytest
from small_builds import ready

from cocosynth.core.executors import Processes, Serial
from cocosynth.pipeline.checked import checked
from cocosynth.pipeline.staging import Staging

RUNS = [Serial(), pytest.param(Processes(2), marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return ready(tmp_path_factory.mktemp("checked"))[0]


@pytest.fixture
def staging(dataset, tmp_path):
    """A build that has written everything and checked nothing."""
    found = Staging(tmp_path / "out", ("train", "val"), ())
    shutil.copytree(dataset, found.stage)
    (found.stage / "preview.png").unlink()
    return found


@pytest.mark.parametrize("run", RUNS)
def test_every_file_is_checked_and_the_preview_is_drawn(staging, dataset, run):
    with checked(staging, ["train", "val"], run) as reports:
        found = reports()
    assert list(found) == ["train", "val"]
    assert all(report.annotations and not report.errors for report in found.values())
    drawn = (staging.stage / "preview.png").read_bytes()
    assert drawn == (dataset / "preview.png").read_bytes()


@pytest.mark.parametrize("run", RUNS)
def test_a_file_that_is_not_valid_is_an_error_even_if_nobody_asks(staging, run):
    path = staging.stage / "annotations/instances_val.json"
    content = json.loads(path.read_text())
    content["annotations"][0]["image_id"] = 999
    path.write_text(json.dumps(content))
    with (
        pytest.raises(RuntimeError, match="not valid:\nerror unknown-image"),
        checked(staging, [], run),
    ):
        pass
