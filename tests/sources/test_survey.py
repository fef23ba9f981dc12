"""The sources give what the configuration asks for, and tell what they leave out and why."""

import json
import re

import msgspec
import numpy as np
import pytest
from PIL import Image

from cocosynth.coco.records import read_dataset
from cocosynth.config.config import Config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import License
from cocosynth.export.options import Export
from cocosynth.sources.options import (
    CocoBackground,
    CocoForeground,
    FolderBackground,
    FolderForeground,
    Licenses,
)
from cocosynth.sources.survey import survey

CATEGORIES = [
    {"id": 1, "name": "person", "supercategory": "person"},
    {"id": 17, "name": "cat", "supercategory": "animal"},
    {"id": 18, "name": "dog", "supercategory": "animal"},
    {"id": 19, "name": "rider", "supercategory": "person"},
]
OF_EACH = [{"category_id": category["id"]} for category in CATEGORIES]
CC = "https://creativecommons.org/licenses"
LICENSES = [
    {"id": 1, "name": "Attribution License", "url": f"{CC}/by/2.0/"},
    {"id": 2, "name": "Attribution-NoDerivs License", "url": f"{CC}/by-nd/2.0/"},
]


def photos(name="photos", **choices):
    return CocoForeground(coco=f"{name}/instances.json", images=f"{name}/images", **choices)


def scenery(name="scenery", annotations="keep", **choices):
    return CocoBackground(
        coco=f"{name}/instances.json",
        images=f"{name}/images",
        annotations=annotations,
        **choices,
    )


@pytest.fixture
def surveyed(tmp_path):
    """Return a function that reads sources; a plain background is there where none is named."""

    def surveyed(*foregrounds, backgrounds=None, **choices):
        if backgrounds is None:
            picture(tmp_path / "plain" / "b.png")
            backgrounds = [FolderBackground(folder="plain")]
        config = Config(
            splits={"train": 1},
            canvas="background",
            foregrounds=tuple(foregrounds),
            backgrounds=tuple(backgrounds),
            **choices,
        )
        return survey(config, tmp_path)

    return surveyed


def picture(path, size=(30, 40), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)


def cuts_of(catalogue):
    """Return the categories of all cuts, sorted."""
    return sorted(cut.category for cuts in catalogue.cuts.values() for cut in cuts)


def skipped(catalogue):
    return {reason: count for (_, reason), count in catalogue.skipped.items()}


# COCO foregrounds


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, ["cat", "dog", "person", "rider"]),
        (("dog",), ["dog"]),
        ((17,), ["cat"]),
        (("animal",), ["cat", "dog"]),
        (("person",), ["person"]),  # a name goes before a supercategory
        (("animal", 18, "dog"), ["cat", "dog"]),
        ((), []),
    ],
)
def test_categories_are_chosen_by_name_id_or_supercategory(small_coco, surveyed, wanted, found):
    small_coco(categories=CATEGORIES, annotations=OF_EACH)
    catalogue = surveyed(photos(categories=wanted))
    assert cuts_of(catalogue) == found
    assert sorted(catalogue.pasted) == found


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("dgo", "foregrounds[0].categories: no category 'dgo'; did you mean 'dog'?"),
        ("anmal", "did you mean 'animal'?"),
        (99, "no category 99; choose from animal, cat, dog, person, rider"),
    ],
)
def test_an_unknown_category_is_an_error_with_a_way_out(small_coco, surveyed, wanted, told):
    small_coco(categories=CATEGORIES)
    with pytest.raises(CocosynthError, match=re.escape(told)):
        surveyed(photos(categories=(wanted,)))


def test_a_category_without_supercategory_is_its_own(small_coco, surveyed):
    small_coco(
        categories=[{"id": 3, "name": "dog"}, {"id": 4, "name": "cup", "supercategory": None}]
    )
    categories = surveyed(photos()).categories
    assert [category.supercategory for category in categories] == ["dog", "cup"]


def test_crowds_are_never_cut(small_coco, surveyed):
    small_coco(annotations=[{}, {"iscrowd": 1}, {"iscrowd": 1}])
    catalogue = surveyed(photos())
    assert cuts_of(catalogue) == ["dog"]
    assert skipped(catalogue) == {"crowd annotations are never cut out": 2}


