"""The sha256 of a file is that of what was read."""

import hashlib
import os

import pytest

from cocosynth.core.errors import CocosynthError
from cocosynth.core.watched import Watched


def test_a_file_that_stays_gives_its_hash(tmp_path):
    (tmp_path / "a").write_bytes(b"first")
    watched = Watched({"sha256": str(tmp_path / "a")})
    watched.refuse_changed()
    assert watched.hashes == {"sha256": hashlib.sha256(b"first").hexdigest()}


def test_a_file_that_is_written_while_it_is_read_is_refused_whatever_its_times_say(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"first")
    status = path.stat()
    watched = Watched({"sha256": str(path)})
    path.write_bytes(b"other")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(CocosynthError, match="a: has changed while it was used"):
        watched.refuse_changed()


def test_a_file_that_is_missing_is_left_to_who_reads_it(tmp_path):
    watched = Watched({"sha256": str(tmp_path / "nothing")})
    watched.refuse_changed()
    assert watched.hashes == {}
