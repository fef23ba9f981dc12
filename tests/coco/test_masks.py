"""Masks are those of pycocotools, pixel for pixel; what is no segmentation is refused."""

import json
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from strategies import masks, polygons, regions, runs

from cocosynth.coco.masks import box_and_area, box_of, decode, decode_in_box
from cocosynth.coco.rle import decompress, decompress_all, encode
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Box

SIZE = (30, 40)
TRIANGLE = [1, 1, 9, 1, 9, 9]


def by_pycocotools(segmentation, size):
    rle = segmentation
    if isinstance(segmentation, list):
        rle = coco_mask.merge(coco_mask.frPyObjects(segmentation, *size))
    elif isinstance(segmentation["counts"], list):
        rle = coco_mask.frPyObjects(segmentation, *size)
    return coco_mask.decode(rle).astype(bool)


def rle(counts, size=SIZE):
    return {"size": list(size), "counts": counts}


@given(polygons())
def test_polygons_give_the_mask_of_pycocotools(segmentation):
    np.testing.assert_array_equal(decode(segmentation, SIZE), by_pycocotools(segmentation, SIZE))


@given(runs())
def test_a_mask_in_its_box_is_that_part_of_the_whole(drawn):
    counts, size = drawn
    whole = decode(rle(counts, size), size)
    part, box = decode_in_box(rle(counts, size), size)
    assert box == (box_of(whole) or Box(0, 0, 0, 0))
    np.testing.assert_array_equal(part, whole[box.slices])


@given(polygons())
def test_polygons_in_their_box_are_that_part_of_the_whole(segmentation):
    whole = decode(segmentation, SIZE)
    part, box = decode_in_box(segmentation, SIZE)
    assert box == (box_of(whole) or Box(0, 0, 0, 0))
    np.testing.assert_array_equal(part, whole[box.slices])


@given(polygons())
def test_box_and_pixels_of_polygons_are_those_of_their_mask(segmentation):
    mask = decode(segmentation, SIZE)
    found = box_and_area(segmentation, SIZE)
    assert found == (None if not mask.any() else (box_of(mask), int(mask.sum())))


@given(runs())
def test_box_and_pixels_of_runs_are_those_of_their_mask(drawn):
    counts, size = drawn
    mask = decode(rle(counts, size), size)
    found = box_and_area(rle(counts, size), size)
    assert found == (None if not mask.any() else (box_of(mask), int(mask.sum())))


def test_several_polygons_are_united_though_they_overlap():
    segmentation = [[2, 2, 12, 2, 12, 12, 2, 12], [8, 8, 20, 8, 20, 20, 8, 20]]
    assert decode(segmentation, SIZE).sum() == 100 + 144 - 16


def test_a_polygon_beyond_the_image_gives_an_empty_mask():
    assert not decode([[50, 50, 60, 50, 60, 60]], SIZE).any()


@given(runs())
def test_uncompressed_counts_give_the_mask_of_pycocotools(drawn):
    counts, size = drawn
    segmentation = rle(counts, size)
    np.testing.assert_array_equal(decode(segmentation, size), by_pycocotools(segmentation, size))


@given(runs())
def test_compressed_counts_give_the_mask_of_pycocotools(drawn):
    counts, size = drawn
    compressed = coco_mask.frPyObjects(rle(counts, size), *size)
    segmentation = rle(compressed["counts"].decode(), size)
    np.testing.assert_array_equal(decode(segmentation, size), by_pycocotools(compressed, size))


@given(masks())
def test_a_mask_decodes_from_the_counts_of_pycocotools(mask):
    counts = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    np.testing.assert_array_equal(decode(rle(counts, mask.shape), mask.shape), mask)


def test_long_runs_decode_as_those_of_pycocotools():
    mask = np.zeros((3000, 4000), dtype=bool)
    mask[7:2900, 1500:] = True
    mask[0, 3999] = True
    counts = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    np.testing.assert_array_equal(decode(rle(counts, mask.shape), mask.shape), mask)


