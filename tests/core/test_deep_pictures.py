"""Pictures of more than 8 bits, and of more than four bands, keep the numbers they hold."""

import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from cocosynth.core.eight_bits import eight_bits
from cocosynth.core.errors import UnusableError
from cocosynth.core.image_header import image_header
from cocosynth.core.images import read_image, read_rgba
from cocosynth.core.spread import range_of, spread_of
from cocosynth.core.tiff_bands import tiff_layout, tiff_numbers
from cocosynth.core.values import Reading

COUNTS = np.array([[7200, 7300, 7455, 7710]], dtype=np.uint16)
WANTED = [0, 50, 128, 255]
THERMAL = Reading(value_range=(7200, 7710))


def bands(count=6, size=(37, 50), kind="u2"):
    values = np.random.default_rng(count).random((*size, count)) * 250
    return values.astype(kind)


def write_bands(path, values, *, separate=False, **options):
    if separate:
        values, options["planarconfig"] = np.moveaxis(values, 2, 0), "separate"
    else:
        options["planarconfig"] = "contig"
    tifffile.imwrite(path, values, **{"photometric": "minisblack", **options})
    return path


# Value ranges


@pytest.mark.parametrize("name", ["x.png", "x.tif"])
def test_counts_in_sixteen_bits_of_grey_are_scaled_by_the_range(tmp_path, name):
    Image.fromarray(COUNTS).save(tmp_path / name)
    image = read_image(tmp_path / name, upright=True, reading=THERMAL)
    assert image[0, :, 0].tolist() == WANTED
    assert (image == image[..., :1]).all()
    assert image_header(tmp_path / name).deep


@pytest.mark.parametrize("name", ["x.png", "x.tif", "separate.tif"])
def test_counts_in_sixteen_bits_of_colour_are_scaled_by_the_range(tmp_path, name):
    colours = np.dstack((COUNTS, COUNTS + 100, COUNTS - 100))
    if name.endswith("png"):
        (tmp_path / name).write_bytes(cv2.imencode(".png", colours[..., ::-1])[1].tobytes())
    else:
        write_bands(tmp_path / name, colours, separate="sep" in name, photometric="rgb")
    image = read_image(tmp_path / name, upright=True, reading=THERMAL)
    assert image[0, :, 0].tolist() == WANTED
    assert image[0, :, 1].tolist() == [50, 100, 178, 255]
    assert image[0, :, 2].tolist() == [0, 0, 78, 205]
    assert image_header(tmp_path / name).deep


def test_an_alpha_channel_is_not_scaled_by_the_range(tmp_path):
    values = np.dstack((COUNTS,) * 3 + (np.array([[0, 65535, 257, 65535]], dtype=np.uint16),))
    (tmp_path / "x.png").write_bytes(cv2.imencode(".png", values)[1].tobytes())
    rgba = read_rgba(tmp_path / "x.png", THERMAL)
    assert rgba[0, :, 0].tolist() == WANTED
    assert rgba[0, :, 3].tolist() == [0, 255, 1, 255]


@pytest.mark.parametrize("kind", ["f4", "f8", "i2", "i4", "u4"])
def test_numbers_of_other_kinds_are_scaled_by_the_range(tmp_path, kind):
    values = np.array([[-1000, -300, 400, 3000]], dtype=kind if kind[0] != "u" else "i4")
    offset = 5000 if kind == "u4" else 0
    tifffile.imwrite(tmp_path / "x.tif", (values + offset).astype(kind))
    reading = Reading(value_range=(-1000 + offset, 400 + offset))
    assert read_image(tmp_path / "x.tif", upright=True, reading=reading)[0, :, 0].tolist() == [
        *(0, 128, 255, 255)
    ]


def test_floats_that_are_no_numbers_are_black_in_a_range(tmp_path):
    values = np.array([[np.nan, np.inf, -np.inf, 290, 310]], dtype=np.float32)
    Image.fromarray(values).save(tmp_path / "x.tif")
    image = read_image(tmp_path / "x.tif", upright=True, reading=Reading((280, 310)))
    assert image[0, :, 0].tolist() == [0, 0, 0, 85, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["x.png", "x.tif", "grey.tif"])
def test_a_range_does_not_change_how_a_picture_is_turned(tmp_path, name, orientation):
    values = (np.arange(3 * 4 * 3, dtype=np.uint16).reshape(3, 4, 3) + 1) * 1700
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / name
    if name == "x.png":
        encoded = cv2.imencode(".png", values[..., ::-1])[1].tobytes()
        block = exif.tobytes().removeprefix(b"Exif\0\0")
        path.write_bytes(encoded[:33] + png_chunk(b"eXIf", block) + encoded[33:])
    elif name == "x.tif":
        tags = [(0x0112, "H", 1, orientation, True)]
        write_bands(path, values, photometric="rgb", extratags=tags)
    else:
        Image.fromarray(values[..., 0]).save(path, exif=exif)
    for upright in (True, False):
        plain = read_image(path, upright=upright).astype(int)
        ranged = read_image(path, upright=upright, reading=Reading((0, 65535)))
        assert plain.shape == ranged.shape
        assert np.abs(plain - ranged).max() <= 1
    header = image_header(path)
    assert header.size == (3, 4)
    assert header.upright_size == read_image(path, upright=True).shape[:2]


