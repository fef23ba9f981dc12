"""Many photographs in little memory."""

import tracemalloc

import pytest

from cocosynth.core.executors.answers import pickled, unpickled
from cocosynth.core.photo import License, Photo, Reading
from cocosynth.core.photo_table import PhotoTable

TERMS = License("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")


def photo(number: int, **changes) -> Photo:
    name = f"{number:012d}.jpg"
    values = {
        "source": "coco/instances_train2017.json",
        "path": f"/data/coco/train2017/{name}",
        "file_name": name,
        "size": (480, 640),
        "upright": False,
        "image_id": number,
        "license": TERMS,
        "attribution": "",
        "fields": (("coco_url", f"http://images.cocodataset.org/train2017/{name}"),),
    }
    return Photo(**(values | changes))


ANY = [
    photo(1),
    photo(2, file_name="caf\udce9.jpg", path="/of any bytes/caf\udce9.jpg", image_id=None),
    photo(3, source="other", upright=True, deep=True, attribution="Zoë", fields=()),
    photo(4, reading=Reading((0, 4095), (3, 2, 1)), license=License("", "")),
]


@pytest.mark.parametrize("sent", [False, True])
def test_photographs_come_back_as_they_were(sent):
    table = PhotoTable(ANY)
    table = unpickled(pickled(table)) if sent else table
    assert list(table) == [*table[:]] == ANY
    assert [table[number] for number in range(4)] == ANY
    assert table[-1] == ANY[-1]
    assert table.numbers_of(lambda of: of.source == "other") == [2]
    assert table.find("other", photo(3).file_name) == 2
    assert table.find("other", "none.jpg") is None
    with pytest.raises(IndexError):
        table[4]


def test_a_photograph_may_be_replaced():
    table = PhotoTable(ANY)
    assert table[1] == ANY[1]
    table[1] = photo(9, source="other")
    assert list(table) == [ANY[0], photo(9, source="other"), *ANY[2:]]
    assert table.find("other", photo(9).file_name) == 1


def test_a_photograph_takes_few_bytes_here_and_on_its_way_to_a_worker():
    tracemalloc.start()
    table = PhotoTable(photo(number) for number in range(5000))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 5000 * 300
    assert len(pickled(table)) < 5000 * 200
