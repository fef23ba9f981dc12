"""Photographs with the same bytes are known as one, whatever is known of their files."""

import os

import numpy as np
import pytest

from cocosynth.core.file_states import FileState
from cocosynth.core.values import License, Photo
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.equal_files import equal_files
from cocosynth.sources.options import Licenses

CONTENTS = [b"abc", b"abd", b"abc", b"longer", b"", b"abd", b"longes", b"longer"]
FIRST = [0, 1, 0, 3, 4, 1, 6, 3, 3]


@pytest.mark.parametrize("unknown", [(), (4,), range(9)], ids=["all", "most", "none"])
def test_files_with_the_same_bytes_are_found(tmp_path, unknown):
    catalogue = Catalogue(Licenses(), contiguous=False)
    paths = [tmp_path / f"{number}.jpg" for number in range(len(CONTENTS))]
    for path, content in zip(paths, CONTENTS, strict=True):
        path.write_bytes(content)
    os.link(paths[3], tmp_path / "again.jpg")
    for number, path in enumerate([*paths, tmp_path / "again.jpg"]):
        found = path.stat()
        state = FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        photo = Photo("s", str(path), path.name, (1, 1), False, None, License("", ""), "")
        assert catalogue.add_photo(photo, None if number in unknown else state) == number
    assert equal_files(catalogue, np.arange(9)).tolist() == FIRST
    assert equal_files(catalogue, np.array([3, 7, 8])).tolist() == [0, 0, 0]
    assert equal_files(catalogue, np.arange(0)).tolist() == []
