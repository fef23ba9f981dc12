"""A bank that was damaged, or made by somebody else, is refused in one line."""

import hashlib
import shutil

import msgspec
import numpy as np
import pytest
from small_builds import write_annotated, write_backgrounds, write_config, write_cutouts

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.foregrounds.bank import ENTRY
from cocosynth.foregrounds.cut_batch import DIGEST
from cocosynth.pipeline.build import build
from cocosynth.pipeline.extract import extract


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts", copies=1)
    write_backgrounds(folder / "backgrounds")
    write_annotated(folder / "photos", [(10, 10, 40, 30)], keypoints=[12, 12, 2])
    path = folder / "photos/instances.json"
    content = msgspec.json.decode(path.read_bytes())
    content["categories"][0]["keypoints"] = ["top"]
    path.write_bytes(msgspec.json.encode(content))
    photos = {"coco": "photos/instances.json", "images": "photos/images"}
    settings = {"foregrounds": [photos, {"folder": "cutouts"}], "splits": {"train": 8}}
    write_config(folder, **settings, share_sources=True)
    extract(load_config(folder / "cocosynth.yaml"), folder / "bank", folder=folder)
    return folder


@pytest.fixture
def bank(project, tmp_path):
    shutil.copytree(project / "bank", tmp_path / "bank")
    return tmp_path / "bank"


def built_with(project, bank):
    config = load_config(project / "cocosynth.yaml")
    return build(config, bank.parent / "out", folder=project, bank=bank)


def write_checked(path, content):
    """Write what a batch has with its checksum, as whoever means harm would."""
    encoded = msgspec.msgpack.encode(content)
    path.write_bytes(encoded + hashlib.sha256(encoded).digest())


def change(bank, **values):
    """Write other values into the first instance of a bank."""
    path = bank / "000000.msgpack"
    photos, rows, *rest = msgspec.msgpack.decode(path.read_bytes()[:-DIGEST])
    entries = np.frombuffer(rows, dtype=ENTRY).copy()
    for key, value in values.items():
        if key in ("borders", "matted"):
            entries[key].view(np.uint8)[0] = value
        else:
            entries[key][0] = value
    write_checked(path, [photos, entries.tobytes(), *rest])


def test_a_bank_as_it_was_is_used(project, bank):
    change(bank, top=10 - 2)
    assert built_with(project, bank).images == {"train": 8}


WRONG = {
    "another part": {"part": 3},
    "a photograph of another part": {"photo": 99},
    "an unknown category": {"category_id": 7},
    "no possible size": {"height": 0},
    "no possible size, a huge one": {"height": 2**31 - 1, "width": 2**31 - 1},
    "no possible annotation": {"annotation_id": -5},
    "no possible place": {"top": -(2**31)},
    "no possible outline": {"octagon": 10**6},
    "borders that are not true or false": {"borders": 7},
    "other pixels than its size": {"height": 2000},
    "a negative length": {"keypoints": -4},
    "no possible wholeness": {"whole": 7},
    "no possible sharpness": {"sharpness": float("nan")},
    "a matte that is not true or false": {"matted": 7},
    "pixels that do not follow those before": {"offset": 10**12},
}


@pytest.mark.parametrize(("words", "values"), WRONG.items(), ids=WRONG)
def test_an_entry_that_leads_elsewhere_is_refused(project, bank, words, values):
    change(bank, **values)
    with pytest.raises(CocosynthError) as caught:
        built_with(project, bank)
    assert "000000." in str(caught.value)
    assert "damaged" in str(caught.value)
    if "keypoints" not in values:
        assert f"instance 1 has {words.partition(',')[0]}" in str(caught.value)
    assert "cut it out again by" in str(caught.value)


def test_keypoints_are_checked_where_they_are_used(project, bank):
    path = bank / "000000.rgba"
    content = path.read_bytes()
    good = msgspec.msgpack.encode([[12, 12, 2]])
    assert content.count(good) == 1
    content = content.replace(good, msgspec.msgpack.encode([[12, 12, 9]]))
    path.write_bytes(content)
    *rest, _ = msgspec.msgpack.decode((bank / "000000.msgpack").read_bytes()[:-DIGEST])
    write_checked(bank / "000000.msgpack", [*rest, hashlib.sha256(content).hexdigest()])
    with pytest.raises(CocosynthError, match=r"000000.rgba: is damaged: keypoints have"):
        built_with(project, bank)


KEYS = [b"", b"\xff", b"[" * 100_000, b"[]", b"{}", b'{"sources": [[1]]}', b'{"sources": 5}']


@pytest.mark.parametrize("content", KEYS, ids=lambda content: content[:20].decode("latin-1"))
def test_a_description_that_is_none_is_refused(project, bank, content):
    (bank / "bank.json").write_bytes(content)
    with pytest.raises(CocosynthError, match="does not fit") as caught:
        built_with(project, bank)
    assert "\n" not in str(caught.value)