@given(regions())
def test_a_region_in_an_image_encodes_as_pycocotools_encodes_the_image(drawn):
    mask, (row, col), size = drawn
    whole = np.zeros(size, dtype=np.uint8, order="F")
    whole[row : row + mask.shape[0], col : col + mask.shape[1]] = mask
    counts = encode(mask, origin=(row, col), size=size)
    assert counts == coco_mask.encode(whole)["counts"].decode()


@given(masks())
def test_a_mask_encodes_as_pycocotools_encodes_it(mask):
    whole = np.asfortranarray(mask.astype(np.uint8))
    assert encode(mask) == coco_mask.encode(whole)["counts"].decode()


@given(masks())
def test_encoding_and_decoding_gives_the_mask_back(mask):
    np.testing.assert_array_equal(decode(rle(encode(mask), mask.shape), mask.shape), mask)


@given(masks())
def test_the_box_is_that_of_pycocotools(mask):
    box = box_of(mask)
    if box is None:
        assert not mask.any()
    else:
        x, y, w, h = coco_mask.toBbox(coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))))
        assert box == (y, x, y + h, x + w)


@pytest.mark.parametrize("split", ["train", "val"])
def test_every_real_annotation_decodes_as_by_pycocotools(real_coco, split):
    coco = COCO(str(real_coco / "annotations" / f"instances_{split}2017.json"))
    assert coco.anns
    for annotation in coco.anns.values():
        record = coco.imgs[annotation["image_id"]]
        mask = decode(annotation["segmentation"], (record["height"], record["width"]))
        wanted = coco.annToMask(annotation).astype(bool)
        assert np.array_equal(mask, wanted), annotation["id"]


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        (None, "segmentation is missing"),
        ([], "segmentation is missing"),
        (7, "segmentation is missing"),
        ("text", "segmentation is missing"),
        (TRIANGLE, "polygon is not a list of lists"),
        ([TRIANGLE, {"size": [30, 40], "counts": "0"}], "polygon is not a list of lists"),
        ([[]], "polygon of fewer than 3 points"),
        ([[1, 1, 5, 5]], "polygon of fewer than 3 points"),
        ([TRIANGLE, [1, 1, 5, 5]], "polygon of fewer than 3 points"),
        ([[*TRIANGLE, 5]], "polygon with an odd number of coordinates"),
        ([[1, 1, 9, 1, 9, None]], "polygon coordinate is not a number"),
        ([[1, 1, 9, 1, 9, "9"]], "polygon coordinate is not a number"),
        ([["1", "1", "9", "1", "9", "9"]], "polygon coordinate is not a number"),
        ([[1, 1, 9, 1, 9, [9]]], "polygon coordinate is not a number"),
        ([[[1, 1], [9, 1], [9, 9], [5, 9], [4, 4], [3, 3]]], "polygon coordinate is not a number"),
        ([[1, 1, 9, 1, 9, {}]], "polygon coordinate is not a number"),
        ([[1, 1, 9, 1, 9, 10**400]], "polygon coordinate is not a number"),
        ([[1, 1, 9, 1, 9, math.nan]], "polygon coordinate is not finite"),
        ([[1, 1, 9, 1, 9, math.inf]], "polygon coordinate is not finite"),
        ([[1, 1, 9, 1, 9, 1e300]], "polygon far outside the image"),
        ([[1, 1, 9, 1, 9, -(10**12)]], "polygon far outside the image"),
        ([[10**8] * 6], "polygon far outside the image"),
        ([[0, 0, 5_000_000, 0, 5_000_000, 9, 0, 9]], "polygon far outside the image"),
        ({}, "RLE size differs from the image's"),
        ({"counts": [1200]}, "RLE size differs from the image's"),
        (rle([1200], (40, 30)), "RLE size differs from the image's"),
        (rle([1200], (30, 40, 1)), "RLE size differs from the image's"),
        (rle([10**12], (10**6, 10**6)), "RLE size differs from the image's"),
        (rle([]), "RLE counts do not fill the image"),
        (rle(""), "RLE counts do not fill the image"),
        (rle([1199]), "RLE counts do not fill the image"),
        (rle([1200, 1]), "RLE counts do not fill the image"),
        (rle([-1, 1201]), "RLE counts do not fill the image"),
        (rle([1300, -100]), "RLE counts do not fill the image"),
        (rle([10**30, 1200 - 10**30]), "RLE counts do not fill the image"),
        (rle("121"), "RLE counts do not fill the image"),
        (rle("o" * 20 + "0"), "RLE counts do not fill the image"),
        (rle("oooooo7"), "RLE counts do not fill the image"),
        (rle("T3`"), "RLE counts hold a character of no code"),
        (rle("\x00\x01"), "RLE counts hold a character of no code"),
        (rle("1 2"), "RLE counts hold a character of no code"),
        (rle("12é"), "RLE counts hold a character of no code"),
        (rle("\ud800"), "RLE counts hold a character of no code"),
        (rle("b'T3'"), "RLE counts hold a character of no code"),
        (rle(str(coco_mask.encode(np.ones(SIZE, np.uint8, order="F"))["counts"])), "no code"),
        (rle(None), "RLE counts are neither a string nor integers"),
        (rle([1200.5]), "RLE counts are neither a string nor integers"),
        (rle([True, 1199]), "RLE counts are neither a string nor integers"),
        (rle(["1200"]), "RLE counts are neither a string nor integers"),
        (rle([[1200]]), "RLE counts are neither a string nor integers"),
        (rle(b"T3"), "RLE counts are neither a string nor integers"),
    ],
)
def test_what_is_no_segmentation_is_refused_with_its_reason(segmentation, reason):
    with pytest.raises(UnusableError, match=reason):
        decode(segmentation, SIZE)