def test_the_choices_of_a_source_reach_its_cuts(small_coco, surveyed):
    small_coco(annotations=[{}])
    catalogue = surveyed(photos(area_range=(10, 90), skip_truncated=True, whole=0.7))
    (cut,) = catalogue.cuts[0]
    assert (cut.area_range, cut.skip_truncated, cut.whole) == ((10, 90), True, 0.7)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ({"file": False}, "image file is missing"),
        ({"file": False, "file_name": "../1.png"}, "file_name leaves the image folder"),
        ({"file": False, "file_name": "a/..\\1.png"}, "file_name leaves the image folder"),
        ({"file": False, "file_name": "/1.png"}, "file_name leaves the image folder"),
        ({"file": False, "file_name": ""}, "file_name is not a file name"),
        ({"file": False, "file_name": "a\0.png"}, "file_name is not a file name"),
        ({"file": False, "file_name": "."}, "image file is not a regular file"),
    ],
)
def test_an_image_that_cannot_be_read_is_counted(small_coco, surveyed, image, reason):
    small_coco(images=[{"id": 1, **image}, {"id": 2}], annotations=[{}, {}, {"image_id": 2}])
    catalogue = surveyed(photos(), backgrounds=[scenery("photos")])
    assert catalogue.skipped == {
        ("photos/instances.json", f"instance whose {reason}"): 2,
        ("photos/instances.json", f"background whose {reason}"): 1,
    }
    assert [photo.image_id for photo in catalogue.photos] == [2]


def test_an_image_of_another_size_than_its_record_is_counted(small_coco, surveyed):
    folder = small_coco(annotations=[{}])
    picture(folder / "images" / "1.png", size=(31, 40))
    catalogue = surveyed(photos())
    assert skipped(catalogue) == {"instance whose image file has another size than its record": 1}


def test_a_file_that_is_no_image_is_counted(small_coco, surveyed):
    folder = small_coco(annotations=[{}])
    (folder / "images" / "1.png").write_text("words")
    assert skipped(surveyed(photos())) == {"instance whose file is not an image": 1}


def test_files_of_other_names_are_used_and_noted(small_coco, surveyed):
    folder = small_coco(images=[{"id": 1}, {"id": 2}], annotations=[{}, {"image_id": 2}])
    content = json.loads((folder / "instances.json").read_bytes())
    for image in content["images"]:
        image["file_name"] = f"images\\{image['id']}.png"
    (folder / "instances.json").write_text(json.dumps(content))
    catalogue = surveyed(photos())
    assert cuts_of(catalogue) == ["dog", "dog"]
    assert [str(note) for note in catalogue.notes] == [
        "photos/instances.json: 2 images have a file of another name: 'images\\\\1.png' is '1.png'"
    ]
    assert [photo.file_name for photo in catalogue.photos[:2]] == ["images\\1.png", "images\\2.png"]


def test_a_missing_image_is_named_by_its_path_and_by_one_that_would_fit(small_coco, surveyed):
    folder = small_coco(annotations=[{}])
    (folder / "images/sub").mkdir()
    source = CocoForeground(coco="photos/instances.json", images="photos/images/sub")
    catalogue = surveyed(source)
    (row,) = catalogue.skipped.rows()
    assert row.example == "image 1 (photos/images/sub/1.png)"
    assert [str(note) for note in catalogue.notes] == [
        "photos/instances.json: no file 'photos/images/sub/1.png'; 'photos/images/1.png' would "
        "fit; look at `images`"
    ]


def test_annotations_of_what_is_not_in_the_file_are_counted(small_coco, surveyed):
    small_coco(annotations=[{}, {"image_id": 7}, {"category_id": 7}, {"category_id": 8}])
    catalogue = surveyed(photos())
    assert skipped(catalogue) == {
        "annotation of an image that is not in the file": 1,
        "annotation of a category that is not in the file": 2,
    }
    assert cuts_of(catalogue) == ["dog"]


