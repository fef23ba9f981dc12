"""What is kept of every record: the same answers as from a dictionary and a list."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.check.validate import validate
from cocosynth.check.validate.kept import RowsOfIds, Texts

ids = st.lists(st.integers(0, 12), max_size=12)
counting = st.builds(
    lambda first, count, more: [*range(first, first + count), *more],
    st.integers(-2, 5),
    st.integers(0, 8),
    ids,
)


@given(counting)
def test_rows_of_ids_are_those_of_a_dictionary(identifiers):
    rows, known = RowsOfIds(), {}
    for row, identifier in enumerate(identifiers):
        assert (identifier in rows) == (identifier in known)
        assert rows.setdefault(identifier, row) == known.setdefault(identifier, row)
    for identifier in range(-3, 20):
        assert rows.get(identifier) == known.get(identifier)
        assert rows.get(identifier, -1) == known.get(identifier, -1)
        assert rows.get(float(identifier)) == known.get(identifier)
        assert rows.get(identifier + 0.5) is None
        assert (identifier in rows) == (identifier in known)


def test_an_unknown_id_has_no_row():
    rows = RowsOfIds()
    assert rows.setdefault(5, 0) == rows[5] == 0
    assert "5" not in rows
    with pytest.raises(KeyError):
        rows[6]


@given(st.lists(st.text(max_size=5)))
def test_texts_are_those_of_a_list(texts):
    kept = Texts()
    for text in texts:
        kept.append(text)
    assert list(kept) == kept[:] == texts
    assert len(kept) == len(texts)
    assert [kept[row] for row in range(-len(texts), len(texts))] == texts * 2
    with pytest.raises(IndexError):
        kept[len(texts)]


@pytest.mark.parametrize(
    ("names", "twice"),
    [
        (["a.jpg", "b.jpg", "c.jpg"], {}),
        (["a.jpg", "b.jpg", "b.jpg"], {2: 1}),
        (["c.jpg", "a.jpg", "b.jpg", "a.jpg", "c.jpg"], {3: 1, 4: 0}),
        (["a.jpg", "b.jpg", "./a.jpg"], {2: 0}),
        (["b.jpg", "a/../b.jpg", "x.jpg"], {1: 0}),
    ],
)
def test_file_names_that_occur_twice_are_found_in_any_order(tmp_path, names, twice):
    images = [
        {"id": n + 1, "file_name": name, "width": 9, "height": 9} for n, name in enumerate(names)
    ]
    content = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "a"}]}
    path = tmp_path / "file.json"
    path.write_text(json.dumps(content))
    found = {
        problem.where: problem.message
        for problem in validate(path).problems
        if problem.rule == "duplicate-file-name"
    }
    assert found == {
        f"$.images[{row}].file_name": f"{names[row]!r} is the file of $.images[{first}] too"
        for row, first in twice.items()
    }


def test_images_whose_ids_do_not_count_up_are_found(tmp_path):
    images = [
        {"id": n, "file_name": f"{n}.jpg", "width": 9, "height": 9} for n in (1, 2, 3, 9, 4, 2)
    ]
    annotations = [
        {"id": n + 1, "image_id": of, "category_id": 1, "bbox": [1, 1, 2, 2], "area": 4}
        for n, of in enumerate((1, 9, 4, 7))
    ]
    content = {"images": images, "annotations": annotations}
    path = tmp_path / "file.json"
    path.write_text(json.dumps(content | {"categories": [{"id": 1, "name": "a"}]}))
    counts = validate(path).counts
    assert counts["duplicate-id"] == 1
    assert counts["unknown-image"] == 1
