"""On a node of a cluster, a file that is missing there is not taken for bad data."""

import os
import threading

import pytest

from cocosynth.core import files, identity
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.image_file import image_bytes, opened
from cocosynth.core.image_header import image_header
from cocosynth.core.node import UnseenError, is_readable, working_on_a_node

NOTHING = frozenset()


def open_it(path):
    with opened(path):
        pass


READERS = {
    "bytes": files.read_bytes,
    "lines": lambda path: list(files.lines(path)),
    "mapped": files.mapped,
    "sha256": identity.sha256,
    "image": image_bytes,
    "header": image_header,
    "picture": open_it,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_what_is_missing_on_a_node_is_named_to_the_parent(tmp_path, read):
    path = tmp_path / "x.png"
    with working_on_a_node(NOTHING), pytest.raises(UnseenError) as caught:
        read(path)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_what_the_parent_cannot_read_either_is_bad_data_as_everywhere(tmp_path, read):
    path = tmp_path / "x.png"
    with pytest.raises(CocosynthError) as here:
        read(path)
    with working_on_a_node(frozenset([str(path)])), pytest.raises(CocosynthError) as there:
        read(path)
    assert type(there.value) is type(here.value)
    assert str(there.value) == str(here.value)


def test_a_damaged_picture_is_bad_data_on_a_node_too(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"no picture")
    with working_on_a_node(NOTHING), pytest.raises(UnusableError, match="not an image"):
        open_it(path)


def test_readable_is_a_file_or_a_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    assert is_readable(tmp_path)
    assert is_readable(tmp_path / "file")
    assert is_readable(tmp_path / "pipe")  # and is not waited for
    assert not is_readable(tmp_path / "none")
    assert not is_readable("x" * 5000)


def test_many_writers_of_one_file_leave_it_whole_and_nothing_else(tmp_path):
    target, contents = tmp_path / "x", [bytes([number]) * 200_000 for number in range(8)]

    def write(content):
        for _ in range(5):
            files.write_atomic(target, content)
            assert files.read_bytes(target) in contents

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert target.read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    (tmp_path / "train").mkdir()
    for name in ("train/.0af3.partial", "train/1.png", ".hidden", "x.partial"):
        (tmp_path / name).write_bytes(b"")
    files.remove_partial(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == {"train", "train/1.png", ".hidden", "x.partial"}
