"""The table of rules: what each is called, how grave it is, and at which level it is checked."""

from __future__ import annotations

from typing import NamedTuple

LEVELS = ("schema", "references", "pixels")
"""Each level includes those before it."""


class Rule(NamedTuple):
    """A rule of the validator; `docs/validate.md` has a paragraph on each."""

    name: str
    severity: str  # "error" or "warning"
    level: str  # one of LEVELS, or "splits": checked between files
    title: str  # what is the matter, in a few words


_TABLE = (
    Rule("byte-order-mark", "error", "schema", "the file begins with a byte order mark"),
    Rule("duplicate-key", "error", "schema", "a key occurs twice in one object"),
    Rule("missing-key", "error", "schema", "a required key is missing"),
    Rule("table-form", "error", "schema", "a table is not a list"),
    Rule("record-form", "error", "schema", "a record is not an object"),
    Rule("id-form", "error", "schema", "an id is not an integer"),
    Rule("file-name-form", "error", "schema", "a file name is empty or not text"),
    Rule("size-form", "error", "schema", "width or height is not a positive integer"),
    Rule("category-name-form", "error", "schema", "a category name is empty or not text"),
    Rule("bbox-form", "error", "schema", "a box is not four numbers with a size of 0 or more"),
    Rule("area-form", "error", "schema", "an area is not a number of 0 or more"),
    Rule("iscrowd-form", "error", "schema", "iscrowd is neither 0 nor 1"),
    Rule("segmentation-form", "error", "schema", "a segmentation is neither polygons nor RLE"),
    Rule("segmentation-empty", "error", "schema", "a segmentation is an empty list"),
    Rule("segmentation-flat", "error", "schema", "a polygon is not inside a list of polygons"),
    Rule("polygon-form", "error", "schema", "a polygon is not numbers for at least 3 points"),
    Rule("rle-size-form", "error", "schema", "an RLE size is not two positive integers"),
    Rule("rle-counts-form", "error", "schema", "RLE counts are no code and no list of integers"),
    Rule("rle-counts-bytes", "error", "schema", "RLE counts are the printed form of bytes"),
    Rule("keypoints-form", "error", "schema", "keypoints are not of the right type"),
    Rule("duplicate-id", "error", "references", "an id occurs twice in one table"),
    Rule("annotation-id-zero", "error", "references", "an annotation has the id 0"),
    Rule("category-id-zero", "warning", "references", "a category has the id 0"),
    Rule("unknown-image", "error", "references", "an annotation names an image that is not listed"),
    Rule("unknown-category", "error", "references", "an annotation names a category not listed"),
    Rule("unknown-license", "warning", "references", "an image names a license not listed"),
    Rule("duplicate-category-name", "error", "references", "two categories have one name"),
    Rule("duplicate-file-name", "error", "references", "two images have one file name"),
    Rule("file-name-not-relative", "warning", "references", "a file name leaves the image folder"),
    Rule("bbox-empty", "warning", "references", "a box has no width or no height"),
    Rule("bbox-outside-image", "error", "references", "a box reaches beyond its image"),
    Rule("bbox-corners", "error", "references", "a box is written as two corners"),
    Rule("segmentation-missing", "warning", "references", "an annotation has no segmentation"),
    Rule("polygon-odd-length", "error", "references", "a polygon has an odd number of coordinates"),
    Rule("rle-size-mismatch", "error", "references", "an RLE size is not that of its image"),
    Rule("rle-counts-mismatch", "error", "references", "RLE counts do not fill the image"),
    Rule("keypoints-mismatch", "error", "references", "keypoints are not three for each name"),
    Rule("duplicate-annotation", "error", "references", "an object is annotated twice"),
    Rule("crowd-polygon", "warning", "references", "a crowd is drawn with polygons"),
    Rule("crowd-marks-parts", "warning", "references", "iscrowd seems to mark holes or parts"),
    Rule("image-without-annotations", "warning", "references", "images have no annotation"),
    Rule("image-missing", "error", "pixels", "an image file is not there"),
    Rule("image-unreadable", "error", "pixels", "an image file cannot be decoded"),
    Rule("image-size-mismatch", "error", "pixels", "an image file has another size"),
    Rule("exif-rotation", "warning", "pixels", "an image file is stored turned"),
    Rule("mask-invalid", "error", "pixels", "a segmentation cannot be turned into a mask"),
    Rule("mask-empty", "error", "pixels", "a mask has no pixel"),
    Rule("mask-outside-bbox", "error", "pixels", "a mask lies outside its box"),
    Rule("area-is-box", "error", "pixels", "an area is that of the box"),
    Rule("area-differs", "warning", "pixels", "an area is not the number of mask pixels"),
    Rule("bbox-one-short", "error", "pixels", "a box is one pixel short"),
    Rule("bbox-differs", "warning", "pixels", "a box is not tight around its mask"),
    Rule("split-leakage", "error", "splits", "two files hold the same image"),
    Rule("split-shared-name", "warning", "splits", "two files list the same file name"),
)

RULES = {rule.name: rule for rule in _TABLE}
