"""A look at many outlines at once finds the instances that a look at each alone finds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cocosynth.config.config import Config
from cocosynth.core import images
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes, Serial
from cocosynth.core.executors.answers import pickled, unpickled
from cocosynth.core.progress import silent
from cocosynth.foregrounds.cutter import Batches, Cutter
from cocosynth.foregrounds.listed import Listed
from cocosynth.pipeline.looking import FEW, looked_at
from cocosynth.sources import outlines
from cocosynth.sources.options import CocoBackground, CocoForeground
from cocosynth.sources.survey import survey_foregrounds

SIZE = (60, 80)
PHOTOS = 40
OUTLINES = [
    [[5, 5, 30, 5, 30, 40, 5, 40]],
    [[0, 10, 20, 10, 20, 30, 0, 30]],
    [[50.2, 20.1, 52.9, 20.1, 52.9, 22.3]],  # a few pixels
    [[1.1, 1.1, 1.2, 1.1, 1.2, 1.2]],  # no pixel
    [[1, 2, 3]],  # no polygon
    None,
    {"size": [60, 80], "counts": [600, 40, 4160]},
    [[30, 30, 70, 30, 70, 55, 30, 55], [33, 33, 60, 33, 60, 58, 33, 58]],
    [[100, 100, 120, 100, 120, 110, 100, 110]],  # outside
]
SOURCES = {
    "one": [{}],
    "two": [{"categories": ["cup"]}, {"categories": ["fork"]}],
    "chosen twice": [{"categories": ["cup"]}, {}],
    "choosy": [{"categories": ["cup"]}, {"categories": ["fork"], "min_side": 8}],
    "some": [{"exclude": list(range(700, 1000, 3))}],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of photographs, whose annotations are not in the order of these."""
    folder = tmp_path_factory.mktemp("looked at")
    (folder / "images").mkdir()
    pixels = np.zeros((*SIZE, 3), np.uint8)
    (folder / "1.png").write_bytes(images.encode_image(pixels, "png", quality=0))
    shown = [{"id": n, "file_name": f"{n}.png", "height": 60, "width": 80} for n in range(PHOTOS)]
    for image in shown:
        (folder / "images" / image["file_name"]).hardlink_to(folder / "1.png")
    annotations = [
        {
            "id": 1000 - n,
            "image_id": n * 7 % PHOTOS,
            "category_id": 1 + n % 2,
            "segmentation": OUTLINES[n % len(OUTLINES)],
            **({"keypoints": [9, 9, 2]} if n % 10 == 0 else {}),
        }
        for n in range(PHOTOS * 9)
    ]
    categories = [
        {"id": 1, "name": "cup", "keypoints": ["handle"], "skeleton": []},
        {"id": 2, "name": "fork"},
    ]
    content = {"images": shown, "annotations": annotations, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def _asked(folder, name, work, run=None):
    named = {"coco": "instances.json", "images": "images"}
    foregrounds = tuple(CocoForeground(**named, **options) for options in SOURCES[name])
    config = Config(
        splits={"train": 1},
        canvas="background",
        foregrounds=foregrounds,
        backgrounds=(CocoBackground(**named, annotations="keep"),),
    )
    catalogue = survey_foregrounds(config, folder, run=run)
    work.mkdir()
    cutter = Cutter.of(catalogue, [], work)
    looking = replace(cutter.survey, measure=False, measure_whole=False)
    return catalogue, replace(cutter, shapes_only=True, survey=looking)


def _told(batches):
    keys = ["part", "category_id", "photo", "annotation_id", "whole", "sharpness", "pixels"]
    batches = list(batches)
    entries = [row for batch in batches for row in batch.entries[keys].tolist()]
    counts = [(batch.photos, batch.skipped, batch.unusable, batch.notes) for batch in batches]
    return entries, counts


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_instances_are_found_and_the_others_counted(folder, tmp_path, name):
    catalogue, cutter = _asked(folder, name, tmp_path / "alone")
    alone = _told(Serial()(cutter, Batches(catalogue)))
    catalogue, cutter = _asked(folder, name, tmp_path / "together", Serial())
    together = _told(looked_at(catalogue, cutter, Serial(), silent))
    assert together == alone
    assert 0 < len(alone[0]) < catalogue.cuts.total


class Watched:
    """Runs items here, and takes down what they were."""

    def __init__(self):
        self.items = []

    def __call__(self, task, items):
        for item in items:
            self.items.append(item)
            yield task(item)


def test_of_most_it_is_known_without_a_look_at_each(folder, tmp_path):
    catalogue, cutter = _asked(folder, "one", tmp_path / "bank", Serial())
    listed, run = Listed.of(catalogue.cuts, catalogue.photos, cutter.survey), Watched()
    surely, left = listed.there.sum(), np.count_nonzero(~listed.there)
    assert surely > 0.25 * len(listed.there)
    found = _told(looked_at(catalogue, cutter, run, silent))
    assert len(found[0]) > surely
    assert sum(len(one.cuts) for batch in run.items for one in batch.photos) == left > FEW


def test_outlines_of_a_file_that_has_changed_are_not_taken_for_known(folder, tmp_path, monkeypatch):
    path, run = tmp_path / "instances.json", Watched()
    path.write_bytes((folder / "instances.json").read_bytes())
    (tmp_path / "images").symlink_to(folder / "images")
    monkeypatch.setattr(outlines, "FEW", 0)
    catalogue, cutter = _asked(tmp_path, "one", tmp_path / "bank", run)
    (sent,) = map(pickled, run.items)
    assert outlines.surely_there(unpickled(sent)).any()
    path.write_bytes(path.read_bytes().replace(b"30", b"31"))
    assert not outlines.surely_there(unpickled(sent)).any()
    with pytest.raises(CocosynthError, match=r"instances\.json: has changed while it was used"):
        list(looked_at(catalogue, cutter, Serial(), silent))


@pytest.mark.slow
def test_workers_find_the_same(folder, tmp_path):
    content = json.loads((folder / "instances.json").read_bytes())
    few = content["annotations"]
    rounds = 1 + outlines.FEW // len(few)
    content["annotations"] = [
        {**one, "id": one["id"] + 1000 * number} for number in range(rounds) for one in few
    ]
    (tmp_path / "instances.json").write_text(json.dumps(content))
    (tmp_path / "images").symlink_to(folder / "images")
    catalogue, cutter = _asked(tmp_path, "one", tmp_path / "alone")
    assert catalogue.cuts.total > outlines.FEW > outlines.A_PIECE
    alone = _told(Serial()(cutter, Batches(catalogue)))
    catalogue, cutter = _asked(tmp_path, "one", tmp_path / "together", Processes(2))
    assert _told(looked_at(catalogue, cutter, Processes(2), silent)) == alone


def test_sides_of_any_length_in_a_record_do_no_harm(folder, tmp_path):
    content = json.loads((folder / "instances.json").read_bytes())
    content["images"][1] |= {"width": 2**62, "height": 2**62}
    content["images"][2] |= {"width": -80, "height": -60}
    (tmp_path / "instances.json").write_text(json.dumps(content))
    (tmp_path / "images").symlink_to(folder / "images")
    catalogue, _ = _asked(tmp_path, "one", tmp_path / "bank", Serial())
    rows = {row.reason: row.count for row in catalogue.skipped.rows()}
    assert rows["instance whose image file has another size than its record"] == 18
    assert len(catalogue.photos) == PHOTOS - 2


@pytest.mark.parametrize("name", SOURCES)
def test_batches_are_the_same_in_another_process_that_reads_the_file(folder, tmp_path, name):
    catalogue, _ = _asked(folder, name, tmp_path / "bank")
    for batch in Batches(catalogue):
        sent = pickled(batch)
        assert b"[[30, 30, 70" not in sent or name not in ("one", "some")
        again = unpickled(sent)
        assert again.number == batch.number
        for one, other in zip(batch.photos, again.photos, strict=True):
            assert one[:2] == other[:2]
            assert len(one.cuts) == len(other.cuts)
            assert list(one.cuts) == list(other.cuts)


def test_another_process_refuses_a_file_that_is_not_as_it_was(folder, tmp_path):
    path = tmp_path / "instances.json"
    path.write_bytes((folder / "instances.json").read_bytes())
    (tmp_path / "images").symlink_to(folder / "images")
    catalogue, _ = _asked(tmp_path, "one", tmp_path / "bank")
    sent = pickled(Batches(catalogue)[0])
    path.unlink()
    with pytest.raises(CocosynthError, match=r"instances\.json: has changed while it was used"):
        unpickled(sent)
