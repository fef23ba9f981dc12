"""The bank holds what was cut out, the same whoever cut it, and hands it to every worker."""

from dataclasses import replace
from multiprocessing.reduction import ForkingPickler
from types import SimpleNamespace

import cv2
import msgspec
import numpy as np
import pytest
from bad_input import NO_MASK
from PIL import Image

from cocosynth.config.config import Config
from cocosynth.core import files
from cocosynth.core.executors import Processes, Serial
from cocosynth.foregrounds.bank import ENTRY, Bank
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.foregrounds.cutter import PHOTOS_A_PART, Batches, Cutter, bank_of
from cocosynth.pipeline.set_up import set_up
from cocosynth.render.blend.paste import Paste
from cocosynth.sources.cuts import Cut, Cuts, OfPicture
from cocosynth.sources.options import CocoForeground, FolderBackground, FolderForeground
from cocosynth.sources.survey import survey

PHOTOS = CocoForeground(coco="photos/instances.json", images="photos/images")
CUTOUTS = FolderForeground(folder="cutouts")
MANY = PHOTOS_A_PART + 5


@pytest.fixture
def surveyed(tmp_path):
    """Return a function that surveys foregrounds; two backgrounds are there."""
    for number in range(2):
        picture(tmp_path / "views" / f"{number}.png", seed=1000 + number)

    def surveyed(*foregrounds, **choices):
        config = Config(
            **{"splits": {"train": 3, "val": 1}, "canvas": "background"} | choices,
            foregrounds=foregrounds,
            backgrounds=(FolderBackground(folder="views"),),
        )
        return config, survey(config, tmp_path)

    return surveyed


@pytest.fixture
def cut(tmp_path):
    """Return a function that builds the bank of a catalogue in a folder of its own."""
    banks = iter(range(100))

    def cut(catalogue, run=None):
        folder = files.make_folder(tmp_path / f"bank{next(banks)}")
        answers = (run or Serial())(
            Cutter.of(catalogue, [Paste().prepare], folder), Batches(catalogue)
        )
        bank = bank_of(catalogue, answers, folder)
        return bank, catalogue.skipped

    return cut


def picture(path, *, size=(30, 40), seed=0, alpha=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels if alpha is None else np.dstack((pixels, alpha))).save(path)


def square(top, left, bottom, right, size=(30, 40)):
    alpha = np.zeros(size, dtype=np.uint8)
    alpha[top:bottom, left:right] = 255
    return alpha


def pixels_of(bank):
    return [bank.rgba(number).tobytes() for number in range(len(bank.entries))]


def test_an_entry_tells_what_was_cut_out(small_coco, surveyed, cut):
    small_coco(
        images=[{"id": 8}],
        categories=[{"id": 5, "name": "dog"}],
        annotations=[{"id": 77, "image_id": 8, "category_id": 5, "box": (0, 5, 10, 15)}],
    )
    bank, _ = cut(surveyed(PHOTOS)[1])
    (entry,) = bank.entries
    assert (entry["category_id"], entry["annotation_id"], entry["photo"]) == (5, 77, 0)
    assert (entry["height"], entry["width"]) == (15 + 2 * MARGIN, 10 + 2 * MARGIN)
    assert bank.entry(0).borders.tolist() == [False, True, False, False]
    box = bank.entry(0).box
    assert (box.top + box.bottom, box.left + box.right) == (25, 10)


def test_pixels_are_those_of_the_photograph(small_coco, surveyed, cut):
    folder = small_coco(annotations=[{"box": (5, 8, 10, 12)}])
    bank, _ = cut(surveyed(PHOTOS)[1])
    with Image.open(folder / "images" / "1.png") as image:
        wanted = np.asarray(image)[8:20, 5:15]
    inner = bank.rgba(0)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    np.testing.assert_array_equal(inner[..., :3], wanted)
    assert (inner[..., 3] == 255).all()


def test_pixels_cannot_be_changed(small_coco, surveyed, cut):
    small_coco(annotations=[{}])
    bank, _ = cut(surveyed(PHOTOS)[1])
    with pytest.raises(ValueError, match="read-only"):
        bank.rgba(0)[0, 0] = 1


def test_cutouts_have_no_annotation(tmp_path, surveyed, cut):
    alpha = square(3, 3, 20, 20)
    picture(tmp_path / "cutouts" / "cup" / "a.png", alpha=alpha)
    bank, _ = cut(surveyed(CUTOUTS)[1])
    assert bank.entries["annotation_id"].tolist() == [-1]
    assert (bank.rgba(0)[..., 3] >= 128).sum() == 17 * 17


