"""Tables of a file that stay on disk: the same records and the same faults as in memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.coco import on_disk
from cocosynth.coco.document import TABLES, Document
from cocosynth.core.errors import CocosynthError

_TEXT = st.text(st.sampled_from('ab"\\[]{},:é\n '), max_size=8)
_RECORD = st.dictionaries(
    _TEXT,
    st.recursive(st.integers() | _TEXT, lambda inner: st.lists(inner, max_size=3)),
    max_size=3,
)
_FILE: dict[str, Any] = {
    "info": {"contributors": [[1], {"name": "]}"}]},
    "licenses": [],
    "images": [{"id": 1, "file_name": 'a"]}\\.jpg'}, {"id": 2, "sources": [{"x": [1, [2]]}]}],
    "videos": [{"id": 7}],
    "categories": [{"id": 1, "name": "café"}],
    "annotations": [{"id": i, "counts": "[{\\" * (i % 4)} for i in range(50)],
}


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _assert_alike(path: Path) -> None:
    here, there = Document(path), Document(path, on_disk=True)
    for table in TABLES:
        records = [bytes(raw) for raw in here.tables[table]]
        assert [bytes(raw) for raw in there.tables[table][:]] == records
        assert [bytes(there.tables[table][i]) for i in range(len(records))] == records
    for name in here.members.keys() - set(TABLES):
        assert bytes(here.members[name]) == bytes(there.members[name])
    assert here.members.keys() == there.members.keys()


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("ascii", [True, False])
def test_records_are_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, indent: int | None, ascii: bool
) -> None:
    monkeypatch.setattr(on_disk, "PIECE", piece)
    path = _written(tmp_path / "a.json", json.dumps(_FILE, indent=indent, ensure_ascii=ascii))
    assert on_disk.find_tables(path, TABLES) is not None
    _assert_alike(path)


@given(records=st.lists(_RECORD, max_size=5), spaces=st.sampled_from(["", " ", "\n"]))
def test_any_records_are_found(
    tmp_path_factory: pytest.TempPathFactory, records: list[Any], spaces: str
) -> None:
    content = {"images": records, "annotations": records, "categories": []}
    text = json.dumps(content, separators=(f"{spaces},{spaces}", f"{spaces}:{spaces}"))
    path = _written(tmp_path_factory.mktemp("any") / "a.json", text)
    _assert_alike(path)


def test_no_more_is_read_than_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path / "a.json", json.dumps(_FILE))
    table = Document(path, on_disk=True).tables["annotations"]
    path.unlink()  # it stays open
    assert msgspec.json.decode(table[-1])["id"] == 49
    assert [msgspec.json.decode(raw)["id"] for raw in table[3:9:2]] == [3, 5, 7]


_SOUND = '{"images": [{"id": 1}], "annotations": [{"id": 1}, {"id": 2}], "categories": [{"id": 1}]}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "[[1], {}]",
        _SOUND[:-1],
        _SOUND[:40],
        _SOUND + "}",
        _SOUND + "[1]",
        "\ufeff" + _SOUND,
        _SOUND.replace("}, {", "} {"),
        _SOUND.replace("}, {", "},, {"),
        _SOUND.replace("}]", "},]"),
        _SOUND.replace("}]", "}}"),
        _SOUND.replace('[{"id": 1}]', '[{"id": NaN}]'),
        _SOUND.replace('[{"id": 1}]', '[{"id": 1}, 3]'),
        _SOUND.replace('[{"id": 1}]', "[[1]]"),
        _SOUND.replace('"images"', '"categories"'),
        _SOUND.replace('"images"', '"pictures"'),
        _SOUND.replace('{"id": 2}', '{"segments_info": []}').replace('{"id": 1}, ', ""),
        '{"images": [], "annotations": [{"caption": "a"}], "categories": []}',
    ],
)
@pytest.mark.parametrize("piece", [5, 1 << 20])
def test_whatever_is_unusual_is_read_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, piece: int
) -> None:
    monkeypatch.setattr(on_disk, "PIECE", piece)
    path = _written(tmp_path / "a.json", text)
    assert on_disk.find_tables(path, TABLES) is None
    assert _fault(path, on_disk=True) == _fault(path, on_disk=False)


def _fault(path: Path, *, on_disk: bool) -> str:
    try:
        document = Document(path, on_disk=on_disk)
    except CocosynthError as error:
        return str(error)
    return "".join(str(bytes(raw)) for raw in document.members.values())


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    content = _SOUND.replace('"id": 2', '"id": 2, "name": "?"').encode()
    path.write_bytes(content.replace(b"?", b"\xff"))
    with pytest.raises(CocosynthError, match="not UTF-8"):
        Document(path, on_disk=True)


def test_records_take_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "PIECE", 1 << 16)
    records = [{"id": i, "counts": "1" * 1000} for i in range(4000)]
    path = _written(tmp_path / "a.json", json.dumps(_FILE | {"annotations": records}))
    tracemalloc.start()
    try:
        document = Document(path, on_disk=True)
        assert sum(len(batch) for _, _, batch in document.batches("images")) == 2
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 4
