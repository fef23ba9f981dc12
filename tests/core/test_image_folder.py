"""Every file of a folder of pictures is read, or counted by its kind."""

import numpy as np
import pytest
from PIL import Image, features

from cocosynth.core import image_formats
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.image_folder import image_folder
from cocosynth.core.image_header import image_header
from cocosynth.core.images import read_image, read_rgba

PICTURE = Image.fromarray(
    np.kron(
        np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8),
        np.ones((8, 8, 1), dtype=np.uint8),
    )
)
CLOSE = {  # options of a format, and how many levels it may be off
    "jfif": ({"format": "JPEG", "quality": 95, "subsampling": 0}, 12),
    "jpe": ({"format": "JPEG", "quality": 95, "subsampling": 0}, 12),
    "avif": ({"quality": 100, "subsampling": "4:4:4"}, 8),
    "jp2": ({}, 1),
    "j2k": ({}, 1),
    "webp": ({"lossless": True}, 0),
    "pbm": ({}, None),
}
NEEDED = {"avif": "avif", "jp2": "jpg_2000", "j2k": "jpg_2000", "webp": "webp"}


def has(part):
    there = part in features.modules or part in features.codecs
    return there and features.check(part)


@pytest.mark.parametrize("suffix", CLOSE)
def test_what_pillow_can_read_is_read(tmp_path, suffix):
    if suffix in NEEDED and not has(NEEDED[suffix]):
        pytest.skip(f"this Pillow has no {NEEDED[suffix]}")
    options, levels = CLOSE[suffix]
    path = tmp_path / f"x.{suffix}"
    PICTURE.convert("1" if levels is None else "RGB").save(path, **options)
    assert image_folder(tmp_path).images == [f"x.{suffix}"]
    assert image_header(path).size == (40, 56)
    image = read_image(path, upright=True)
    assert image.shape == (40, 56, 3)
    if levels is not None:
        assert np.abs(image.astype(int) - np.asarray(PICTURE)).max() <= levels


@pytest.mark.skipif(not has("avif"), reason="this Pillow has no avif")
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_file_is_turned_as_it_says(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "x.avif"
    PICTURE.save(path, exif=exif, quality=100, subsampling="4:4:4")
    turned = orientation in (5, 6, 7, 8)
    assert image_header(path).upright_size == ((56, 40) if turned else (40, 56))
    assert read_image(path, upright=True).shape[:2] == image_header(path).upright_size
    stored = read_image(path, upright=False).astype(int)
    assert np.abs(stored - np.asarray(PICTURE)).max() <= 8


@pytest.mark.skipif(not has("avif"), reason="this Pillow has no avif")
def test_an_avif_file_keeps_its_alpha(tmp_path):
    picture = PICTURE.copy()
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    picture.save(tmp_path / "x.avif", quality=100)
    wanted = np.asarray(picture)[..., 3].astype(int)
    assert np.abs(read_rgba(tmp_path / "x.avif")[..., 3] - wanted).max() <= 4


def test_all_other_files_are_listed_by_their_suffix(tmp_path):
    for name in ("a.png", "b.HEIC", "sub/c.heic", "d.txt", "e.psd", "README"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = image_folder(tmp_path)
    assert found.images == ["a.png"]
    assert found.others == ["README", "b.HEIC", "d.txt", "e.psd", "sub/c.heic"]
    assert found.kinds == "2 .heic, 1 .psd, 1 .txt, 1 without a suffix"
    assert found.pictures == ["b.HEIC", "e.psd", "sub/c.heic"]


@pytest.mark.parametrize(
    "name", [".hidden.heic", "Thumbs.db", ".DS_Store", "credits.csv", "desktop.ini", ".x/y.txt"]
)
def test_files_that_lie_there_for_other_reasons_are_not_listed(tmp_path, name):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    assert image_folder(tmp_path).others == []


def test_many_suffixes_are_summed_up(tmp_path):
    for number in range(20):
        (tmp_path / f"x.{number:03d}").write_bytes(b"")
    (tmp_path / "a.png").write_bytes(b"")
    kinds = image_folder(tmp_path).kinds
    assert kinds.startswith("1 .000, 1 .001, ")
    assert kinds.endswith(", 12 of other suffixes")


def test_a_folder_of_other_files_alone_says_what_it_holds(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"")
    with pytest.raises(CocosynthError, match=r"holds no image that is read .*, but 1 \.heic"):
        image_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"8BPS\0\1\0\0\0\0\0\0\0\3", "Photoshop"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0" * 128 + b"DICM" + b"\2\0\0\0", "DICOM"),
        (b"v/1\x01\2\0\0\0", "OpenEXR"),
    ],
)
def test_a_picture_of_a_format_that_is_not_read_is_named(tmp_path, content, name):
    (tmp_path / "x.jpg").write_bytes(content * 3)
    for read in (image_header, read_rgba):
        with pytest.raises(UnusableError, match=f"in the format {name}, which is not read"):
            read(tmp_path / "x.jpg")


def test_no_program_is_among_the_formats():
    assert not {"EPS", "PDF", "WMF", "PSD"} & set(image_formats.formats())