def test_a_mask_file_is_what_is_cut_out(tmp_path, surveyed, cut):
    picture(tmp_path / "cutouts" / "cup" / "a.png")
    mask = Image.fromarray(square(3, 3, 20, 10))
    mask.save(tmp_path / "cutouts" / "cup" / "a_mask.png")
    bank, _ = cut(surveyed(CUTOUTS)[1])
    assert (bank.rgba(0)[..., 3] >= 128).sum() == 17 * 7


def test_masks_land_right_in_a_photo_that_is_stored_turned(small_coco, surveyed, cut):
    """The record counts upright pixels, the file is stored on its side."""
    folder = small_coco(
        images=[{"id": 1, "file_name": "1.png", "width": 30, "height": 40}],
        annotations=[{"box": (4, 20, 10, 15)}],
    )
    upright = np.zeros((40, 30, 3), dtype=np.uint8)
    upright[20:35, 4:14] = 200, 10, 10
    exif = Image.Exif()
    exif[0x0112] = 6  # a viewer turns it clockwise
    Image.fromarray(np.ascontiguousarray(np.rot90(upright))).save(
        folder / "images" / "1.png", exif=exif
    )
    bank, skipped = cut(surveyed(PHOTOS)[1])
    assert not skipped
    assert (bank.rgba(0)[MARGIN:-MARGIN, MARGIN:-MARGIN] == (200, 10, 10, 255)).all()


@pytest.mark.parametrize(
    ("area_range", "kept"),
    [
        ((None, None), [25, 100, 225]),
        ((100, None), [100, 225]),
        ((None, 100), [25, 100]),
        ((26, 224), [100]),
        ((0, 25), [25]),
    ],
)
def test_area_range_counts_mask_pixels(small_coco, surveyed, cut, area_range, kept):
    small_coco(annotations=[{"box": (5, 5, side, side), "area": 1} for side in (5, 10, 15)])
    source = CocoForeground(coco=PHOTOS.coco, images=PHOTOS.images, area_range=area_range)
    bank, skipped = cut(surveyed(source)[1])
    found = [int((bank.rgba(n)[..., 3] >= 128).sum()) for n in range(len(bank.entries))]
    assert found == kept
    reason = "instance whose area lies outside of area_range"
    assert skipped[PHOTOS.coco, reason] == 3 - len(kept)


def test_truncated_instances_are_left_out_on_demand(small_coco, surveyed, cut):
    small_coco(annotations=[{"box": box} for box in ((0, 5, 9, 9), (9, 9, 9, 9), (31, 5, 9, 9))])
    source = CocoForeground(coco=PHOTOS.coco, images=PHOTOS.images, skip_truncated=True)
    bank, skipped = cut(surveyed(source)[1])
    assert bank.entries["annotation_id"].tolist() == [2]
    assert skipped == {(PHOTOS.coco, "instance whose object is cut by a border of its image"): 2}


SHORTEST = [(0, [1, 2, 3]), (5, [1, 2, 3]), (6, [1, 3]), (9, [3])]


@pytest.mark.parametrize(("shortest", "kept"), SHORTEST)
def test_min_side_counts_the_shorter_side(small_coco, surveyed, cut, shortest, kept):
    small_coco(annotations=[{"box": box} for box in ((3, 3, 20, 8), (5, 20, 12, 5), (25, 9, 9, 9))])
    source = CocoForeground(coco=PHOTOS.coco, images=PHOTOS.images, min_side=shortest)
    bank, skipped = cut(surveyed(source)[1])
    assert bank.entries["annotation_id"].tolist() == kept
    assert skipped[PHOTOS.coco, "instance whose shorter side is below min_side"] == 3 - len(kept)


def test_instances_that_are_blurred_are_skipped_on_demand(tmp_path, surveyed, cut):
    for name, spread in (("sharp", 0.1), ("soft", 5)):
        tiles = np.random.default_rng(1).integers(0, 256, (6, 8, 3), dtype=np.uint8)
        pixels = tiles.repeat(10, axis=0).repeat(10, axis=1)
        pixels = cv2.GaussianBlur(pixels, (0, 0), spread)
        path = tmp_path / "cutouts" / "cup" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.dstack((pixels, square(4, 4, 50, 70, size=(60, 80))))).save(path)
    bank, _ = cut(surveyed(CUTOUTS)[1])
    sharp, soft = bank.entries["sharpness"].tolist()
    assert sharp > 0.8 > 0.5 > soft
    bank, skipped = cut(surveyed(msgspec.structs.replace(CUTOUTS, min_sharpness=0.65))[1])
    assert len(bank) == 1
    assert bank.entry(0).sharpness == pytest.approx(sharp)
    assert skipped == {("cutouts", "instance whose object is less sharp than 0.65"): 1}


