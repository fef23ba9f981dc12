"""Image files become the pixels people expect, or are refused; files are whole or not there."""

import io
import re
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cocosynth.core import files, identity, images, resources
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.image_folder import image_folder
from cocosynth.core.image_header import image_header
from cocosynth.core.images import read_image, read_rgba

UPRIGHT = {  # orientation -> what a viewer does to the stored pixels (EXIF 2.3, table 6)
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}
FORMATS = {
    "jpg": {"quality": 95, "subsampling": 0},
    "png": {},
    "tif": {},
    "lzw.tif": {"compression": "tiff_lzw"},
    "webp": {"lossless": True},
}


def quadrants(height=64, width=96):
    """Return an image that no turn and no mirror leaves as it is."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[: height // 2, : width // 2] = 250, 20, 20
    pixels[: height // 2, width // 2 :] = 20, 250, 20
    pixels[height // 2 :, : width // 2] = 20, 20, 250
    pixels[height // 2 :, width // 2 :] = 128, 128, 128
    return pixels


def noise(height=40, width=60):
    coarse = np.random.default_rng(0).integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)


def saved(path, pixels, mode=None, orientation=None, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image = image.convert(mode) if mode else image
    if orientation:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    image.save(path, **options)
    return path


def close(left, right, levels):
    return left.shape == right.shape and np.abs(left.astype(int) - right).max() <= levels


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("name", FORMATS)
def test_pixels_as_stored_and_upright(tmp_path, name, mode, orientation):
    pixels = quadrants()
    path = tmp_path / f"x.{name}"
    saved(path, pixels, mode, orientation, **FORMATS[name])
    wanted = np.asarray(Image.fromarray(pixels).convert(mode).convert("RGB"))
    stored, upright = read_image(path, upright=False), read_image(path, upright=True)
    assert close(stored, wanted, 4 if name == "jpg" else 0)
    np.testing.assert_array_equal(upright, UPRIGHT[orientation](stored))
    np.testing.assert_array_equal(read_rgba(path)[..., :3], upright)


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("name", FORMATS)
def test_the_header_knows_both_sizes_before_a_pixel_is_read(tmp_path, name, orientation):
    path = saved(tmp_path / f"x.{name}", quadrants(), None, orientation, **FORMATS[name])
    header = image_header(path)
    assert header.size == (64, 96)
    assert header.upright_size == read_image(path, upright=True).shape[:2]


def test_grey_becomes_three_equal_channels(tmp_path):
    image = read_image(saved(tmp_path / "x.png", noise(), "L"), upright=True)
    assert (image == image[..., :1]).all()


@pytest.mark.parametrize("name", ["x.jpg", "x.tif"])
def test_inks_become_the_colours_they_print(tmp_path, name):
    path = saved(tmp_path / name, quadrants(), "CMYK")  # Pillow writes Adobe's inverted JPEG
    assert close(read_image(path, upright=False)[4:12, 4:12], quadrants()[4:12, 4:12], 6)


def test_a_jpeg_that_stores_red_green_and_blue_keeps_its_colours(tmp_path):
    path = saved(tmp_path / "x.jpg", quadrants(), keep_rgb=True, quality=95, subsampling=0)
    assert close(read_image(path, upright=False)[4:12, 4:12], quadrants()[4:12, 4:12], 6)


def test_transparent_palette_entries_are_laid_on_white(tmp_path):
    image = Image.new("P", (4, 2))
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.putpixel((0, 0), 1)
    path = saved(tmp_path / "x.png", image, transparency=0)
    pixels = read_image(path, upright=True)
    assert pixels[0, 0].tolist() == [200, 0, 0]
    assert (pixels[1] == 255).all()


def test_transparent_palette_entries_are_alpha_zero_in_a_cutout(tmp_path):
    image = Image.new("P", (4, 2))
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.putpixel((0, 0), 1)
    rgba = read_rgba(saved(tmp_path / "x.png", image, transparency=bytes([0, 255])))
    assert rgba[0, 0].tolist() == [200, 0, 0, 255]
    assert (rgba[1, :, 3] == 0).all()


def test_translucent_pixels_are_laid_on_white(tmp_path):
    rgba = np.zeros((1, 4, 4), dtype=np.uint8)
    rgba[0, :, 3] = 255, 128, 51, 0
    pixels = read_image(saved(tmp_path / "x.png", rgba), upright=True)
    assert pixels[0, :, 0].tolist() == [0, 127, 204, 255]


@pytest.mark.parametrize("name", ["x.png", "x.tif"])
def test_sixteen_bits_of_grey_are_scaled_to_eight(tmp_path, name):
    values = np.array([[0, 257, 257 * 200, 65535]], dtype=np.uint16)
    pixels = read_image(saved(tmp_path / name, values), upright=True)
    assert pixels[0, :, 0].tolist() == [0, 1, 200, 255]


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bits_of_colour_are_scaled_to_eight(tmp_path, channels):
    values = np.zeros((1, 4, channels), dtype=np.uint16)
    values[0] = np.array([0, 257, 257 * 200, 65535])[:, None]
    if channels == 4:
        values[..., 3] = 65535
    (tmp_path / "x.png").write_bytes(cv2.imencode(".png", values)[1].tobytes())
    assert read_image(tmp_path / "x.png", upright=True)[0, :, 0].tolist() == [0, 1, 200, 255]


def test_a_picture_without_alpha_is_opaque(tmp_path):
    assert (read_rgba(saved(tmp_path / "x.jpg", noise()))[..., 3] == 255).all()


def test_an_alpha_channel_is_read_as_it_is(tmp_path):
    rgba = np.random.default_rng(1).integers(0, 256, (9, 7, 4), dtype=np.uint8)
    np.testing.assert_array_equal(read_rgba(saved(tmp_path / "x.png", rgba)), rgba)


PHOTOS = sorted(resources.resource("sample_data").glob("*/**/*.jpg"))


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_both_decoders_agree_on_photographs(path):
    with Image.open(path) as image:
        wanted = np.asarray(image.convert("RGB"))
    assert close(read_image(path, upright=True), wanted, 3)


JPEGS = {
    "colour": {},
    "progressive": {"progressive": True},
    "fine": {"subsampling": 0},
}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", [*JPEGS, "grey", "inks"])
def test_a_truncated_jpeg_is_refused(tmp_path, kind, share):
    mode = {"grey": "L", "inks": "CMYK"}.get(kind)
    path = saved(tmp_path / "x.jpg", noise(200, 300), mode, quality=95, **JPEGS.get(kind, {}))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnusableError, match="truncated or damaged|cannot be read"):
        read_image(path, upright=False)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow, about the damage
@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.webp", "x.bmp", "x.gif"])
def test_a_truncated_file_of_another_format_is_refused(tmp_path, name):
    path = saved(tmp_path / name, noise(200, 300))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnusableError):
        read_image(path, upright=False)


def with_thumbnail(jpeg):
    """Put an EXIF block with a small JPEG of its own into a JPEG."""
    thumbnail = io.BytesIO()
    Image.fromarray(noise(8, 12)).save(thumbnail, "JPEG")
    length = len(thumbnail.getvalue())
    entries = b"\2\0" + b"\1\2\4\0\1\0\0\0\x2c\0\0\0" + b"\2\2\4\0\1\0\0\0"
    tiff = b"II*\0\x08\0\0\0" + b"\0\0" + b"\x0e\0\0\0" + entries
    tiff += length.to_bytes(4, "little") + b"\0\0\0\0"
    block = b"Exif\0\0" + tiff + thumbnail.getvalue()
    return jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]


def test_a_truncated_jpeg_is_refused_though_its_thumbnail_is_whole(tmp_path):
    content = with_thumbnail(saved(tmp_path / "x.jpg", noise(200, 300)).read_bytes())
    (tmp_path / "whole.jpg").write_bytes(content)
    (tmp_path / "half.jpg").write_bytes(content[: int(0.7 * len(content))])
    assert read_image(tmp_path / "whole.jpg", upright=False).shape == (200, 300, 3)
    with pytest.raises(UnusableError, match="truncated or damaged"):
        read_image(tmp_path / "half.jpg", upright=False)


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(tmp_path):
    path = saved(tmp_path / "x.jpg", noise())
    wanted = read_image(path, upright=False)
    path.write_bytes(path.read_bytes() + b"\0" * 100 + b"trailer")
    np.testing.assert_array_equal(read_image(path, upright=False), wanted)


@pytest.mark.parametrize(
    "read", [image_header, read_rgba, lambda path: read_image(path, upright=True)]
)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file is not an image"),
        (b"these are words, not pixels\n" * 20, "file is not an image"),
        (b"\xff\xd8\xff", "file is not an image"),
        (None, "image file is missing"),
        ("folder", "image file is not a regular file"),
    ],
    ids=["nothing", "words", "three bytes", "missing", "folder"],
)
def test_what_is_no_image_is_refused(tmp_path, read, content, reason):
    path = tmp_path / "x.jpg"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()
    with pytest.raises(UnusableError, match=reason):
        read(path)


def test_a_file_name_with_a_zero_byte_is_a_missing_file():
    with pytest.raises(UnusableError, match="missing|cannot be read"):
        read_image("a\0b.jpg", upright=True)


def test_an_image_that_claims_a_gigantic_size_is_refused(tmp_path):
    path = saved(tmp_path / "x.jpg", noise())
    content = bytearray(path.read_bytes())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = b"\xff\xdc\xff\xdc"
    path.write_bytes(content)
    for read in (image_header, read_rgba):
        with pytest.raises(UnusableError, match="too large|truncated or damaged"):
            read(path)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow, about the damage
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.tif", "x.gif", "x.webp", "x.bmp"])
def test_damage_is_refused_or_read_but_never_another_error(tmp_path, name):
    content = saved(tmp_path / name, noise(), orientation=6).read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(60):
        damaged = np.frombuffer(content, dtype=np.uint8).copy()
        places = rng.integers(0, rng.choice([len(content), min(150, len(content))]), rng.choice(9))
        damaged[places] = rng.integers(0, 256, len(places))
        (tmp_path / name).write_bytes(damaged[: rng.integers(1, 2 * len(content))].tobytes())
        for read in (image_header, read_rgba):
            with suppress(UnusableError):
                read(tmp_path / name)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(target):
    with files.atomic(target) as stream:
        stream.write(b"half")
        raise KeyError("the other half")


def test_a_file_appears_only_once_it_is_complete(tmp_path):
    target = tmp_path / "x"
    with files.atomic(target) as stream:
        stream.write(b"half")
        stream.flush()
        assert not target.exists()
    assert target.read_bytes() == b"half"
    assert names_in(tmp_path) == ["x"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with pytest.raises(KeyError, match="the other half"):
        write_half(target)
    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == ["x"]


def test_a_new_file_replaces_the_old_one(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    files.write_atomic(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["no/x", "file/x", "y" * 300, "folder"])
def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CocosynthError, match=r"cannot be written: \w") as caught:
        files.write_atomic(tmp_path / name, b"")
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names_in(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none", "does not exist"),
        ("folder", "is a folder; name a file"),
        ("file/x", "does not exist"),
    ],
)
def test_bytes_that_cannot_be_read_are_one_clear_line(tmp_path, name, why):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CocosynthError, match=re.escape(f"{tmp_path / name}: {why}")) as caught:
        files.read_bytes(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_bytes_are_read_as_they_are(tmp_path):
    (tmp_path / "x").write_bytes(b"\0\r\n\xff")
    assert files.read_bytes(tmp_path / "x") == b"\0\r\n\xff"


def test_files_of_equal_content_have_one_identity(tmp_path):
    for name, content in {"a": b"same", "b": b"same", "c": b"else", "d": b"longer"}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "e").symlink_to(tmp_path / "c")
    a, b, c, d, e = identity.identities([str(tmp_path / name) for name in "abcde"])
    assert a == b
    assert c == e
    assert len({a, c, d}) == 3


@pytest.mark.parametrize("place", [0, 150, 299])
def test_files_that_differ_in_one_byte_have_two_identities(tmp_path, place):
    content = bytearray(300)
    (tmp_path / "a").write_bytes(content)
    content[place] = 1
    (tmp_path / "b").write_bytes(content)
    assert len(set(identity.identities([str(tmp_path / name) for name in "ab"]))) == 2


def test_files_of_one_length_are_not_read_whole_where_their_middles_differ(tmp_path, monkeypatch):
    paths = [str(tmp_path / name) for name in "abc"]
    for number, path in enumerate(paths):
        Path(path).write_bytes(bytes(500) + bytes([number]) * 500)
    monkeypatch.setattr("cocosynth.core.identity.sha256", None)
    assert len(set(identity.identities(paths))) == 3


def test_images_are_listed_sorted_with_forward_slashes(tmp_path):
    for name in ("b.JPG", "a/z.png", "a/b/y.webp", ".hidden.png", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    assert image_folder(tmp_path).images == ["a/b/y.webp", "a/z.png", "b.JPG"]


@pytest.mark.parametrize(("name", "why"), [("no", "no such folder"), (".", "holds no image")])
def test_a_folder_without_images_is_an_error(tmp_path, name, why):
    with pytest.raises(CocosynthError, match=why):
        image_folder(tmp_path / name)


def test_a_png_keeps_every_pixel(tmp_path):
    (tmp_path / "x.png").write_bytes(images.encode_image(noise(), "png", quality=95))
    np.testing.assert_array_equal(read_image(tmp_path / "x.png", upright=True), noise())


def test_a_resource_that_is_missing_is_an_error():
    with pytest.raises(CocosynthError, match="install cocosynth again"):
        resources.resource("schemas/none.json")


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_floats_run_to_the_usual_white_that_holds_them(tmp_path, white):
    values = np.array([[0, 0.25, 0.5, 1]], dtype=np.float32) * white
    Image.fromarray(values).save(tmp_path / "x.tif")
    assert read_image(tmp_path / "x.tif", upright=True)[0, :, 0].tolist() == [0, 64, 128, 255]


def test_floats_that_are_no_numbers_are_black(tmp_path):
    values = np.array([[np.nan, np.inf, -np.inf, -3, 255]], dtype=np.float32)
    Image.fromarray(values).save(tmp_path / "x.tif")
    assert read_image(tmp_path / "x.tif", upright=True)[0, :, 0].tolist() == [0, 0, 0, 0, 255]


def test_formats_that_are_programs_are_no_images(tmp_path):
    Image.fromarray(noise()).save(tmp_path / "x.png", "EPS")
    with pytest.raises(UnusableError, match="not an image"):
        image_header(tmp_path / "x.png")


def test_linked_folders_and_files_are_listed(tmp_path):
    for name in ("cache/a.png", "elsewhere/b.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "views").mkdir()
    (tmp_path / "views/a.png").symlink_to(tmp_path / "cache/a.png")
    (tmp_path / "views/more").symlink_to(tmp_path / "elsewhere")
    assert image_folder(tmp_path / "views").images == ["a.png", "more/b.png"]


@pytest.mark.parametrize("target", [".", "..", "sub"])
def test_a_folder_met_twice_by_links_is_an_error(tmp_path, target):
    (tmp_path / "views/sub").mkdir(parents=True)
    (tmp_path / "views/sub/a.png").write_bytes(b"")
    (tmp_path / "views/twice").symlink_to(tmp_path / "views" / target)
    with pytest.raises(CocosynthError, match="once more; remove that link"):
        image_folder(tmp_path / "views")


@pytest.mark.parametrize("read", [identity.sha256, lambda path: identity.identities([str(path)])])
def test_a_file_that_vanishes_is_one_clear_line(tmp_path, read):
    with pytest.raises(CocosynthError, match="x: cannot be read: No such file"):
        read(tmp_path / "x")