def test_images_without_a_wanted_annotation_are_not_opened(small_coco, surveyed):
    small_coco(images=[{"id": 1}, {"id": 2, "file": False}], annotations=[{}])
    assert skipped(surveyed(photos())) == {}


def test_the_records_of_a_photo_travel_with_it(small_coco, surveyed):
    image = {"id": 5, "license": 1, "coco_url": "http://c", "flickr_url": "http://f", "url": ""}
    small_coco(images=[image], annotations=[{"image_id": 5}], licenses=LICENSES)
    (photo,) = [photo for photo in surveyed(photos()).photos if photo.image_id]
    assert photo.fields == (("coco_url", "http://c"), ("flickr_url", "http://f"))
    assert photo.license.name == "Attribution License"
    assert (photo.source, photo.file_name) == ("photos/instances.json", "5.png")


def test_a_dataset_named_three_times_gives_each_photo_and_instance_once(small_coco, surveyed):
    small_coco(annotations=[{}])
    catalogue = surveyed(photos(), photos(), backgrounds=[scenery("photos")])
    assert len(catalogue.photos) == 1
    assert len(catalogue.cuts[0]) == 1
    reason = "instance that an earlier foreground has chosen already"
    assert catalogue.skipped["photos/instances.json", reason] == 1
    assert catalogue.backgrounds[0].photo == 0


@pytest.mark.parametrize(
    ("record", "upright"),
    [({"width": 40, "height": 30}, False), ({"width": 30, "height": 40}, True)],
)
def test_a_turned_photo_is_read_the_way_its_record_counts(small_coco, surveyed, record, upright):
    folder = small_coco(images=[{"id": 1, "file_name": "1.jpg", **record}], annotations=[{}])
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(folder / "images" / "1.jpg", exif=exif)
    photo = surveyed(photos()).photos[0]
    assert (photo.size, photo.upright) == ((record["height"], record["width"]), upright)


@pytest.mark.parametrize("missing", ["images", "instances.json"])
def test_a_source_that_is_not_there_is_an_error(small_coco, surveyed, tmp_path, missing):
    folder = small_coco()
    (folder / missing).rename(tmp_path / "elsewhere")
    with pytest.raises(CocosynthError, match=r"no such image folder|does not exist"):
        surveyed(photos())


# Category ids


def test_categories_keep_their_ids(small_coco, surveyed):
    small_coco(categories=CATEGORIES)
    assert [category.id for category in surveyed(photos()).categories] == [1, 17, 18, 19]


def test_contiguous_ids_count_from_one(small_coco, surveyed):
    small_coco(categories=CATEGORIES)
    catalogue = surveyed(
        photos(categories=("animal", "rider")), export=Export(category_ids="contiguous")
    )
    found = {category.name: category.id for category in catalogue.categories}
    assert found == {"cat": 1, "dog": 2, "rider": 3}


def test_two_datasets_that_use_an_id_twice_get_an_id_each(small_coco, surveyed):
    small_coco("one", categories=[{"id": 5, "name": "dog"}])
    small_coco("two", categories=[{"id": 5, "name": "cat"}, {"id": 9, "name": "dog"}])
    found = {c.name: c.id for c in surveyed(photos("one"), photos("two")).categories}
    assert found == {"dog": 5, "cat": 6}


def test_an_id_below_one_is_replaced(small_coco, surveyed):
    small_coco(categories=[{"id": 0, "name": "dog"}, {"id": 1, "name": "cat"}])
    found = [category.id for category in surveyed(photos()).categories]
    assert len(set(found)) == 2
    assert min(found) == 1


def test_two_categories_of_one_name_become_one(small_coco, surveyed):
    small_coco(
        categories=[{"id": 1, "name": "dog"}, {"id": 2, "name": "dog"}],
        annotations=[{"category_id": 1}, {"category_id": 2}],
    )
    catalogue = surveyed(photos())
    assert [category.name for category in catalogue.categories] == ["dog"]
    assert cuts_of(catalogue) == ["dog", "dog"]


# COCO backgrounds


