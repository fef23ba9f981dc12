"""A glance at a file tells what a full look at its header tells, or nothing."""

import os

import numpy as np
import pytest
from PIL import Image

from cocosynth.core.errors import UnusableError
from cocosynth.core.file_states import FileState, FileStates
from cocosynth.core.glance import glance
from cocosynth.core.identity import identities
from cocosynth.core.image_header import image_header

PIXELS = np.random.default_rng(0).integers(0, 255, (30, 50, 3), dtype=np.uint8)


def _written(path, **options):
    Image.fromarray(PIXELS).save(path, **options)
    return path


@pytest.mark.parametrize("profile", [b"", b"p" * 900, b"p" * 60_000], ids=len)
def test_a_plain_photograph_is_known_at_a_glance(tmp_path, profile):
    path = _written(tmp_path / "a.jpg", icc_profile=profile)
    seen = glance(str(path))
    assert seen.header == image_header(path)
    assert seen.header.size == (30, 50)
    found = path.stat()
    assert seen.state == (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _turned(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    return _written(path, exif=exif)


def _cut(path):
    content = _written(path).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _trailed(path):
    path.write_bytes(_written(path).read_bytes() + b"\0" * 5000)


def _link(path):
    path.symlink_to(_written(path.with_name("other.jpg")))


OTHERS = {
    "turned": _turned,
    "cut short": _cut,
    "something behind": _trailed,
    "a link": _link,
    "a PNG": lambda path: _written(path, format="png"),
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "empty": lambda path: path.touch(),
    "text": lambda path: path.write_text("photograph"),
    "nothing": lambda path: None,
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_of_all_else_a_glance_says_nothing(tmp_path, make):
    path = tmp_path / "a.jpg"
    make(path)
    assert glance(str(path)) is None
    assert glance(f"{path}\0") is None


def test_the_limit_of_pixels_is_that_of_headers(tmp_path):
    path = _written(tmp_path / "a.jpg")
    content = path.read_bytes()
    frame = content.index(b"\xff\xc0") + 5
    path.write_bytes(content[:frame] + b"\xff\xff\xff\xff" + content[frame + 4 :])
    assert glance(str(path)) is None
    with pytest.raises(UnusableError, match="too large"):
        image_header(path)


def test_states_are_kept_by_number():
    states, state = FileStates(), FileState(2**64 - 1, 2**63, 2**40, -5)
    states[2] = state
    states[4] = None
    assert [states[number] for number in range(6)] == [None, None, state, None, None, None]


def test_files_are_the_same_whether_their_states_are_known_or_not(tmp_path):
    paths = [str(_written(tmp_path / f"{n}.jpg", quality=90 - n // 2)) for n in range(4)]
    os.link(paths[0], tmp_path / "again.jpg")
    paths.append(str(tmp_path / "again.jpg"))
    states = [glance(path).state if number != 2 else None for number, path in enumerate(paths)]
    assert identities(paths, states) == identities(paths)
    assert len(set(identities(paths))) == 2
