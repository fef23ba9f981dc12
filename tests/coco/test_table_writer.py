"""Files of tables: a record a line, ASCII, whole or not there."""

import io
import json

import msgspec
import pytest

from cocosynth.coco.table_writer import Style, Table, table_file, to_json

ROWS = [{"id": 1, "name": "caf\N{LATIN SMALL LETTER E WITH ACUTE}"}, {"id": 2, "name": "a\nb"}]
RAWS = [json.dumps(row, ensure_ascii=False).encode() for row in ROWS]


def written(path, style=None, rows=RAWS):
    with table_file(path, *([style] if style else [])) as file:
        file.member("info", b"{}")
        file.write_table("rows", map(msgspec.Raw, rows))
        file.write_table("none", [])
    return path.read_bytes()


def test_a_record_has_a_line_of_its_own(tmp_path):
    text = written(tmp_path / "a.json")
    assert text.isascii()
    assert text.split(b"\n") == [
        b'{"info":{},',
        b'"rows":[',
        *(json.dumps(row).encode() + comma for row, comma in zip(ROWS, (b",", b""), strict=True)),
        b"],",
        b'"none":[',
        b"]}",
        b"",
    ]
    assert json.loads(text) == {"info": {}, "rows": ROWS, "none": []}


def test_another_style_differs_in_space_and_in_what_is_escaped(tmp_path):
    style = Style(opening=b"{\n", colon=b": ", nothing=b"", closing=b"\n}\n", ascii=False)
    text = written(tmp_path / "a.json", style)
    assert text == b'{\n"info": {},\n"rows": [\n%b,\n%b\n],\n"none": []\n}\n' % tuple(RAWS)


def test_records_that_were_put_aside_are_those_of_a_table(tmp_path):
    spool = io.BytesIO()
    aside = Table(spool)
    with table_file(tmp_path / "a.json") as file:
        file.member("info", b"{}")
        with file.table("images") as images:
            for row in ROWS:
                images.add(to_json(row["id"]))
                aside.add(to_json(row))
        with file.table("annotations") as annotations:
            annotations.add_spooled(spool)
    content = json.loads((tmp_path / "a.json").read_bytes())
    assert content == {"info": {}, "images": [1, 2], "annotations": ROWS}


def fail_in_the_middle(path):
    with table_file(path) as file, file.table("rows") as rows:
        rows.add(b"{}")
        raise KeyError("the rest")


def test_a_file_that_is_not_finished_does_not_appear(tmp_path):
    with pytest.raises(KeyError, match="the rest"):
        fail_in_the_middle(tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []
