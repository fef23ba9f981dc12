"""What more than 8 bits hold is kept, by a range that is chosen once for each source."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image
from small_builds import (
    annotations_of,
    built,
    scenes_of,
    shape_mask,
    tree,
    write_annotated,
    write_config,
    write_cutouts,
)

from cocosynth.config.file import load_config
from cocosynth.core.eight_bits import eight_bits
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes, Serial
from cocosynth.core.versions import difference
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dataset import Compositor
from cocosynth.pipeline.extract import extract
from cocosynth.pipeline.fingerprint import fingerprint
from cocosynth.pipeline.replay import replay
from cocosynth.sources import value_ranges
from cocosynth.sources.survey import survey
from cocosynth.sources.value_ranges import set_value_ranges

PHOTOS = {"coco": "photos/instances.json", "images": "photos/images"}
VIEWS = {"folder": "thermal"}


def counts(seed, size=(120, 160), low=7200, high=7710):
    coarse = np.random.default_rng(seed).integers(low, high, (12, 16))
    return np.kron(coarse, np.ones((size[0] // 12, size[1] // 16))).astype(np.uint16)


@pytest.fixture
def thermal(tmp_path):
    """Return a folder with 14-bit counts in 16-bit files, as cut-outs and as backgrounds."""
    write_annotated(tmp_path / "photos", [(10, 10, 40, 30), (60, 60, 50, 40)], count=9)
    (tmp_path / "thermal").mkdir()
    for number in range(9):
        Image.fromarray(counts(number)).save(tmp_path / f"photos/images/{number}.png")
        name = f"thermal/{number}.{'png' if number % 2 else 'tif'}"
        Image.fromarray(counts(100 + number)).save(tmp_path / name)
    return tmp_path


def make(folder, out="out", *, photos=None, views=None, **changes):
    return built(
        *(folder, out),
        foregrounds=[PHOTOS | (photos or {})],
        backgrounds=[VIEWS | (views or {})],
        **changes,
    )


def levels(out):
    pictures = [np.asarray(Image.open(path)) for path in sorted((out / "train").iterdir())]
    return min(map(np.min, pictures)), max(map(np.max, pictures))


def manifest(out):
    return json.loads((out / "manifest.json").read_bytes())


def test_a_source_that_uses_little_of_its_range_is_noted(thermal):
    out, summary = make(thermal)
    assert levels(out) == (28, 30)
    texts = [str(note) for note in summary.notes]
    assert len(texts) == 2
    assert texts[0].startswith("photos/instances.json: the pictures use 720")
    assert "of 0 to 65535 and come out nearly flat: set value_range: auto, or" in texts[1]
    assert [note["source"] for note in manifest(out)["notes"]] == [PHOTOS["coco"], "thermal"]
    assert "value_ranges" not in manifest(out)


@pytest.mark.parametrize(("low", "kind"), [(280, "f4"), (-1000, "i2")])
def test_numbers_of_other_kinds_that_use_little_of_their_range_are_noted(thermal, low, kind):
    for path in (thermal / "thermal").iterdir():
        path.unlink()
    for number in range(9):
        values = low + 30 * (counts(number).astype(float) - 7200) / 510
        tifffile.imwrite(thermal / f"thermal/{number}.tif", values.astype(kind))
    _, summary = make(thermal, photos={"value_range": "auto"})
    (note,) = map(str, summary.notes)
    assert note.startswith(f"thermal: the pictures use {low}")
    out, summary = make(
        thermal, "seen", photos={"value_range": "auto"}, views={"value_range": "auto"}
    )
    assert levels(out) == (0, 255)
    assert summary.notes == []


def test_a_range_that_is_measured_is_the_same_for_all_pictures_and_written_down(thermal):
    out, summary = make(thermal, photos={"value_range": "auto"}, views={"value_range": "auto"})
    assert levels(out) == (0, 255)
    assert summary.notes == []
    ranges = manifest(out)["value_ranges"]
    assert set(ranges) == {PHOTOS["coco"], "thermal"}
    for low, high in ranges.values():
        assert 7200 <= low < 7220
        assert 7690 < high <= 7710


def test_a_range_that_is_given_is_used(thermal):
    out, summary = make(
        thermal, photos={"value_range": [7000, 8000]}, views={"value_range": [7000, 8000]}
    )
    low, high = levels(out)
    assert 48 <= low <= 56
    assert 175 <= high <= 182
    assert summary.notes == []
    assert "notes" not in manifest(out)


@pytest.mark.parametrize("executor", [Serial(), Processes(3)])
def test_the_bytes_do_not_depend_on_where_the_range_is_measured(thermal, executor, monkeypatch):
    choice = {"photos": {"value_range": "auto"}, "views": {"value_range": "auto"}}
    monkeypatch.setattr(value_ranges, "_BATCH", 2)
    first, _ = make(thermal, "first", **choice)
    second, _ = make(thermal, "second", executor=executor, **choice)
    assert tree(first) == tree(second)


def test_the_annotations_do_not_depend_on_the_range(thermal):
    flat, _ = make(thermal, "flat")
    seen, _ = make(thermal, "seen", photos={"value_range": "auto"}, views={"value_range": "auto"})
    for split in ("train", "val"):
        assert annotations_of(flat, split) == annotations_of(seen, split)


def test_a_range_is_measured_in_the_pictures_of_its_source_only(thermal):
    for number in range(3):
        Image.fromarray(counts(number, low=100, high=200)).save(thermal / f"thermal/x{number}.png")
    alone, _ = make(thermal, "alone", photos={"value_range": "auto"})
    assert set(manifest(alone)["value_ranges"]) == {PHOTOS["coco"]}


def test_many_pictures_are_measured_in_part_and_always_the_same(thermal, monkeypatch):
    monkeypatch.setattr(value_ranges, "MEASURED", 3)
    read = []
    measure = value_ranges.spread_of
    monkeypatch.setattr(
        value_ranges, "spread_of", lambda path, bands: read.append(path) or measure(path, bands)
    )
    make(thermal, photos={"value_range": "auto"}, views={"value_range": [0, 9]})
    assert [path[-5:] for path in read] == ["0.png", "3.png", "6.png"]


def test_a_bank_of_the_same_range_gives_the_same_dataset_and_another_is_refused(thermal):
    whole, _ = make(thermal, "whole", photos={"value_range": "auto"})
    config = load_config(thermal / "cocosynth.yaml")
    extract(config, thermal / "bank", folder=thermal)
    build(config, thermal / "again", folder=thermal, bank=thermal / "bank")
    assert tree(whole) == tree(thermal / "again")
    write_config(thermal, foregrounds=[PHOTOS], backgrounds=[VIEWS])
    with pytest.raises(CocosynthError, match="bank: does not fit"):
        build(thermal / "cocosynth.yaml", thermal / "other", bank=thermal / "bank")


def test_images_made_one_by_one_have_the_range_that_a_build_measures(thermal):
    out, _ = make(thermal, photos={"value_range": "auto"}, views={"value_range": "auto"})
    sample = Compositor(thermal / "cocosynth.yaml")[0]
    assert (np.asarray(Image.open(out / "train" / sample.file_name)) == sample.image).all()


def test_a_range_is_part_of_what_a_resumed_build_depends_on(thermal):
    config = load_config(write_config(thermal, foregrounds=[PHOTOS], backgrounds=[VIEWS]))
    catalogue = survey(config, thermal)
    before = fingerprint(config, catalogue)
    set_value_ranges(catalogue, {"thermal": (7200.0, 7710.0)})
    assert fingerprint(config, catalogue) == before
    catalogue.value_ranges["thermal"] = (7200.0, 7710.0)
    assert difference(before, fingerprint(config, catalogue))


def test_an_image_is_made_again_by_the_range_that_was_measured_then(thermal):
    out, _ = make(thermal, photos={"value_range": "auto"}, views={"value_range": "auto"})
    Image.fromarray(counts(5, low=0, high=60000)).save(thermal / "thermal/9.png")
    for image_id in range(1, 7):
        name, content = replay(out, thermal, split="train", image_id=image_id)
        assert content == (out / "train" / name).read_bytes()


def test_cutouts_of_more_than_eight_bits_are_read_by_their_range(thermal):
    for number in range(6):
        folder = thermal / "warm/hand"
        folder.mkdir(parents=True, exist_ok=True)
        values = np.where(shape_mask("disk"), counts(number, (48, 48)), 7000).astype(np.uint16)
        Image.fromarray(values).save(folder / f"{number}.png")
        Image.fromarray(shape_mask("disk").astype(np.uint16)).save(folder / f"{number}-mask.png")
    source = {"folder": "warm", "value_range": [7000, 7710]}
    out, summary = built(
        thermal,
        foregrounds=[source],
        backgrounds=[VIEWS | {"value_range": [7000, 7710]}],
        augment=None,
        blend="paste",
    )
    assert summary.notes == []
    scene = scenes_of(out)[0]
    name, content = replay(out, thermal, split="train", image_id=scene["image_id"])
    assert content == (out / "train" / name).read_bytes()
    picture = np.asarray(Image.open(out / "train" / name))
    assert picture.min() > 60  # the surroundings of the cut-outs, 7000, are black


def test_a_range_that_does_nothing_is_noted(tmp_path):
    _, summary = built(
        tmp_path, foregrounds=[{"folder": "cutouts", "value_range": [0, 4095]}], splits={"a": 1}
    )
    (note,) = map(str, summary.notes)
    assert note == ("cutouts: value_range has no effect: none of the pictures has more than 8 bits")


def test_pictures_of_eight_bits_beside_deep_ones_stay_as_they_are(thermal):
    Image.new("RGB", (160, 120), (10, 20, 200)).save(thermal / "thermal/plain.png")
    out, _ = make(
        *(thermal,),
        views={"value_range": "auto"},
        photos={"value_range": "auto"},
        objects_per_image=[0, 0],
        share_sources=True,
        splits={"train": 10},
    )
    pictures = [np.asarray(Image.open(path)) for path in sorted((out / "train").iterdir())]
    assert any((picture == (10, 20, 200)).all() for picture in pictures)


def test_one_source_cannot_be_read_in_two_ways(thermal):
    backgrounds = [PHOTOS | {"annotations": "keep"}]
    match = r"backgrounds\[0\].value_range: foregrounds\[0\] reads the pictures of photos"
    with pytest.raises(CocosynthError, match=match):
        built(thermal, foregrounds=[PHOTOS | {"value_range": "auto"}], backgrounds=backgrounds)


# Bands


@pytest.fixture
def satellite(tmp_path):
    """Return a folder of backgrounds with six bands, and cut-outs."""
    write_cutouts(tmp_path / "cutouts")
    (tmp_path / "thermal").mkdir()
    for number in range(3):
        values = np.dstack([counts(10 * number + band, low=band * 1000) for band in range(6)])
        tifffile.imwrite(
            tmp_path / f"thermal/{number}.tif",
            *(values,),
            photometric="minisblack",
            planarconfig="contig",
            compression="zlib",
        )
    return tmp_path


def test_pictures_of_many_bands_are_counted_as_such(satellite):
    Image.new("RGB", (160, 120), "green").save(satellite / "thermal/x.png")
    _, summary = built(satellite, backgrounds=[VIEWS], splits={"train": 2})
    reason = "background whose image has 6 bands: choose three of them by `bands`"
    assert summary.skipped["thermal", reason] == 3


def test_three_bands_are_chosen_and_scaled_together(satellite):
    out, _ = built(
        satellite,
        backgrounds=[VIEWS | {"bands": [4, 3, 2], "value_range": "auto"}],
        objects_per_image=[0, 0],
        share_sources=True,
    )
    low, high = manifest(out)["value_ranges"]["thermal"]
    assert low < 1100
    assert high > 7600
    picture = np.asarray(Image.open(out / "train/000000000001.png")).astype(int)
    least = [int(picture[..., channel].min()) for channel in range(3)]
    wanted = [255 * (band * 1000 - low) / (high - low) for band in (3, 2, 1)]
    assert np.abs(np.array(least) - wanted).max() < 12
    name, content = replay(out, satellite, split="train", image_id=1)
    assert content == (out / "train" / name).read_bytes()


def test_bands_that_are_not_there_are_counted(satellite):
    Image.new("RGB", (160, 120), "green").save(satellite / "thermal/x.png")
    views = VIEWS | {"bands": [4, 3, 2], "value_range": [0, 8000]}
    _, summary = built(satellite, backgrounds=[views], splits={"train": 2})
    reason = "background whose image has 3 bands, fewer than `bands` asks for"
    assert summary.skipped["thermal", reason] == 1


@pytest.mark.parametrize(
    ("value_range", "darkest", "brightest"),
    [((0, 5e-324), 0, 255), ((-1e300, 1e300), 128, 128), ((1e299, 1e300), 0, 0)],
)
def test_an_extreme_range_is_no_warning(value_range, darkest, brightest):
    values = np.array([0, 1, 65535], dtype=np.uint16)
    assert eight_bits(values, value_range)[[0, -1]].tolist() == [darkest, brightest]
