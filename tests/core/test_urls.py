"""URLs are told from paths, joined as paths are, and never become a folder of this machine."""

import copy
from pathlib import Path

import pytest

from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import Url, at, is_url, place


@pytest.mark.parametrize("text", ["s3://b/a/c", "S3://b/a/c/", "s3:///b/a/c"])
def test_a_url_is_one_whatever_its_slashes(text):
    assert str(place(text)) == "s3://b/a/c"


def test_a_url_that_a_path_was_made_of_is_found_again():
    assert str(place(Path("s3://b/a.json"))) == "s3://b/a.json"
    assert is_url(Path("gs://b/a"))


@pytest.mark.parametrize("text", ["a/b", "/a:/b", "./s3:x", "C:\\a", "C:/a", "a b://c", "x"])
def test_what_is_no_url_stays_a_path(text):
    if text != "a b://c":
        assert not is_url(text)
        assert place(text) == Path(text)
    assert at(Path("f"), "a:/b") == Path("f/a:/b")


def test_file_urls_are_paths():
    assert place("file:///data/a%20b") == Path("/data/a b")
    assert place("file://localhost/data/a") == Path("/data/a")
    assert at(Path("f"), "file:///data/a") == Path("/data/a")


@pytest.mark.parametrize("text", ["http://a/b", "ftp://a/b", "nothing://a"])
def test_urls_of_other_kinds_are_refused(text):
    for given in (text, Path(text)) if text != "nothing://a" else (text,):
        with pytest.raises(CocosynthError, match=f"{text}: is a URL of a kind that is not read;"):
            place(given)


def test_a_url_without_a_bucket_is_refused():
    with pytest.raises(CocosynthError, match="names no bucket; write s3://bucket/folder"):
        place("s3://")


def test_names_are_joined_and_taken_apart():
    url = at(place("s3://b/in"), "photos/../a.tar.gz")
    assert (str(url), url.name, url.stem, url.suffix) == (
        "s3://b/in/a.tar.gz",
        "a.tar.gz",
        "a.tar",
        ".gz",
    )
    assert [str(folder) for folder in url.parents] == ["s3://b/in", "s3://b"]
    assert str(at(Path("here"), "s3://b/x")) == "s3://b/x"
    assert copy.deepcopy(url) == url  # as workers get it
    assert str(url.with_suffix(".txt")) == "s3://b/in/a.tar.txt"


@pytest.mark.parametrize("name", ["../../x", "../..", "/x"])
def test_no_name_leads_out_of_a_bucket(name):
    with pytest.raises(CocosynthError, match="leads out of s3://b/in"):
        place("s3://b/in") / name


def test_what_opens_a_url_past_the_door_fails_at_once():
    with pytest.raises(TypeError, match="s3://b/x: is no path of this machine"):
        Path(Url("s3", "b/x"))
    with pytest.raises(TypeError, match="is no path"):
        open(Url("s3", "b/x"))  # noqa: PTH123, SIM115


def test_a_missing_package_names_its_extra(monkeypatch):
    import sys

    from cocosynth.core.storage import connection

    monkeypatch.setattr(connection, "_made", {})
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(CocosynthError, match=r'pip install "cocosynth\[cloud\]"'):
        files.read_bytes("s3://b/x")
