"""What a catalogue keeps of each annotation is a few numbers; cuts are made when asked for."""

import json
import tracemalloc

import msgspec
import numpy as np
import pytest
from PIL import Image

from cocosynth.config.config import Config
from cocosynth.sources.options import CocoBackground, CocoForeground
from cocosynth.sources.survey import survey

PHOTOS, EACH = 200, 50
CROWDS = range(76, PHOTOS * EACH, 77)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of photographs with many annotations, whose outlines are long."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "images").mkdir()
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(folder / "1.png")
    images = [{"id": n, "file_name": f"{n}.png", "height": 30, "width": 40} for n in range(PHOTOS)]
    for image in images:
        (folder / "images" / image["file_name"]).hardlink_to(folder / "1.png")
    annotations = [
        {
            "id": n,
            "image_id": n % PHOTOS,
            "category_id": 1 + n % 2,
            "segmentation": [[1, 1, 9, 1, 9, 9, *[1, 9] * 100]],
            "iscrowd": int(n in CROWDS),
        }
        for n in range(PHOTOS * EACH)
    ]
    categories = [{"id": 1, "name": "cup"}, {"id": 2, "name": "fork"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def config(*foregrounds, **background):
    named = {"coco": "instances.json", "images": "images"}
    return Config(
        splits={"train": 1},
        canvas="background",
        foregrounds=tuple(CocoForeground(**named, **options) for options in foregrounds),
        backgrounds=(CocoBackground(**named, **background),),
    )


def test_an_annotation_takes_few_bytes(folder):
    asked = config({}, annotations="keep")
    survey(asked, folder)  # what is loaded on the way does not count
    tracemalloc.start()
    try:
        catalogue = survey(asked, folder)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(map(len, catalogue.cuts.values())) == PHOTOS * EACH - len(CROWDS)
    assert sum(len(one.annotations) for one in catalogue.backgrounds) == PHOTOS * EACH
    assert kept < PHOTOS * EACH * 150
    assert peak < (folder / "instances.json").stat().st_size


def test_cuts_are_those_of_the_file_in_its_order(folder):
    content = json.loads((folder / "instances.json").read_bytes())
    catalogue = survey(config({"min_side": 3, "matte": "guided"}, annotations="keep"), folder)
    of_photo = [one for one in content["annotations"] if one["image_id"] == 99]
    (number,) = (n for n, photo in enumerate(catalogue.photos) if photo.image_id == 99)
    cuts = catalogue.cuts[number]
    assert [cut.annotation.id for cut in cuts] == [a["id"] for a in of_photo if not a["iscrowd"]]
    assert [one.id for one in cuts[0].beside] == [one["id"] for one in of_photo]
    assert {(cut.category, cut.min_side, cut.matte) for cut in cuts} == {("fork", 3, "guided")}
    assert msgspec.json.decode(cuts[0].annotation.segmentation) == of_photo[0]["segmentation"]
    assert any(cut.annotation is cuts[0].beside[0] for cut in cuts)
    assert catalogue.cuts.mattes == {"guided"}


def test_what_two_foregrounds_choose_is_cut_out_once_by_the_first(folder):
    some = list(range(0, PHOTOS * EACH, 3))
    asked = config({"exclude": some, "min_side": 1}, {"min_side": 2}, annotations="keep")
    catalogue = survey(asked, folder)
    first = [cut.annotation.id for of in catalogue.cuts.values() for cut in of if cut.min_side == 1]
    second = [c.annotation.id for of in catalogue.cuts.values() for c in of if c.min_side == 2]
    usable = set(range(PHOTOS * EACH)) - set(CROWDS)
    assert sorted(first) == sorted(usable - set(some))
    assert sorted(second) == sorted(usable & set(some))
    rows = {row.reason: row.count for row in catalogue.skipped.rows()}
    assert rows["instance that an earlier foreground has chosen already"] == len(first)
    assert rows["instance that `exclude` names"] == len(second)
