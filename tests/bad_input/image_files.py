"""Image files that are damaged, unusual, or no images at all."""

import os
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image

from bad_input import (
    PHOTOS,
    SIZE,
    change_image,
    configure,
    noise,
    picture,
    refused,
    skips,
    use_cutouts,
)

REASON = "photos/instances.json: instance whose "
SAME = "photos/images/0.png"
IRREGULAR = {f"{REASON}image file is not a regular file": 2}
DAMAGED = {f"{REASON}image file is truncated or damaged": 2}
DAMAGED_TIFF = f"{REASON}image file is truncated or damaged"
NO_IMAGE = {f"{REASON}file is not an image": 2}
TOO_LARGE = {f"{REASON}image is too large": 2}
OTHER_SIZE = {f"{REASON}image file has another size than its record": 2}


def png(*, size=SIZE, depth=8, kind=2, content=b""):
    """Return a PNG file that claims a size, whatever it holds."""

    def chunk(name, body):
        check = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + check

    head = struct.pack(">IIBBBBB", size[1], size[0], depth, kind, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"IDAT", zlib.compress(content)),
            chunk(b"IEND", b""),
        ]
    )


@skips({f"{REASON}image file is missing": 2})
def missing(project):
    (project / SAME).unlink()


@skips(DAMAGED)
def truncated_png(project):
    path = picture(project)
    path.write_bytes(path.read_bytes()[:3000])


@skips(DAMAGED)
def truncated_jpeg(project):
    path = picture(project, format="JPEG")
    path.write_bytes(path.read_bytes()[:2000])


@skips(NO_IMAGE)
def zero_bytes(project):
    (project / SAME).write_bytes(b"")


@skips(NO_IMAGE)
def text(project):
    (project / SAME).write_text("not a picture\n" * 100)


@skips(NO_IMAGE)
def a_program_of_postscript(project):
    (project / SAME).write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 80 60\nshowpage\n")


@skips(IRREGULAR)
def a_folder(project):
    (project / SAME).unlink()
    (project / SAME).mkdir()


@skips(IRREGULAR)
def a_pipe(project):
    (project / SAME).unlink()
    os.mkfifo(project / SAME)


@skips(IRREGULAR)
def a_device(project):
    (project / SAME).unlink()
    (project / SAME).symlink_to("/dev/zero")


@skips({"views: background whose image file is not a regular file": 1})
def a_pipe_among_the_backgrounds(project):
    os.mkfifo(project / "views/x.png")


@skips(OTHER_SIZE)
def another_size(project):
    picture(project, size=(61, 80))


@skips({})
def turned_by_exif(project):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(project, format="JPEG", exif=exif)


@skips({})
def recorded_as_it_is_shown(project):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(project, format="JPEG", exif=exif, size=(80, 60))


@skips({})
def damaged_exif(project):
    picture(project, format="JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")


@skips({})
def grey(project):
    picture(project, mode="L")


@skips({})
def black_and_white(project):
    picture(project, mode="1")


@skips({})
def inks(project):
    picture(project, mode="CMYK", format="JPEG")


@skips({})
def a_palette(project):
    picture(project, mode="P")


@skips({})
def transparent(project):
    picture(project, mode="RGBA")


@skips({})
def sixteen_bits(project):
    values = np.arange(SIZE[0] * SIZE[1], dtype=np.uint16).reshape(SIZE) * 13
    Image.fromarray(values).save(project / SAME)


@skips({})
def floats_that_are_no_numbers(project):
    values = np.linspace(0, 255, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)
    values[0, :4] = np.nan, np.inf, -np.inf, -7
    Image.fromarray(values).save(project / SAME, "TIFF")


@skips({})
def an_animated_gif(project):
    picture(project, mode="P", format="GIF", save_all=True, append_images=[_frame()])


@skips({})
def an_animated_png(project):
    picture(project, save_all=True, append_images=[_frame("RGB")])


def _frame(mode="P"):
    return Image.fromarray(noise(seed=8)).convert(mode)


@skips(TOO_LARGE)
def a_decompression_bomb(project):
    side = 100_000
    (project / SAME).write_bytes(png(size=(side, side), depth=1, kind=0, content=b"\0" * 10**7))
    change_image(project, width=side, height=side)


@skips(TOO_LARGE)
def a_smaller_decompression_bomb(project):
    (project / SAME).write_bytes(png(size=(11_000, 11_000), content=b"\0" * 10**7))
    change_image(project, width=11_000, height=11_000)


@skips(TOO_LARGE)
def a_jpeg_that_claims_a_gigantic_size(project):
    path = picture(project, format="JPEG")
    content = bytearray(path.read_bytes())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 30_000, 30_000)
    path.write_bytes(content)
    change_image(project, width=30_000, height=30_000)


@skips(TOO_LARGE)
def a_file_without_end(project):
    with (project / SAME).open("r+b") as stream:
        stream.truncate(2**40)


@skips({"cutouts: instance whose image is too large": 1})
def a_mask_file_that_is_a_bomb(project):
    use_cutouts(project)
    (project / "cutouts/disk/0_mask.png").write_bytes(png(size=(20_000, 20_000)))


@skips({"views: file of a format that is not read (2 .heic, 1 .svg, 1 without a suffix)": 4})
def files_of_formats_that_are_not_read(project):
    for name in ("a.heic", "sub/b.HEIC", "c.svg", "notes", ".hidden", "Thumbs.db"):
        (project / "views" / name).parent.mkdir(exist_ok=True)
        (project / "views" / name).write_bytes(b"")


