"""An image file is found under the name of its record, or under the one name that fits."""

import copy
import unicodedata

import pytest

from cocosynth.coco.image_paths import ImagePaths, MissingImageError, inside
from cocosynth.core.errors import UnusableError

NFC = unicodedata.normalize("NFC", "caf\u00e9/\u00fcber.png")
NFD = unicodedata.normalize("NFD", NFC)


@pytest.fixture
def paths(tmp_path):
    """Return a function that writes files and resolves names below `images`."""

    def paths(files, names, root="images"):
        for file in files:
            (tmp_path / "images" / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "images" / file).write_bytes(b"")
        (tmp_path / root).mkdir(parents=True, exist_ok=True)
        return ImagePaths(tmp_path / root, names, shown=root)

    return paths


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.png", "a.png"),
        ("sub/a.png", "sub/a.png"),
        ("sub\\a.png", "sub/a.png"),
        ("sub\\deep\\a.png", "sub/deep/a.png"),
        (".\\a.png", "a.png"),
        (NFC, NFD),
        (NFD, NFC),
        ("IMG_1.JPG", "img_1.jpg"),
        ("Sub\\A.png", "sub/a.PNG"),
        ("a.png", "train2017/a.png"),  # the folder given is one level too high
        ("train2017/a.png", "coco/train2017/a.png"),
        ("images/a.png", "a.png"),  # one level too low
        ("images\\sub\\a.png", "sub/a.png"),
    ],
)
def test_the_file_that_fits_is_found(paths, tmp_path, name, file):
    found = paths([file, "other.png"], [name, "other.png"])
    assert found.found(name) == file
    assert found.path(name) == str(tmp_path / "images" / file)
    assert found.moved == ({} if name == file else {name: file})


def test_a_file_of_exactly_this_name_goes_before_all_others(paths):
    found = paths(["a\\b.png", "a/b.png"], ["a\\b.png"])
    assert found.found("a\\b.png") == "a\\b.png"


@pytest.mark.parametrize(
    ("files", "names", "fitting"),
    [
        ([], ["a.png"], []),
        (["b.png"], ["a.png"], []),
        (["one/a.png", "two/a.png"], ["a.png"], ["images/one/a.png", "images/two/a.png"]),
        (["sub/a.png"], ["a.png", "sub/a.png"], ["images/sub/a.png"]),  # is another's already
        (["a.png"], ["images/a.png", "a.png"], ["images/a.png"]),
        (["A.png"], ["a.png", "A.png"], ["images/A.png"]),
        (["a.png"], ["val/a.png", "train/a.png"], ["images/a.png"]),
        (["a.png"], ["val/a.png"], ["images/a.png"]),  # `images` is not the folder `val`
        (["a.png"], ["http://localhost/a.png"], ["images/a.png"]),
    ],
)
def test_what_may_be_another_image_is_missing_and_named(paths, files, names, fitting):
    with pytest.raises(MissingImageError, match="image file is missing") as caught:
        paths(files, names).found(names[0])
    assert caught.value.tried == f"images/{names[0]}"
    assert caught.value.fitting == fitting
    assert caught.value.hint.startswith(f"no file 'images/{names[0]}'")


def test_the_right_file_beside_the_folder_is_named_but_not_taken(paths):
    found = paths(["val/a.png", "train/a.png"], ["val/a.png"], root="images/train")
    with pytest.raises(MissingImageError) as caught:
        found.found("val/a.png")
    hint = "no file 'images/train/val/a.png'; 'images/val/a.png' would fit"
    assert caught.value.hint == hint


def test_links_in_a_circle_do_no_harm(paths, tmp_path):
    found = paths(["sub/a.png"], ["a.png"])
    (tmp_path / "images/sub/again").symlink_to(tmp_path / "images")
    assert found.found("a.png") == "sub/a.png"


def test_a_folder_of_many_files_of_one_name_is_searched_in_a_moment(paths):
    names = [f"{number}/mask/0.png" for number in range(3000)]
    found = paths([f"x/{name}" for name in names], names)
    assert [found.found(name) for name in names] == [f"x/{name}" for name in names]


@pytest.mark.parametrize("name", ["../a.png", "/a.png", "x/../../a.png", "..\\a.png", "C:\\a.png"])
def test_a_name_that_leaves_the_folder_is_refused(paths, name):
    found = paths(["a.png"], [name])
    with pytest.raises(UnusableError, match="file_name leaves the image folder"):
        found.found(name)
    with pytest.raises(UnusableError, match="file_name leaves the image folder"):
        inside("images", name)


def test_a_missing_image_can_be_told_by_another_process(paths):
    error = MissingImageError("images/a.png", ["images/b.png"])
    again = copy.copy(error)
    assert (again.hint, str(again)) == (error.hint, str(error))
