"""Annotations in columns, their texts in the file: the same records in a tenth of the memory."""

import json
import os
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.coco import on_disk
from cocosynth.coco.annotation_table import Annotations, AnnotationTable
from cocosynth.coco.records import AnnotationRecord, read_dataset
from cocosynth.coco.texts import NULL, Texts
from cocosynth.core.errors import CocosynthError

IMAGES = [{"id": 1, "file_name": "a.jpg", "width": 4, "height": 3}]
CATEGORIES = [{"id": 2, "name": "dog"}]
SHAPES = [[[0, 0, 1, 0, 1, 1]], {"size": [3, 4], "counts": "12]}"}, [], None, "}é"]
ONE = {"id": 5, "image_id": 1, "category_id": 2, "segmentation": SHAPES[0]}

RECORDS = st.lists(
    st.fixed_dictionaries(
        {"image_id": st.integers(-9, 2**53), "category_id": st.integers(-9, 2**53)},
        optional={
            "segmentation": st.sampled_from(SHAPES),
            "keypoints": st.sampled_from([None, [1, 2, 2], [], [[0, 0, 1, 0, 1, 1]]]),
            "iscrowd": st.integers(0, 1),
            "bbox": st.sampled_from([[[0, 0, 1, 0, 1, 1]], {"counts": "12]}"}]),
        },
    ),
    max_size=8,
)


def written(path, annotations, text=None):
    tables = {"images": IMAGES, "annotations": annotations, "categories": CATEGORIES}
    path.write_text(text or json.dumps(tables))
    return str(path)


def plain(records):
    """Return records with their texts as bytes, by which they can be compared."""
    rows = (msgspec.structs.astuple(one) for one in records)
    return [tuple(bytes(v) if isinstance(v, msgspec.Raw) else v for v in row) for row in rows]


def expected(annotations):
    return plain(msgspec.json.decode(json.dumps(annotations), type=list[AnnotationRecord]))


@pytest.mark.parametrize("piece", [7, 200, 1 << 20])
@given(records=RECORDS)
def test_records_are_those_of_the_file(tmp_path_factory, piece, records):
    annotations = [{"id": number} | record for number, record in enumerate(records)]
    path = written(tmp_path_factory.mktemp("any") / "a.json", annotations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_disk, "PIECE", piece)
        table = read_dataset(path).annotations
    assert plain(table) == expected(annotations)
    assert plain(table[::-2]) == expected(annotations[::-2])
    assert plain(AnnotationTable.of(list(table))) == expected(annotations)


@pytest.mark.parametrize(
    "text",
    [
        '{"images": %s, "annot\\u0061tions": [%s], "categories": %s}',
        '{"images": %s, "annotations": [%s], "\\"annotations": [], "categories": %s}',
        '\ufeff{"images": %s, "annotations": [%s], "categories": %s}',
    ],
)
def test_a_file_that_is_written_in_another_way_is_read_all_the_same(tmp_path, text):
    text %= json.dumps(IMAGES), json.dumps(ONE), json.dumps(CATEGORIES)
    assert plain(read_dataset(written(tmp_path / "a.json", [], text)).annotations) == expected(
        [ONE]
    )


def test_whole_numbers_may_be_written_as_fractions(tmp_path):
    path = written(tmp_path / "a.json", [ONE | {"id": 5.0}])
    assert plain(read_dataset(path).annotations) == expected([ONE])


def test_an_image_that_no_file_can_have_is_none_of_it(tmp_path):
    (found,) = read_dataset(written(tmp_path / "a.json", [ONE | {"image_id": 2**63}])).annotations
    assert found.image_id > 2**53


def test_keypoints_can_be_replaced_and_taken_away(tmp_path):
    path = written(tmp_path / "a.json", [ONE | {"id": n, "keypoints": [n, 1, 2]} for n in range(3)])
    table = read_dataset(path).annotations
    fewer = table.without_keypoints(table.ids == 1)
    assert [bytes(one.keypoints) for one in fewer] == [b"[0, 1, 2]", b"null", b"[2, 1, 2]"]
    others = table.with_keypoints([NULL, msgspec.Raw(b"[7]"), NULL])
    assert [bytes(one.keypoints) for one in others] == [b"null", b"[7]", b"null"]
    some = Annotations(others, table.ids[1:])
    assert (len(some), [one.id for one in some], some[1].id, some[:1][0].id) == (2, [1, 2], 2, 1)
    assert Texts.of([NULL, msgspec.Raw(b"[7]")]).some([1, 0, 1])[2] == msgspec.Raw(b"[7]")


def test_a_file_that_is_replaced_stays_as_it_was_read(tmp_path):
    path = tmp_path / "a.json"
    table = read_dataset(written(path, [ONE])).annotations
    written(tmp_path / "b.json", [ONE | {"segmentation": SHAPES[1]}])
    os.replace(tmp_path / "b.json", path)  # noqa: PTH105
    assert plain(table) == expected([ONE])


def test_a_file_that_is_changed_while_it_is_used_is_refused(tmp_path):
    path = tmp_path / "a.json"
    table = read_dataset(written(path, [ONE])).annotations
    with path.open("a") as stream:
        stream.write(" ")
    with pytest.raises(CocosynthError, match=r"a\.json: has changed while it was used"):
        table[0]


def test_annotations_take_few_bytes_however_long_their_outlines_are(tmp_path, monkeypatch):
    monkeypatch.setattr(on_disk, "PIECE", 1 << 16)
    records = [ONE | {"id": number, "segmentation": [[1.25] * 300]} for number in range(4000)]
    path = written(tmp_path / "a.json", records)
    read_dataset(path)  # what is loaded on the way does not count
    tracemalloc.start()
    try:
        dataset = read_dataset(path)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(dataset.annotations) == 4000
    assert kept < 4000 * 70
    assert peak < 4000 * 400  # of 1,900 in the file