def test_instances_that_are_not_whole_are_skipped_on_demand(small_coco, surveyed, cut):
    """Two neighbours, of other categories; a crowd beside the third; the fourth stands alone."""
    boxes = ((3, 3, 8, 8), (11, 3, 8, 8), (3, 18, 8, 8), (22, 16, 8, 8))
    small_coco(
        annotations=[
            *({"box": box} for box in boxes[:1]),
            {"box": boxes[1], "category_id": 2},
            *({"box": box} for box in boxes[2:]),
            {"box": (11, 18, 6, 8), "iscrowd": 1, "category_id": 2},
        ],
        categories=[{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
    )
    dogs = CocoForeground(coco=PHOTOS.coco, images=PHOTOS.images, categories=("dog",))
    bank, _ = cut(surveyed(dogs)[1])
    assert bank.entries["annotation_id"].tolist() == [1, 3, 4]
    assert (bank.entries["whole"] < 0.8).tolist() == [True, True, False]
    assert bank.entry(2).whole == 1
    assert bank.wholeness == (3, 2)
    bank, skipped = cut(surveyed(msgspec.structs.replace(dogs, whole=0.8))[1])
    assert bank.entries["annotation_id"].tolist() == [4]
    assert skipped[PHOTOS.coco, "instance whose object is less whole than 0.8"] == 2


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        ([], NO_MASK),
        (None, NO_MASK),
        ([[1, 1, 5, 5]], "polygon of fewer than 3 points"),
        ([[90, 90, 95, 90, 95, 95]], "mask has no pixel"),
        ({"size": [40, 30], "counts": "1"}, "RLE size differs from the image's"),
    ],
)
def test_a_segmentation_that_cannot_be_cut_is_counted(
    small_coco, surveyed, cut, segmentation, reason
):
    small_coco(annotations=[{"segmentation": segmentation}, {}])
    bank, skipped = cut(surveyed(PHOTOS)[1])
    assert bank.entries["annotation_id"].tolist() == [2]
    assert skipped == {(PHOTOS.coco, f"instance whose {reason}"): 1}


def test_every_instance_of_a_broken_photo_is_there_without_pixels(small_coco, surveyed, cut):
    folder = small_coco(images=[{"id": 1}, {"id": 2}], annotations=[{}, {}, {"image_id": 2}])
    _, catalogue = surveyed(PHOTOS)
    path = folder / "images" / "1.png"
    path.write_bytes(path.read_bytes()[:900])
    bank, skipped = cut(catalogue)
    assert bank.entries["annotation_id"].tolist() == [1, 2, 3]
    assert (bank.entries["pixels"] > 0).tolist() == [False, False, True]
    assert not skipped


def test_shapes_are_known_without_pixels_as_they_are_when_cut_out(small_coco, surveyed, tmp_path):
    """All that is planned with, and what is skipped; only a photo that must be sharp is decoded."""
    triangles = [
        {"segmentation": [[2, 2, 18, 3, 9, 18]], "image_id": 1},
        {"segmentation": [[0, 0, 9, 0, 9, 9, 0, 9], [20, 5, 30, 5, 30, 20]], "image_id": 1},
        {"segmentation": [[10, 10, 30, 12, 20, 28]], "image_id": 2},
        {"segmentation": [[3, 3, 3.1, 3, 3.1, 3.1]], "image_id": 2},
        {"segmentation": [[3, 3, 5, 3]], "image_id": 2},
        {"segmentation": [[8, 8, 11, 8, 11, 11]], "image_id": 2},
        {"segmentation": {"size": [30, 40], "counts": [31, 8, 1161]}, "image_id": 1},
    ]
    small_coco(images=[{"id": 1}, {"id": 2}], annotations=triangles)
    wanted = {"min_side": 5, "whole": 0.2}
    for sharp in ({}, {"min_sharpness": 0.01}):
        _, catalogue = surveyed(msgspec.structs.replace(PHOTOS, **wanted, **sharp))
        found = []
        for shapes_only in (False, True):
            folder = files.make_folder(tmp_path / f"{len(sharp)} {shapes_only}")
            cutter = Cutter.of(catalogue, [Paste().prepare], folder)
            cutter = replace(cutter, shapes_only=shapes_only)
            found.append([cutter(batch) for batch in Batches(catalogue)])
        (cut,), (looked_at,) = found
        assert len(cut.entries) == 2
        assert (looked_at.skipped, looked_at.unusable) == (cut.skipped, cut.unusable)
        shape = [name for name in ENTRY.names if name not in ("pixels", "offset", "octagon")]
        shape = shape if sharp else [name for name in shape if name != "sharpness"]
        assert (looked_at.entries[shape] == cut.entries[shape]).all()
        assert looked_at.entries["pixels"].any() == bool(sharp)