@skips({f"{REASON}file is in the format HEIC, which is not read: convert it to PNG": 2})
def a_photograph_of_a_telephone(project):
    (project / SAME).write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" * 4)


@skips({f"{REASON}image has 6 bands: choose three of them by `bands`": 2})
def a_picture_of_many_bands(project):
    write_bands(project / SAME, 6)


@refused(
    "no foreground can be used; photos/instances.json: 4 x instance whose image has 3 bands, fewer than `bands` asks for, first image 1 (0.png)"
)
def bands_that_are_not_there(project):
    configure(project, foregrounds=[PHOTOS | {"bands": [4, 3, 2]}])


@skips({f"{REASON}image has 3 bands, fewer than `bands` asks for": 2})
def bands_of_one_picture(project):
    write_bands(project / SAME, 6)
    configure(project, foregrounds=[PHOTOS | {"bands": [4, 3, 2]}])


@skips({DAMAGED_TIFF: 2})
def a_truncated_picture_of_many_bands(project):
    write_bands(project / SAME, 6)
    with (project / SAME).open("r+b") as stream:
        stream.truncate(9000)
    configure(project, foregrounds=[PHOTOS | {"bands": [1, 2, 3]}], on_bad_input="skip")


def write_bands(path, count):
    values = np.random.default_rng(1).integers(0, 4096, (*SIZE, count), dtype=np.uint16)
    tifffile.imwrite(path, values, photometric="minisblack", planarconfig="contig")


@skips({})
def a_range_of_numbers(project):
    values = np.arange(SIZE[0] * SIZE[1], dtype=np.uint16).reshape(SIZE) + 7000
    Image.fromarray(values).save(project / SAME)
    configure(project, foregrounds=[PHOTOS | {"value_range": "auto"}])


@skips({})
def a_range_of_a_picture_of_one_number(project):
    Image.fromarray(np.full(SIZE, 7000, dtype=np.uint16)).save(project / SAME)
    configure(project, foregrounds=[PHOTOS | {"value_range": "auto"}])


@skips({"cutouts: mask file without its picture beside it": 1})
def a_mask_file_without_its_picture(project):
    use_cutouts(project)
    Image.fromarray(noise((48, 48), 1)[..., 0]).save(project / "cutouts/disk/x-Mask.png")


ONLY_A_MASK = "instance whose picture has two colours only, as a mask has: it shows no object"


@skips({f"cutouts: {ONLY_A_MASK}": 1})
def a_mask_among_the_cutouts(project):
    use_cutouts(project)
    picture = Image.new("L", (48, 48))
    picture.paste(255, (10, 10, 30, 30))
    picture.save(project / "cutouts/disk/x.png")


@skips({"views: mask of the picture beside it, no background": 2})
def masks_among_the_backgrounds(project):
    for name in ("0_mask.png", "1-mask.jpg"):
        Image.fromarray(noise(SIZE, 1)[..., 0]).save(project / "views" / name)


@skips({"cutouts: cut-out with more than one mask file": 1})
def two_mask_files_for_one_picture(project):
    use_cutouts(project)
    Image.fromarray(noise((48, 48), 1)[..., 0]).save(project / "cutouts/disk/0_mask.png")
    Image.fromarray(noise((48, 48), 1)[..., 0]).save(project / "cutouts/disk/0_mask.jpg")


@skips({"cutouts: instance whose mask file is not of the picture's size": 1})
def a_mask_file_of_another_size(project):
    use_cutouts(project)
    Image.fromarray(noise((40, 48), 1)[..., 0]).save(project / "cutouts/disk/0_mask.png")


@skips({"cutouts: instance whose mask has no pixel": 1})
def a_cutout_that_is_transparent(project):
    use_cutouts(project)
    Image.fromarray(np.zeros((48, 48, 4), np.uint8)).save(project / "cutouts/disk/0.png")


NOT_PLAIN = "instance whose background is not plain, and it has neither alpha nor a mask file"


@skips({f"cutouts: {NOT_PLAIN}": 1})
def a_cutout_before_a_background_that_is_not_plain(project):
    use_cutouts(project)
    Image.fromarray(noise((48, 48))).save(project / "cutouts/disk/0.png")


@skips({"cutouts: instance whose object does not stand out (see background_threshold)": 2})
def cutouts_of_one_colour_and_of_one_pixel(project):
    use_cutouts(project)
    Image.new("RGB", (48, 48), "red").save(project / "cutouts/disk/0.png")
    Image.new("RGB", (1, 1), "red").save(project / "cutouts/disk/x.png")


@skips({"views: background whose image file is truncated or damaged": 1})
def a_truncated_background(project):
    path = project / "views/0.png"
    path.write_bytes(path.read_bytes()[:3000])


@skips({"views: background whose image file is truncated or damaged": 1})
def a_truncated_background_whose_header_is_whole(project):
    Image.fromarray(noise()).save(project / "views/x.jpg")
    path = project / "views/x.jpg"
    path.write_bytes(path.read_bytes()[:2000])


@skips({"views: choice of a background whose image file is truncated or damaged": 1})
def a_truncated_background_of_a_form_without_an_end(project):
    Image.fromarray(noise()).save(project / "views/x.bmp")
    path = project / "views/x.bmp"
    path.write_bytes(path.read_bytes()[:2000])


@skips({"cutouts: picture that is not in a folder named as its category": 1})
def a_cutout_beside_the_folders(project):
    use_cutouts(project)
    Image.fromarray(noise()).save(project / "cutouts/x.png")