def test_a_background_keeps_all_its_annotations(small_coco, surveyed):
    small_coco(annotations=[{}])
    small_coco("scenery", categories=CATEGORIES, annotations=[*OF_EACH, {"category_id": 17}])
    catalogue = surveyed(photos(), backgrounds=[scenery()])
    (background,) = catalogue.backgrounds
    names = {category.id: category.name for category in catalogue.categories}
    carried = [names[category_id] for category_id in background.category_ids]
    assert carried == ["person", "cat", "dog", "rider", "cat"]
    assert list(catalogue.pasted) == ["dog"]


def test_a_background_carries_chosen_categories_besides_those_that_are_pasted(small_coco, surveyed):
    small_coco(categories=[{"id": 4, "name": "dog"}], annotations=[{"category_id": 4}])
    small_coco("scenery", categories=CATEGORIES, annotations=OF_EACH)
    catalogue = surveyed(photos(), backgrounds=[scenery(categories=("cat",))])
    (background,) = catalogue.backgrounds
    names = {category.id: category.name for category in catalogue.categories}
    assert sorted(names[i] for i in background.category_ids) == ["cat", "dog"]
    assert len(background.annotations) == 2
    assert skipped(catalogue) == {"background annotation of no output category": 2}


def test_a_background_keeps_its_crowds(small_coco, surveyed):
    small_coco(annotations=[{}])
    small_coco("scenery", annotations=[{"iscrowd": 1}])
    (background,) = surveyed(photos(), backgrounds=[scenery()]).backgrounds
    assert background.annotations[0].iscrowd == 1


def test_backgrounds_that_hold_an_output_category_are_avoided(small_coco, surveyed):
    small_coco(annotations=[{}])
    small_coco(
        "scenery",
        images=[{"id": n} for n in (1, 2, 3, 4)],
        categories=CATEGORIES,
        annotations=[
            {"image_id": 1, "category_id": 18},
            {"image_id": 2, "category_id": 17},
            {"image_id": 3, "category_id": 18, "iscrowd": 1},
        ],
    )
    catalogue = surveyed(photos(), backgrounds=[scenery(annotations="avoid")])
    used = [catalogue.photos[background.photo].image_id for background in catalogue.backgrounds]
    assert used == [2, 4]
    assert all(not background.annotations for background in catalogue.backgrounds)
    assert skipped(catalogue) == {"background that holds an output category": 2}


@pytest.mark.parametrize("order", [1, -1])
def test_what_one_dataset_carries_is_carried_or_avoided_in_all(small_coco, surveyed, order):
    small_coco(annotations=[{}])
    for name in ("one", "two", "three"):
        small_coco(name, categories=CATEGORIES, annotations=[{"category_id": 17}])
    backgrounds = [
        scenery("one", categories=("cat",)),
        scenery("two", categories=("dog",)),
        scenery("three", annotations="avoid"),
    ]
    catalogue = surveyed(photos(), backgrounds=backgrounds[::order])
    assert [len(background.annotations) for background in catalogue.backgrounds] == [1, 1]
    assert skipped(catalogue) == {"background that holds an output category": 1}


def test_backgrounds_bring_no_category_where_annotations_are_avoided(small_coco, surveyed):
    small_coco(annotations=[{}])
    small_coco("scenery", categories=CATEGORIES)
    catalogue = surveyed(photos(), backgrounds=[scenery(annotations="avoid")])
    assert [category.name for category in catalogue.categories] == ["dog"]


def test_an_unknown_category_to_carry_is_an_error(small_coco, surveyed):
    small_coco(annotations=[{}])
    small_coco("scenery", categories=CATEGORIES)
    told = re.escape("backgrounds[0].categories: no category 'catt'; did you mean 'cat'?")
    with pytest.raises(CocosynthError, match=told):
        surveyed(photos(), backgrounds=[scenery(categories=("catt",))])


# Licences


@pytest.fixture
def licensed(small_coco):
    small_coco(
        images=[
            {"id": 1, "license": 1},
            {"id": 2, "license": 2},
            {"id": 3},
            {"id": 4, "license": 9},
        ],
        annotations=[{"image_id": n} for n in (1, 2, 3, 4)],
        licenses=LICENSES,
    )