def png_chunk(name, body):
    import zlib

    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_a_range_leaves_pictures_of_eight_bits_as_they_are(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    image = read_image(tmp_path / "x.png", upright=True, reading=THERMAL)
    np.testing.assert_array_equal(image, pixels)
    assert not image_header(tmp_path / "x.png").deep


@pytest.mark.parametrize("values", [COUNTS, COUNTS.astype(np.float64), COUNTS.astype(np.int32)])
def test_one_rule_scales_all_kinds_of_numbers(values):
    assert eight_bits(values, (7200, 7710)).tolist() == [WANTED]


# Bands


@pytest.mark.parametrize("packed", [{}, {"compression": "zlib"}, {"predictor": True}])
@pytest.mark.parametrize("layout", [{"rowsperstrip": 11}, {"tile": (16, 32)}])
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("byteorder", "<>")
@pytest.mark.parametrize("kind", ["u1", "u2", "i4", "f4"])
def test_every_number_of_every_band_is_read(tmp_path, packed, layout, separate, byteorder, kind):
    values = bands(kind=kind)
    if "predictor" in packed:
        packed = {"compression": "zlib", "predictor": kind[0] != "f"}
    options = {"byteorder": byteorder, **layout, **packed}
    path = write_bands(tmp_path / "x.tif", values, separate=separate, **options)
    found = tiff_layout(path)
    assert (found.bands, found.size) == (6, (37, 50))
    np.testing.assert_array_equal(tiff_numbers(path, found, range(6)), values)
    np.testing.assert_array_equal(tiff_numbers(path, found, [4, 0, 4]), values[..., [4, 0, 4]])


def test_a_large_file_format_is_read(tmp_path):
    values = bands()
    path = write_bands(tmp_path / "x.tif", values, bigtiff=True)
    np.testing.assert_array_equal(tiff_numbers(path, tiff_layout(path), range(6)), values)


@pytest.mark.parametrize("predictor", [1, 3])
def test_what_other_programs_compress_is_read(tmp_path, predictor):
    """LZW, and the predictor for floats, which tifffile alone does not write."""
    values = bands(5, (8, 10), "f4")
    content = values.reshape(8, -1).view(np.uint8)
    if predictor == 3:
        planes = values.reshape(8, -1).astype(">f4").view(np.uint8).reshape(8, -1, 4)
        content = planes.swapaxes(1, 2).reshape(8, -1, 5)
        content = np.diff(content, axis=1, prepend=np.uint8(0)).reshape(8, -1)
    Image.fromarray(content).save(tmp_path / "strip.tif", compression="tiff_lzw")
    with Image.open(tmp_path / "strip.tif") as strip:
        tags = strip.tag_v2
        ((offset,), (length,)) = tags[0x0111], tags[0x0117]
        packed = (tmp_path / "strip.tif").read_bytes()[offset : offset + length]
    entries = [
        *((0x0100, 10), (0x0101, 8), (0x0102, (32,) * 5), (0x0103, 5), (0x0106, 1)),
        *((0x0111, 8), (0x0115, 5), (0x0116, 8), (0x0117, len(packed)), (0x013D, predictor)),
        (0x0153, (3,) * 5),
    ]
    (tmp_path / "x.tif").write_bytes(tiff(packed, entries))
    layout = tiff_layout(tmp_path / "x.tif")
    np.testing.assert_array_equal(tiff_numbers(tmp_path / "x.tif", layout, range(5)), values)


def tiff(content, entries):
    """Return a TIFF file of one strip."""
    content += b"\0" * (len(content) % 2)
    extra, fields = b"", b""
    after = 8 + len(content) + 2 + 12 * len(entries) + 4
    for tag, value in entries:
        if isinstance(value, tuple):
            fields += struct.pack("<HHII", tag, 3, len(value), after + len(extra))
            extra += struct.pack(f"<{len(value)}H", *value) + b"\0" * (len(value) % 2 * 2)
        else:
            fields += struct.pack("<HHII", tag, 4, 1, value)
    head = b"II*\0" + struct.pack("<I", 8 + len(content))
    return head + content + struct.pack("<H", len(entries)) + fields + b"\0\0\0\0" + extra


def test_three_of_many_bands_are_chosen(tmp_path):
    values = bands(8)
    path = write_bands(tmp_path / "x.tif", values)
    reading = Reading(value_range=(0, 255), bands=(4, 3, 2))
    image = read_image(path, upright=True, reading=reading)
    np.testing.assert_array_equal(image, values[..., [3, 2, 1]].astype(np.uint8))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
def test_bands_of_an_ordinary_picture_are_chosen(tmp_path, mode):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).convert(mode)
    picture.save(tmp_path / "x.png")
    wanted = np.atleast_3d(np.asarray(picture if mode != "P" else picture.convert("RGB")))
    last = min(wanted.shape[2], 3)
    image = read_image(tmp_path / "x.png", upright=True, reading=Reading(bands=(last, 1, 1)))
    np.testing.assert_array_equal(image, wanted[..., [last - 1, 0, 0]])


