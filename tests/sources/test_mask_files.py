"""A mask beside a picture is taken as its mask, or reported; it is never an object."""

import numpy as np
import pytest
from PIL import Image
from small_builds import shape_mask

from cocosynth.core.images import read_rgba
from cocosynth.core.mask_pictures import has_two_colours, read_mask
from cocosynth.sources.mask_files import mask_files

TWO = {"dog/y.png", "dog/y_seg.png", "dog/z.png", "dog/y.gif"}


def found(*names):
    return mask_files(sorted(names), lambda name: name in TWO)


@pytest.mark.parametrize(
    "mask",
    [
        *("y_mask.png", "y-mask.png", "y_Mask.png", "y.mask.png", "y mask.png", "y_mask.jpg"),
        *("y_masks.png", "y.jpg.mask.png", "y.jpg_mask.png", "mask_y.png", "Mask-y.png"),
        *("y_mask_0.png", "y_mask1.png", "y.png", "y_seg.png", "y.gif"),
    ],
)
def test_a_mask_belongs_to_the_picture_beside_it(mask):
    files = found("dog/y.jpg", "dog/x.jpg", f"dog/{mask}")
    assert files.of == {"dog/y.jpg": [f"dog/{mask}"]}
    assert files.names == {f"dog/{mask}"}


@pytest.mark.parametrize("other", ["y_2.png", "yes.png", "y_crop.png", "unmasked.png", "y2.jpg"])
def test_another_picture_is_no_mask(other):
    files = found("dog/y.jpg", f"dog/{other}")
    assert (files.of, files.alone) == ({}, [])


@pytest.mark.parametrize("mask", ["x_mask.png", "x-mask.png", "x.Mask.jpg"])
def test_a_mask_without_its_picture_is_reported(mask):
    files = found("dog/y.jpg", f"dog/{mask}")
    assert (files.of, files.alone) == ({}, [f"dog/{mask}"])


def test_pictures_of_masks_are_pictures_in_a_folder_of_that_name():
    files = found("mask/face_mask.jpg", "mask/mask_01.jpg", "Gas masks/gas mask.jpg")
    assert (files.of, files.alone) == ({}, [])


def test_only_what_may_be_a_mask_by_its_name_is_looked_into():
    looked = []
    names = [
        "dog/y.jpg",
        "dog/y.png",
        "dog/y_1.png",
        "dog/y_seg.png",
        "dog/x.png",
        "dog/x_mask.png",
    ]
    mask_files(names, lambda name: bool(looked.append(name)))
    assert looked == ["dog/y.png", "dog/y_seg.png"]


def test_a_mask_in_another_folder_is_none():
    assert found("dog/y.jpg", "cat/y_mask.png").alone == ["cat/y_mask.png"]


@pytest.mark.parametrize(
    ("mode", "black", "other", "expected"),
    [
        ("L", 0, 255, True),
        ("L", 0, 1, True),
        ("RGB", (0, 0, 0), (128, 0, 0), True),
        ("RGB", (0, 0, 1), (255, 255, 255), False),
        ("L", 0, 0, False),
        ("RGBA", (0, 0, 0, 0), (255, 255, 255, 255), False),
    ],
)
def test_a_picture_of_black_and_one_other_colour_has_two(tmp_path, mode, black, other, expected):
    picture = Image.new(mode, (40, 40), black)
    picture.paste(other, (10, 10, 20, 20))
    picture.save(tmp_path / "x.png")
    assert has_two_colours(tmp_path / "x.png") is expected


@pytest.mark.parametrize("white", [1, 255, 4095, 65535])
def test_a_mask_of_sixteen_bits_is_white_where_it_is_brightest(tmp_path, white):
    values = shape_mask("disk").astype(np.uint16) * np.uint16(white)
    Image.fromarray(values).save(tmp_path / "x.png")
    wanted = np.where(values > 0, 255, 0)
    np.testing.assert_array_equal(read_mask(tmp_path / "x.png")[..., 0], wanted)
    assert has_two_colours(tmp_path / "x.png")


def test_a_palette_of_two_colours_and_a_bilevel_picture_have_two(tmp_path):
    mask = Image.fromarray(shape_mask("disk"))
    mask.save(tmp_path / "one.png")
    palette = mask.convert("P")
    palette.save(tmp_path / "palette.png")
    for name in ("one.png", "palette.png"):
        assert has_two_colours(tmp_path / name)


def test_a_photograph_and_what_cannot_be_read_have_not(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    (tmp_path / "y.png").write_bytes(b"words")
    assert read_rgba(tmp_path / "x.png").shape == (20, 20, 4)
    assert not has_two_colours(tmp_path / "x.png")
    assert not has_two_colours(tmp_path / "y.png")