@pytest.mark.parametrize(
    ("licenses", "used"),
    [
        (Licenses(), [1, 3, 4]),
        (Licenses(no_derivatives="allow"), [1, 2, 3, 4]),
        (Licenses(allow=("cc-by-*",)), [1]),
        (Licenses(allow=("cc-by-*",), no_derivatives="allow"), [1, 2]),
        (Licenses(deny=("unknown",)), [1]),
        (Licenses(deny=("cc-by-2.0",)), [3, 4]),
    ],
)
def test_photographs_are_used_by_their_licence(licensed, surveyed, licenses, used):
    catalogue = surveyed(photos(), backgrounds=[scenery("photos")], licenses=licenses)
    assert [catalogue.photos[photo].image_id for photo in catalogue.cuts] == used
    assert [catalogue.photos[b.photo].image_id for b in catalogue.backgrounds] == used


def test_a_photograph_refused_for_its_licence_is_counted(licensed, surveyed):
    catalogue = surveyed(photos())
    reason = "photograph: licence forbids derivatives (licenses.no_derivatives: allow would use it)"
    assert skipped(catalogue) == {reason: 1}


CREDITS = f"""\
file_name,license,license_url,attribution,url
dog/a.png,Attribution License,{CC}/by/2.0/,Ann,http://a
dog/b.png,Attribution-NoDerivs License,{CC}/by-nd/2.0/,Bob,http://b
"""


@pytest.fixture
def credited(tmp_path):
    for name in "abc":
        picture(tmp_path / "cutouts" / "dog" / f"{name}.png")
    (tmp_path / "cutouts" / "credits.csv").write_text(CREDITS)
    return FolderForeground(folder="cutouts", license="House terms", attribution="Us")


def test_credits_go_before_what_the_source_says(credited, surveyed):
    catalogue = surveyed(credited, licenses=Licenses(no_derivatives="allow"))
    told = {
        photo.file_name: (photo.license.name, photo.attribution, photo.fields)
        for photo in catalogue.photos
        if photo.source == "cutouts"
    }
    assert told == {
        "dog/a.png": ("Attribution License", "Ann", (("url", "http://a"),)),
        "dog/b.png": ("Attribution-NoDerivs License", "Bob", (("url", "http://b"),)),
        "dog/c.png": ("House terms", "Us", ()),
    }


def test_a_picture_is_refused_by_its_credits(credited, surveyed):
    catalogue = surveyed(credited)
    assert len(catalogue.cuts) == 2
    assert list(skipped(catalogue).values()) == [1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name,license\na.png,x\n", "has no column file_name"),
        (b"file_name\n\xff.png\n", "not a CSV table in UTF-8"),
    ],
)
def test_credits_that_cannot_be_read_are_an_error(credited, surveyed, tmp_path, content, told):
    (tmp_path / "cutouts" / "credits.csv").write_bytes(content)
    with pytest.raises(CocosynthError, match=f"credits.csv: {told}"):
        surveyed(credited)


def test_credits_saved_by_a_spreadsheet_are_read(credited, surveyed, tmp_path):
    content = b"\xef\xbb\xbf" + CREDITS.replace("\n", "\r\n").encode()
    (tmp_path / "cutouts" / "credits.csv").write_bytes(content)
    assert len(surveyed(credited).cuts) == 2


# Folders


def folder_of(*names):
    def make(root):
        for name in names:
            picture(root / "cutouts" / name)
        return FolderForeground(folder="cutouts")

    return make


def test_folders_name_category_and_supercategory(tmp_path, surveyed):
    source = folder_of("dog/a.png", "vehicle/car/b.png", "vehicle/bus/c.png")(tmp_path)
    categories = surveyed(source).categories
    assert {(category.name, category.supercategory) for category in categories} == {
        ("dog", "dog"),
        ("car", "vehicle"),
        ("bus", "vehicle"),
    }


def test_a_picture_in_no_category_is_counted(tmp_path, surveyed):
    source = folder_of("a.png", "dog/b.png", "x/y/z/c.png")(tmp_path)
    catalogue = surveyed(source)
    assert cuts_of(catalogue) == ["dog"]
    assert skipped(catalogue) == {"picture that is not in a folder named as its category": 2}


