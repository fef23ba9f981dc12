"""The gallery shows every instance, with what is needed to choose from them."""

import csv

import numpy as np
import pytest
from small_builds import tree, write_annotated, write_backgrounds, write_config, write_cutouts

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.core.images import read_image
from cocosynth.foregrounds.gallery import on_checkerboard, sheets_of
from cocosynth.pipeline.extract import extract

PHOTOS = {"coco": "photos/instances.json", "images": "photos/images"}
NEIGHBOURS = [(10, 10, 40, 30), (50, 10, 30, 30), (100, 60, 20, 40)]


@pytest.fixture
def project(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    write_annotated(tmp_path / "photos", NEIGHBOURS, count=2)
    return tmp_path


def cut(project, out="bank", **options):
    path = write_config(project, foregrounds=[{"folder": "cutouts"}, PHOTOS])
    return extract(load_config(path), project / out, folder=project, **options)


def sheets(folder):
    return sorted(path.name for path in (folder / "gallery").glob("*.png"))


def test_every_instance_is_on_a_sheet_of_its_category_and_source(project):
    """Disks come out of both sources."""
    made = cut(project)
    assert sheets(project / "bank") == [
        *("001-bar-001.png", "002-disk-001.png", "002-disk-002.png", "003-ring-001.png")
    ]
    with (project / "bank/gallery/instances.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(made.bank) == 15
    by_id = {row["id"]: row for row in rows}
    assert by_id["disk/1.png"]["source"] == "cutouts"
    assert (by_id["1"]["width"], by_id["1"]["height"]) == ("40", "30")
    assert float(by_id["1"]["whole"]) < 0.8
    assert 0 <= float(by_id["2"]["sharp"]) <= 1
    assert (by_id["3"]["whole"], by_id["3"]["file_name"]) == ("1.000", "0.png")


def test_the_least_whole_come_first(project):
    from small_builds import setup_of

    foregrounds = [PHOTOS]
    setup = setup_of(project, project / "work", foregrounds=foregrounds, splits={"train": 1})
    inputs = setup.inputs
    (sheet,) = sheets_of(inputs.bank, list(setup.categories.values()), inputs.photos)
    whole = [inputs.bank.entry(shown.number).whole for shown in sheet.shown]
    assert whole == sorted(whole)
    assert {shown.called for shown in sheet.shown} == set("123456")
    assert "disk: 1 to 6 of 6" in sheet.title
    (few,) = sheets_of(inputs.bank, list(setup.categories.values()), inputs.photos, most=2)
    assert "1 to 2 of 6, 2 of them shown" in few.title
    assert [shown.number for shown in few.shown] == [sheet.shown[n].number for n in (0, 3)]


def test_a_sheet_shows_the_pixels_on_a_checkerboard(project):
    cut(project)
    sheet = read_image(project / "bank/gallery/001-bar-001.png", upright=True)
    blue = (np.abs(sheet.astype(int) - (40, 60, 230)).max(axis=2) < 12).sum()
    assert blue > 3 * 200
    for grey in (160, 205):
        assert ((sheet == grey).all(axis=2)).sum() > 3 * 1000


def test_what_is_transparent_shows_the_checkerboard():
    rgba = np.zeros((60, 40, 4), np.uint8)
    rgba[..., 0] = 250
    rgba[20:40, 10:30, 3] = (255,)
    cell = on_checkerboard(rgba)
    assert cell[70, 70].tolist() == [250, 0, 0]
    assert set(np.unique(cell[:10])) == {160, 205}
    rgba[20:40, 10:30, 3] = 128
    soft = on_checkerboard(rgba)[70, 70]
    assert soft[0] > 190
    assert 70 < soft[1] < 110


def test_the_gallery_is_the_same_for_any_number_of_workers_and_can_be_left_out(project):
    cut(project, "a")
    cut(project, "b", executor=Processes(2))
    assert tree(project / "a") == tree(project / "b")
    cut(project, "c", gallery=0)
    plain = {k: v for k, v in tree(project / "a").items() if not k.startswith("gallery/")}
    assert tree(project / "c") == plain


def test_a_gallery_goes_with_its_bank_and_no_other_pictures_do(project):
    cut(project)
    own = project / "bank/gallery/own.txt"
    own.write_text("mine")
    cut(project, overwrite=True, gallery=0)
    assert tree(project / "bank/gallery") == {"own.txt": b"mine"}
    own.unlink()
    cut(project, overwrite=True, gallery=0)
    assert not (project / "bank/gallery").exists()
    write_backgrounds(project / "other/gallery")
    with pytest.raises(CocosynthError, match="no bank of ours"):
        cut(project, "other")
    assert len(tree(project / "other")) == 4


def test_names_that_no_file_can_have_are_shown_all_the_same(project):
    write_annotated(project / "odd", NEIGHBOURS, category="a/b: \N{SNOWMAN}\n..")
    source = {"coco": "odd/instances.json", "images": "odd/images"}
    path = write_config(project, foregrounds=[source])
    extract(load_config(path), project / "bank", folder=project)
    assert sheets(project / "bank") == ["001-a_b-001.png"]