def test_a_mask_file_that_does_not_fit_is_counted(tmp_path, surveyed, cut):
    picture(tmp_path / "cutouts" / "cup" / "a.png")
    picture(tmp_path / "cutouts" / "cup" / "a_mask.png", size=(40, 30))
    bank, skipped = cut(surveyed(CUTOUTS)[1])
    assert not len(bank.entries)
    assert skipped == {("cutouts", "instance whose mask file is not of the picture's size"): 1}


@pytest.fixture
def many(small_coco, surveyed):
    """Survey more photos than one part of the bank takes."""
    boxes = [(number % 7, 2, 5 + number % 5, 9) for number in range(MANY)]
    small_coco(
        images=[{"id": number + 1} for number in range(MANY)],
        annotations=[{"image_id": MANY - number, "box": box} for number, box in enumerate(boxes)],
    )
    return surveyed(PHOTOS)[1]


def test_entries_are_in_the_order_of_their_photos(many, cut):
    bank, _ = cut(many)
    assert bank.entries["photo"].tolist() == list(range(MANY))
    assert set(bank.entries["part"].tolist()) == {0, 1}


def test_processes_cut_the_same_bank(many, cut):
    alone, _ = cut(many)
    together, _ = cut(many, Processes(2))
    np.testing.assert_array_equal(alone.entries, together.entries)
    for path in alone.folder.iterdir():
        assert path.read_bytes() == (together.folder / path.name).read_bytes()


def test_a_bank_that_travelled_reads_the_same(many, cut):
    bank, _ = cut(many)
    wanted = pixels_of(bank)
    sent = bytes(ForkingPickler.dumps(bank))
    assert pixels_of(ForkingPickler.loads(sent)) == wanted
    assert len(sent) < 1500 + 150 * MANY


def test_a_bank_larger_than_its_share_of_memory_reads_the_same(many, cut, monkeypatch):
    bank, _ = cut(many)
    wanted, opened = pixels_of(bank), []
    mapped = files.mapped

    def mapping(path):
        opened.append(path)
        return mapped(path)

    monkeypatch.setattr("cocosynth.foregrounds.bank.files.mapped", mapping)
    sent = ForkingPickler.loads(bytes(ForkingPickler.dumps(bank)))
    kept = sent.rgba(0)
    monkeypatch.setattr("cocosynth.foregrounds.bank.MAPPED_BYTES", 10 * kept.nbytes)
    assert pixels_of(sent) == wanted
    assert 2 < len(opened) < MANY
    assert kept.tobytes() == wanted[0]


def test_no_photo_gives_an_empty_bank(small_coco, surveyed, cut):
    small_coco()
    bank, _ = cut(surveyed(PHOTOS)[1])
    assert len(bank.entries) == 0


def test_equal_files_under_other_names_never_feed_two_splits(tmp_path, surveyed, cut):
    alpha = square(3, 3, 20, 20)
    for number in range(24):
        for copy in "ab":
            name = f"{number}{copy}.png"
            picture(tmp_path / "cutouts" / "cup" / name, seed=number, alpha=alpha)
            picture(tmp_path / "views" / name, seed=number, alpha=alpha)
    config, catalogue = surveyed(CUTOUTS)
    bank, _ = cut(catalogue)
    pools = set_up(config, catalogue, bank, None).inputs.pools
    contents = {}
    for split, pool in pools.items():
        photos = bank.entries["photo"][
            np.concatenate([deck.numbers for deck in pool.sampler.decks])
        ].tolist()
        photos += [catalogue.backgrounds[position].photo for position in pool.backgrounds]
        contents[split] = {open_photo(catalogue, photo) for photo in photos}
    assert len(contents["train"] | contents["val"]) == 26
    assert not contents["train"] & contents["val"]


def open_photo(catalogue, number):
    return files.read_bytes(catalogue.photos[number].path)


def test_a_bank_of_many_photos_has_a_bounded_number_of_files(monkeypatch):
    """A worker holds them all open, and the system lets it open about a thousand."""
    cuts, cup = Cuts(), OfPicture(Cut("cup"))
    for number in range(100_000):
        cuts.add(number, cup, "none")
    catalogue = SimpleNamespace(cuts=cuts, photos=range(100_000))
    parts = Batches(catalogue)
    assert len(parts) <= 256
    assert [photo for _, photos in parts for photo, _, _ in photos] == list(range(100_000))


def test_a_bank_with_other_entries_tells_those_and_none_that_were_asked_for_before(tmp_path):
    entries = np.zeros(2, ENTRY)
    bank = Bank(entries, tmp_path)
    assert bank.entry(1).area == 0
    entries = entries.copy()
    entries["area"] = 7
    assert replace(bank, entries=entries).entry(1).area == 7