def test_categories_of_a_folder_are_chosen_by_name_or_supercategory(tmp_path, surveyed):
    source = folder_of("dog/a.png", "cup/b.png", "vehicle/car/c.png", "vehicle/bus/d.png")(tmp_path)
    source = msgspec.structs.replace(source, categories=("vehicle", "dog"))
    assert cuts_of(surveyed(source)) == ["bus", "car", "dog"]


def test_an_unknown_category_of_a_folder_is_an_error(tmp_path, surveyed):
    source = msgspec.structs.replace(folder_of("dog/a.png")(tmp_path), categories=("dgo",))
    told = re.escape("foregrounds[0].categories: no folder 'dgo' in cutouts; did you mean 'dog'?")
    with pytest.raises(CocosynthError, match=told):
        surveyed(source)


def masks_by_picture(catalogue):
    return {
        catalogue.photos[photo].file_name: cut.mask_path and cut.mask_path.rsplit("cutouts/")[-1]
        for photo, cuts in catalogue.cuts.items()
        for cut in cuts
    }


def test_a_mask_file_belongs_to_the_picture_beside_it(tmp_path, surveyed):
    source = folder_of("dog/a.jpg", "dog/a_mask.png", "dog/b.png", "cat/b_mask.png")(tmp_path)
    assert masks_by_picture(surveyed(source)) == {
        "dog/a.jpg": "dog/a_mask.png",
        "dog/b.png": None,
    }


def test_a_mask_file_without_its_picture_is_counted_not_pasted(tmp_path, surveyed):
    source = folder_of("dog/a.jpg", "dog/a_MASK.png", "cat/b_mask.png", "cat/c.png")(tmp_path)
    catalogue = surveyed(source)
    assert masks_by_picture(catalogue) == {"dog/a.jpg": "dog/a_MASK.png", "cat/c.png": None}
    assert catalogue.skipped["cutouts", "mask file without its picture beside it"] == 1


def test_hidden_folders_are_no_categories(tmp_path, surveyed):
    source = folder_of("dog/a.jpg", "dog/.ipynb_checkpoints/a.png", "__MACOSX/dog/a.png")(tmp_path)
    assert list(masks_by_picture(surveyed(source))) == ["dog/a.jpg"]


def test_pictures_of_a_folder_are_upright(tmp_path, surveyed):
    exif = Image.Exif()
    exif[0x0112] = 8
    picture(tmp_path / "cutouts" / "dog" / "a.jpg", exif=exif)
    photo = surveyed(FolderForeground(folder="cutouts")).photos[0]
    assert (photo.size, photo.upright) == ((40, 30), True)


def test_a_broken_picture_in_a_folder_is_counted(tmp_path, surveyed):
    source = folder_of("dog/a.png")(tmp_path)
    (tmp_path / "cutouts" / "dog" / "b.png").write_bytes(b"")
    assert skipped(surveyed(source)) == {"cut-out whose file is not an image": 1}


def test_backgrounds_are_found_in_subfolders(tmp_path, surveyed):
    for name in ("a.png", "sea/b.jpg"):
        picture(tmp_path / "views" / name)
    catalogue = surveyed(
        folder_of("dog/a.png")(tmp_path), backgrounds=[FolderBackground(folder="views")]
    )
    used = [catalogue.photos[background.photo].file_name for background in catalogue.backgrounds]
    assert used == ["a.png", "sea/b.jpg"]


@pytest.mark.parametrize("folder", ["none", "empty"])
def test_a_folder_without_pictures_is_an_error(tmp_path, surveyed, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CocosynthError, match="no such folder|holds no image"):
        surveyed(FolderForeground(folder=folder))


def test_a_weight_for_an_unknown_category_is_an_error(tmp_path, surveyed):
    source = folder_of("dog/a.png")(tmp_path)
    with pytest.raises(CocosynthError, match="no foreground has the category 'cat'; there are dog"):
        surveyed(source, category_weights={"cat": 2.0})


