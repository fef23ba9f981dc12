"""A COCO file is text in UTF-8 as a whole: every command refuses another one, in the same line."""

import json

import pytest
from small_builds import write_annotated

from cocosynth.coco.members import read_members
from cocosynth.core.errors import CocosynthError

PIECE = 1 << 20


@pytest.fixture
def file(tmp_path):
    """A dataset with a key that nobody reads in every place there is."""
    write_annotated(tmp_path / "photos", [(5, 5, 20, 20)], note="zz")
    path = tmp_path / "photos/instances.json"
    content = json.loads(path.read_bytes())
    content |= {"info": {"note": "zz"}, "more": {"note": "zz"}, "licenses": [{"id": 1, "n": "zz"}]}
    content["images"][0]["note"] = content["categories"][0]["note"] = "zz"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("number", range(6))
def test_bytes_that_are_not_utf_8_are_refused_wherever_they_stand(file, here, number):
    parts = file.read_bytes().split(b'"zz"')
    assert len(parts) == 7
    before, after = b'"zz"'.join(parts[: number + 1]), b'"zz"'.join(parts[number + 1 :])
    file.write_bytes(before + b'"\xff"' + after)
    for command in (
        ("validate", file),
        ("stats", file),
        ("merge", file, "--images", file.parent / "images", "-o", "m.json"),
        ("split", file, "--parts", "a=1", "-o", "parts"),
    ):
        done = here(*command)
        assert done.returncode == 2, command
        assert "it is not UTF-8, as it has the byte 0xff" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("before", range(PIECE - 4, PIECE + 2))
def test_a_letter_across_two_pieces_is_one_letter(tmp_path, before):
    path = tmp_path / "x.json"
    for text in ("€", "🐕"):
        content = b'{"a": "' + b"x" * (before - 7) + text.encode() + b'"}'
        path.write_bytes(content)
        assert bytes(read_members(path).raws["a"]).decode().endswith(f'x{text}"')
        path.write_bytes(content.replace(text.encode(), text.encode()[:-1]))
        with pytest.raises(CocosynthError, match="not UTF-8"):
            read_members(path)
