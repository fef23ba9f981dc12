"""Segmentations that mark nothing, or are none: left out one by one."""

import math

from bad_input import NO_MASK, SIZE, change_annotation, skips

REASON = "photos/instances.json: instance whose "
PIXELS = SIZE[0] * SIZE[1]


def rle(counts, size=SIZE):
    return {"size": list(size), "counts": counts}


def case(name, reason, segmentation):
    """Make a case in which the first annotation has this segmentation."""

    def spoil(project):
        change_annotation(project, segmentation=segmentation)

    spoil.__name__ = name
    globals()[name] = skips({} if reason is None else {REASON + reason: 1})(spoil)


SQUARE = [10, 10, 30, 10, 30, 26, 10, 26]
ODD = "polygon with an odd number of coordinates"
NO_NUMBER = "polygon coordinate is not a number"
NO_FILL = "RLE counts do not fill the image"
NO_CODE = "RLE counts hold a character of no code"
NO_COUNTS = "RLE counts are neither a string nor integers"
FAR = "polygon far outside the image"

case("null", NO_MASK, None)
case("empty_list", NO_MASK, [])
case("empty_polygon", "polygon of fewer than 3 points", [[]])
case("empty_rle", "RLE size differs from the image's", {})
case("text", "segmentation is missing", "round")
case("a_number", "segmentation is missing", 7)
case("polygon_of_an_odd_length", ODD, [[*SQUARE, 1]])
case("polygon_of_two_points", "polygon of fewer than 3 points", [[1, 1, 5, 5]])
case("polygon_without_list", "polygon is not a list of lists", SQUARE)
case("polygon_of_points", NO_NUMBER, [[[1, 1], [9, 1], [9, 9], [1, 9], [1, 5], [1, 4]]])
case("polygon_of_text", NO_NUMBER, [["1", "2", "3", "4", "5", "6"]])
case("polygon_with_null", NO_NUMBER, [[*SQUARE, None, None]])
case("polygon_of_booleans", NO_NUMBER, [[True] * 8])
case("polygon_of_no_area", "mask has no pixel", [[10, 10, 30, 10, 10, 10]])
case("polygon_outside_of_the_image", "mask has no pixel", [[900, 900, 950, 900, 950, 950]])
case("polygon_left_of_the_image", "mask has no pixel", [[-50, 1, -40, 1, -40, 9]])
case("polygon_far_outside", FAR, [[0, 0, 1e300, 0, 0, 1e300]])
case("polygon_far_to_and_fro", FAR, [[0, 0, 9e6, 0] * 4])
case("polygons_far_to_and_fro", FAR, [[0, 0, 1e6, 0, 0, 1]] * 40)
case("polygon_that_crosses_itself", None, [[10, 10, 40, 40, 40, 10, 10, 40]])
case("polygon_beyond_the_border", None, [[-40, -40, 200, -40, 200, 200, -40, 200]])
case(
    "polygon_of_100000_points",
    None,
    [[40 + 15 * f(i / 16_000) for i in range(100_000) for f in (math.sin, math.cos)]],
)
case(
    "20000_polygons",
    None,
    [[i % 70, i % 50, i % 70 + 3, i % 50, 9, i % 50 + 4] for i in range(20_000)],
)
case("one_polygon_of_several_is_bad", ODD, [SQUARE, SQUARE[:-1]])
case("rle_of_another_size", "RLE size differs from the image's", rle([PIXELS], (6, 8)))
case("rle_of_a_gigantic_size", "RLE size differs from the image's", rle([10**10], (10**5, 10**5)))
case("rle_that_does_not_fill_the_image", NO_FILL, rle([5, 5]))
case("rle_that_overflows_the_image", NO_FILL, rle([5, 2 * PIXELS]))
case("rle_of_gigantic_runs", NO_FILL, rle([2**62, 2**62, 2**62, 2**62, PIXELS]))
case("rle_of_negative_runs", NO_FILL, rle([5, -5, PIXELS]))
case("rle_without_pixels", "mask has no pixel", rle([PIXELS]))
case("rle_of_fractions", NO_COUNTS, rle([0.5, PIXELS - 0.5]))
case("rle_of_text_that_is_no_code", NO_CODE, rle("\u2603 not a mask"))
case("rle_of_garbage", NO_CODE, rle("zzzz0001"))
case("rle_that_ends_in_the_middle", NO_CODE, rle("oooo"))
case("rle_of_endless_numbers", NO_FILL, rle("o" * 5000 + "0"))
case("rle_without_counts", NO_COUNTS, {"size": list(SIZE)})
case("rle_with_null", NO_COUNTS, rle(None))
case("number_out_of_range", "segmentation cannot be read", [[1, 2, 3, 4, 5]])


def out_of_range(project):
    path = project / "photos/instances.json"
    text = path.read_text()
    path.write_text(text.replace("[[10,", "[[1e999,", 1))


number_out_of_range = skips({f"{REASON}segmentation cannot be read": 1})(out_of_range)