def test_surveying_twice_gives_the_same_numbers(tmp_path, small_coco, surveyed):
    small_coco(categories=CATEGORIES, annotations=OF_EACH)
    sources = photos(), folder_of("dog/a.png", "dog/b.png", "cup/c.png")(tmp_path)
    first, second = surveyed(*sources), surveyed(*sources)
    assert list(first.photos) == list(second.photos)
    assert first.categories == second.categories
    assert first.cuts == second.cuts


def test_every_real_annotation_is_cut_or_counted(real_coco):
    name = "annotations/instances_val2017.json"
    config = Config(
        splits={"train": 1},
        canvas="background",
        foregrounds=(CocoForeground(coco=name, images="val2017"),),
        backgrounds=(CocoBackground(coco=name, images="val2017", annotations="keep"),),
        licenses=Licenses(no_derivatives="allow"),
    )
    catalogue = survey(config, real_coco)
    content = json.loads((real_coco / name).read_bytes())
    assert len(cuts_of(catalogue)) + sum(catalogue.skipped.values()) == len(content["annotations"])
    carried = sum(len(background.annotations) for background in catalogue.backgrounds)
    assert carried == len(content["annotations"])
    assert set(skipped(catalogue)) <= {"crowd annotations are never cut out"}


def test_a_licence_in_the_credits_does_not_take_the_address_of_the_folders(tmp_path, surveyed):
    source = folder_of("dog/a.png", "dog/b.png")(tmp_path)
    source = msgspec.structs.replace(source, license="CC BY", license_url="http://folder")
    (tmp_path / "cutouts/credits.csv").write_text("file_name,license\ndog\\a.png,CC BY-NC\n")
    found = {photo.file_name: photo.license for photo in surveyed(source).photos}
    assert found["dog/a.png"] == License("CC BY-NC", "")
    assert found["dog/b.png"] == License("CC BY", "http://folder")


def test_credits_are_found_however_the_letters_of_a_name_are_stored(tmp_path, surveyed):
    source = folder_of("dog/e\u0301.png", "dog/\u00fc.png")(tmp_path)
    table = "file_name,license\ndog/\u00e9.png,CC BY-NC\ndog\\u\u0308.png,CC BY-SA\n"
    (tmp_path / "cutouts/credits.csv").write_text(table, encoding="utf-8")
    catalogue = surveyed(source)
    found = {photo.license.name for photo in catalogue.photos if photo.source == "cutouts"}
    assert found == {"CC BY-NC", "CC BY-SA"}
    assert skipped(catalogue) == {}


def test_a_misspelt_column_of_the_credits_is_refused(tmp_path, surveyed):
    source = folder_of("dog/a.png")(tmp_path)
    (tmp_path / "cutouts/credits.csv").write_text("file_name,licence\ndog/a.png,CC BY\n")
    with pytest.raises(CocosynthError, match=r"unknown column 'licence'; did you mean 'license'"):
        surveyed(source)


def test_a_photo_reached_by_links_to_its_folder_or_to_itself_is_one_photo(small_coco, surveyed):
    folder = small_coco("scenery", images=[{"id": 1}, {"id": 2}])
    (folder / "alias").symlink_to(folder / "images")
    (folder / "links").mkdir()
    for number in (1, 2):
        (folder / "links" / f"{number}.png").symlink_to(folder / "alias" / f"{number}.png")
    ways = [
        CocoBackground(
            coco="scenery/instances.json", images=f"scenery/{images}", annotations="keep"
        )
        for images in ("images", "alias", "links", "../scenery/images")
    ]
    small_coco(annotations=[{}])
    catalogue = surveyed(photos(), backgrounds=ways)
    assert [background.photo for background in catalogue.backgrounds] == [1, 2] * 4
    assert len(catalogue.photos) == 3


def test_a_file_that_several_sources_name_is_read_once(small_coco, surveyed, monkeypatch):
    folder = small_coco(annotations=[{}, {}])
    read = []

    def reading(path):
        read.append(path)
        return read_dataset(path)

    monkeypatch.setattr("cocosynth.sources.survey.read_dataset", reading)
    catalogue = surveyed(photos(), photos(), backgrounds=[scenery("photos")])
    assert read == [str(folder / "instances.json")]
    assert len(catalogue.backgrounds[0].annotations) == 2
