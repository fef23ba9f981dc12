"""What is read from a store is kept on this machine up to a size; what passes is tried again."""

import io
import os
import resource

import numpy as np
import pytest
from PIL import Image

from cocosynth.core import fetching, files, identity
from cocosynth.core.errors import CocosynthError, StoppedError, UnusableError
from cocosynth.core.image_header import image_header
from cocosynth.core.images import encode_image, read_image
from cocosynth.core.storage import behind, cache, remote, traffic
from cocosynth.core.storage.faults import once, persistently
from cocosynth.core.urls import place
from cocosynth.core.watched import Watched

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return the URL of an empty folder in a store."""
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_added_up", False)
    remote.forget()
    traffic.taken()
    url = place(f"memory://b/{tmp_path.name}")
    yield url
    files.remove(url)


def kept(tmp_path):
    return sorted((tmp_path / "cache" / "files").glob("*/*"))


def test_a_file_is_fetched_once_and_again_when_it_has_changed(root, tmp_path):
    files.write_atomic(root / "a", b"one")
    assert [files.local(root / "a").read_bytes() for _ in range(3)] == [b"one"] * 3
    assert (traffic.taken().read, len(kept(tmp_path))) == (1, 1)
    files.write_atomic(root / "a", b"two")
    assert files.local(root / "a").read_bytes() == b"two"
    assert traffic.taken().cached == 0


def test_what_others_change_is_seen_by_the_next_run(root):
    files.write_atomic(root / "a", b"one")
    before = identity.state(root / "a")
    fsspec.filesystem("memory").pipe_file(f"/{(root / 'a').key}", b"two")
    assert identity.state(root / "a") == before  # within a run, a file is what it was
    fetching.ask_again()
    assert identity.state(root / "a") != before
    assert files.local(root / "a").read_bytes() == b"two"


def test_a_worker_asks_again_in_another_run(root):
    files.write_atomic(root / "a", b"one")
    fetching.ask_again_for("first")
    assert files.local(root / "a").read_bytes() == b"one"
    fsspec.filesystem("memory").pipe_file(f"/{(root / 'a').key}", b"two")
    fetching.ask_again_for("first")
    assert files.local(root / "a").read_bytes() == b"one"
    fetching.ask_again_for("second")
    assert files.local(root / "a").read_bytes() == b"two"


def test_the_longest_unused_goes_where_the_cache_is_full(root, tmp_path, monkeypatch):
    monkeypatch.setenv(cache.SIZE, "5KB")
    for number in range(6):
        files.write_atomic(root / str(number), bytes([number]) * 1000)
        path = files.local(root / str(number))
        os.utime(path, (number, number))
    left = {path.read_bytes()[0] for path in kept(tmp_path)}
    assert left == {2, 3, 4, 5}
    assert sum(path.stat().st_size for path in kept(tmp_path)) <= 5000


def test_what_is_in_use_stays(root, tmp_path, monkeypatch):
    monkeypatch.setenv(cache.SIZE, "1KB")
    for number in range(3):
        files.write_atomic(root / str(number), bytes(1000))
        files.local(root / str(number))
    assert len(kept(tmp_path)) == 3


@pytest.mark.parametrize("text", ["much", "-1", "10 XB", "."])
def test_a_wrong_size_is_named(monkeypatch, text):
    monkeypatch.setenv(cache.SIZE, text)
    with pytest.raises(CocosynthError, match="COCOSYNTH_CACHE_SIZE: must be a size such as 20GB"):
        cache.size()


@pytest.mark.parametrize(("text", "size"), [("20GB", 20e9), ("1.5 M", 1.5e6), ("77", 77)])
def test_sizes_have_units(monkeypatch, text, size):
    monkeypatch.setenv(cache.SIZE, text)
    assert cache.size() == size


def test_a_folder_that_cannot_be_written_names_the_way_out(root, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "file"))
    files.write_atomic(root / "a", b"one")
    with pytest.raises(StoppedError, match="cannot be written: .*; set COCOSYNTH_CACHE to another"):
        files.local(root / "a")


def test_a_full_disk_is_one_line_and_leaves_nothing(root, tmp_path):
    files.write_atomic(root / "a", bytes(2000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StoppedError, match="partial: cannot be written: File too large; set "):
            files.local(root / "a")
        with pytest.raises(StoppedError, match="cannot be written"), files.atomic(root / "b") as b:
            b.write(bytes(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not files.is_there(root / "b")
    assert not [*kept(tmp_path), *(tmp_path / "cache" / "partial").iterdir()]


def test_a_file_that_is_written_appears_whole_or_not_at_all(root):
    with pytest.raises(TypeError), files.atomic(root / "a") as stream:
        stream.writelines([b"half", None])
    assert not files.is_there(root / "a")
    with files.atomic(root / "a") as stream:
        stream.write(b"whole")
    assert files.read_bytes(root / "a") == b"whole"
    assert files.is_folder(root)
    assert files.mapped(root / "a").tobytes() == b"whole"
    assert traffic.taken().read == 1  # the one past the cache: what was written is kept


def test_files_written_behind_are_there_at_the_end_copies_too(root):
    with files.writing_behind(root):
        for number in range(30):
            files.write_atomic(root / str(number), bytes([number]))
        remote.copy(root / "7", root / "copy")
    assert len(remote.files_below(root)) == 31
    assert files.read_bytes(root / "copy") == bytes([7])


def test_an_error_of_a_file_written_behind_is_raised(root):
    def fail():
        raise StoppedError("full")

    with pytest.raises(StoppedError, match="full"), behind.writing():
        behind.do(root / "a", fail)


def test_items_come_in_order_while_their_files_are_fetched(root):
    names = [str(number) for number in range(40)]
    for name in names:
        files.write_atomic(root / name, name.encode())
    got = list(fetching.fetched_ahead([*names, "missing"], lambda name: [root / name]))
    assert got == [*names, "missing"]
    assert traffic.taken().read == 40
    each = fetching.read_each(names, lambda name: root / name)
    assert [(name, content.decode()) for name, content in each] == list(
        zip(names, names, strict=True)
    )


def test_items_without_files_hide_no_url(root):
    files.write_atomic(root / "a", b"1")
    got = list(fetching.fetched_ahead(["", "a"], lambda name: [root / name] if name else []))
    assert got == ["", "a"]
    assert traffic.taken().read == 1


def test_only_what_is_below_a_folder_is_deleted(root):
    for name in ("a/1", "a/b/2", "ab", "c"):
        files.write_atomic(root / name, b"")
    files.remove(root / "a")
    assert remote.files_below(root) == ["ab", "c"]


def test_a_photograph_is_read_and_a_missing_one_cannot_be_used(root):
    files.write_atomic(
        root / "x.png", encode_image(np.zeros((3, 5, 3), np.uint8), "png", quality=0)
    )
    assert image_header(str(root / "x.png")).size == (3, 5)
    read = Watched({"sha256": str(root / "x.png")})
    assert read.hashes["sha256"] == identity.sha256(root / "x.png")
    with pytest.raises(UnusableError, match="image file is missing"):
        image_header(str(root / "y.png"))


def large_jpeg(orientation=None):
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 255, (600, 1500, 3), dtype=np.uint8))
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("orientation", [None, 6])
def test_of_a_large_photograph_the_header_is_read_without_the_rest(root, tmp_path, orientation):
    content = large_jpeg(orientation)
    assert len(content) > 800_000
    files.write_atomic(root / "x.jpg", content)
    (tmp_path / "x.jpg").write_bytes(content)
    [name] = fetching.fetched_ahead(["x.jpg"], lambda name: [root / name], headers=True)
    assert image_header(root / name) == image_header(tmp_path / "x.jpg")
    took = traffic.taken()
    assert (took.read, took.read_bytes <= 4 << 16) == (0, True)
    files.local(root / "x.jpg")
    assert image_header(root / "x.jpg").upright_size == (
        (1500, 600) if orientation else (600, 1500)
    )
    assert traffic.taken().read_bytes == len(content)  # what is here is not asked for again
    assert np.array_equal(
        read_image(str(root / name), upright=True), read_image(tmp_path / "x.jpg", upright=True)
    )


@pytest.mark.parametrize("length", [-1, -60_000, 400_000])
def test_a_large_photograph_that_is_cut_short_is_known_by_its_end(root, length):
    files.write_atomic(root / "x.jpg", large_jpeg()[:length])
    with pytest.raises(UnusableError, match="truncated"):
        image_header(root / "x.jpg")


class BusyError(OSError):
    """As s3fs says that a server is busy."""

    response = {"ResponseMetadata": {"HTTPStatusCode": 503}, "Error": {"Code": "SlowDown"}}


class WrongError(OSError):
    response = {"ResponseMetadata": {"HTTPStatusCode": 400}, "Error": {"Code": "InvalidRequest"}}


class NoCredentialsError(Exception):
    pass


@pytest.mark.parametrize(
    "error", [BusyError("busy"), TimeoutError(), ConnectionResetError("reset")]
)
def test_what_passes_is_tried_again_and_counted(root, monkeypatch, error):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    left = [error, error]

    def act():
        if left:
            raise left.pop()
        return "done"

    assert persistently(root, "read", act) == "done"
    assert traffic.taken().tried_again == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (WrongError("bad"), "cannot be read: bad"),
        (PermissionError("Forbidden"), "the store denies it"),
        (NoCredentialsError("none"), "no credentials were found; set "),
    ],
)
def test_what_does_not_pass_is_said_at_once(root, error, said):
    def act():
        raise error

    with pytest.raises(StoppedError, match=said):
        persistently(root, "read", act)
    assert traffic.taken().tried_again == 0


def test_what_can_wait_is_tried_once(root):
    asked = []

    def act():
        asked.append(1)
        raise BusyError("busy")

    with once(), pytest.raises(StoppedError, match="tried 1 times"):
        persistently(root, "read", act)
    assert len(asked) == 1


def test_patience_ends(root, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setenv("COCOSYNTH_STORAGE_TRIES", "3")

    def act():
        raise BusyError("busy")

    with pytest.raises(
        StoppedError, match=r"busy \(HTTP 503\) \(tried 3 times\); check the network"
    ):
        persistently(root, "read", act)