@pytest.mark.parametrize(
    ("segmentation", "size"),
    [
        (rle([10**12], (10**6, 10**6)), SIZE),
        (rle([10**12, 10**12], (10**6, 10**6)), (10**6, 10**6)),
        (rle("ooooooooo7", (10**6, 10**6)), (10**6, 10**6)),
        (rle("oooooo7" * 50), SIZE),
        ([[0, 0, 10**9, 0, 10**9, 10**9]], SIZE),
        ([[0, 0, 1e7, 0] * 50], SIZE),
    ],
)
def test_a_gigantic_claim_is_refused_before_memory_is_taken(segmentation, size):
    tracemalloc.start()
    try:
        with pytest.raises(UnusableError):
            decode(segmentation, size)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


@given(st.lists(masks(), min_size=1, max_size=8))
def test_many_counts_are_read_as_one_by_one(drawn):
    counts = [encode(mask) for mask in drawn]
    together, starts = decompress_all(counts)
    for one, text in zip(np.split(together, starts[1:]), counts, strict=True):
        assert (one == decompress(text)).all()


@pytest.mark.parametrize("bad", ["", "5P", "~", "é", "PPPPPPP1"])
def test_one_bad_text_among_many_counts_is_refused(bad):
    with pytest.raises(UnusableError):
        decompress_all(["13", bad, "22"])


def test_counts_are_text_that_json_takes():
    text = json.dumps(rle(encode(np.eye(30, 40, dtype=bool))), ensure_ascii=True)
    np.testing.assert_array_equal(decode(json.loads(text), SIZE), np.eye(30, 40, dtype=bool))


@pytest.mark.parametrize("count", [1, 99, 100, 101, 10_001])
def test_any_number_of_polygons_is_united(count):
    size = (60, 80)
    corners = np.random.default_rng(count).uniform(-5, 85, (count, 2))
    parts = [[x, y, x + 3, y, x + 2, y + 4] for x, y in corners.round(2).tolist()]
    assert (decode(parts, size) == by_pycocotools(parts, size)).all()


def test_counts_that_numpy_wrote_as_floats_are_counts():
    whole = {"size": [2.0, 2.0], "counts": [1.0, 2.0, 1.0]}
    assert decode(whole, (2, 2)).tolist() == [[False, True], [True, False]]