@pytest.mark.parametrize("count", [2, 4, 5, 12])
def test_many_bands_are_named_as_such(tmp_path, count):
    path = write_bands(tmp_path / "x.tif", bands(count))
    header = image_header(path)
    assert (header.bands, header.named, header.size) == (count, False, (37, 50))
    with pytest.raises(UnusableError, match=f"image has {count} bands: choose three of them by"):
        read_image(path, upright=False)


def test_a_band_that_is_not_there_is_refused(tmp_path):
    path = write_bands(tmp_path / "x.tif", bands(4))
    with pytest.raises(UnusableError, match="image has 4 bands, fewer than `bands` asks for"):
        read_image(path, upright=False, reading=Reading(bands=(5, 1, 1)))


@pytest.mark.parametrize("separate", [False, True])
def test_three_bands_that_pillow_does_not_know_are_colours(tmp_path, separate):
    values = (bands(3).astype(np.uint16)) * 257
    path = write_bands(tmp_path / "x.tif", values, separate=separate)
    image = read_image(path, upright=False)
    np.testing.assert_array_equal(image, (values // 257).astype(np.uint8))


def test_the_first_bands_of_a_file_that_calls_them_red_green_and_blue_are_shown(tmp_path):
    values = bands(6, kind="u2") * np.uint16(257)
    path = write_bands(tmp_path / "x.tif", values, photometric="rgb")
    np.testing.assert_array_equal(read_image(path, upright=False), values[..., :3] // 257)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_picture_of_deep_colours_is_refused(tmp_path, share):
    values = np.random.default_rng(0).integers(0, 65536, (90, 80, 3), dtype=np.uint16)
    content = cv2.imencode(".png", values)[1].tobytes()
    (tmp_path / "x.png").write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnusableError, match="truncated or damaged"):
        read_image(tmp_path / "x.png", upright=False, reading=THERMAL)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_truncated_file_of_many_bands_is_refused(tmp_path, compression, share):
    path = write_bands(tmp_path / "x.tif", bands(6, (90, 80)), compression=compression)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnusableError, match="truncated or damaged"):
        read_image(path, upright=False, reading=Reading(bands=(1, 2, 3)))


# What is measured


def test_the_range_of_pictures_is_that_of_nearly_all_their_pixels(tmp_path):
    rng = np.random.default_rng(3)
    for number, low in enumerate((7200, 7400)):
        values = rng.integers(low, low + 300, (100, 100), dtype=np.uint16)
        values[0, :3] = 0, 65535, 65535  # dead pixels
        Image.fromarray(values).save(tmp_path / f"{number}.png")
    spreads = [spread_of(tmp_path / f"{number}.png", None) for number in range(2)]
    low, high = range_of(spreads)
    assert 7200 <= low <= 7205
    assert 7694 <= high <= 7700


def test_numbers_that_stand_for_nothing_do_not_count(tmp_path):
    values = np.linspace(280, 310, 2000, dtype=np.float32).reshape(40, 50)
    values[:20] = -9999
    values[20] = np.nan
    tags = [(0xA481, "s", 6, "-9999", True)]
    tifffile.imwrite(tmp_path / "x.tif", np.dstack([values] * 5), planarconfig="contig",
                     photometric="minisblack", extratags=tags)  # fmt: skip
    low, high = range_of([spread_of(tmp_path / "x.tif", (1, 1, 1))])
    assert 295 < low < 297
    assert 309.9 < high <= 310


def test_a_picture_of_one_number_has_a_range(tmp_path):
    Image.fromarray(np.full((5, 5), 7000, dtype=np.uint16)).save(tmp_path / "x.png")
    assert range_of([spread_of(tmp_path / "x.png", None)]) == (7000, 7001)


def test_what_cannot_be_read_is_not_measured(tmp_path):
    (tmp_path / "x.png").write_bytes(b"words")
    assert spread_of(tmp_path / "x.png", None) is None
    assert range_of([]) is None
