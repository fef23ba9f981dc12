"""The table of rules: what each is called, how grave it is, at which level it is checked."""

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
    remedy: str  # what to do, in a few words


def _table(severity: str, level: str, *rows: tuple[str, str, str]) -> list[Rule]:
    return [Rule(name, severity, level, title, remedy) for name, title, remedy in rows]


_SCHEMA = _table(
    "error", "schema",
    ("byte-order-mark", "the file begins with a byte order mark", "--fix removes it"),
    ("duplicate-key", "a key occurs twice in one object", "remove the one that is not meant"),
    ("missing-key", "a required key is missing", "add it; --fix does where the mask says it"),
    ("table-form", "a table is not a list", "write a list of its records"),
    ("record-form", "a record is not an object", "remove it, or write what was meant"),
    ("id-form", "an id is not an integer", "write integers; --fix does where a text is one"),
    ("file-name-form", "a file name is empty or not text", "write the path of the image file"),
    ("size-form", "width or height is not a positive integer", "write the size of the image file"),
    ("category-name-form", "a category name is empty or not text", "name it"),
    ("bbox-form", "a box is not four numbers with a size of 0 or more",
     "write [x, y, width, height]; --fix does where the mask says it"),
    ("area-form", "an area is not a number of 0 or more",
     "count the mask's pixels; --fix does where there is a mask"),
    ("iscrowd-form", "iscrowd is neither 0 nor 1", "write 0 or 1; --fix does for true and false"),
    ("segmentation-form", "a segmentation is neither polygons nor RLE",
     "leave the key out where there is no mask; --fix does for null"),
    ("segmentation-empty", "a segmentation is an empty list",
     "leave the annotation out, or the key if only boxes are wanted"),
    ("segmentation-flat", "a polygon is not inside a list of polygons",
     "put it into a list; --fix does"),
    ("polygon-form", "a polygon is not numbers for at least 3 points", "remove it"),
    ("rle-size-form", "an RLE size is not two positive integers", "write [height, width]"),
    ("rle-counts-form", "RLE counts are no code and no list of integers", "encode the mask again"),
    ("rle-counts-bytes", "RLE counts are the printed form of bytes", "--fix makes them text"),
    ("keypoints-form", "keypoints are not of the right type", "write numbers, names, pairs"),
)  # fmt: skip

_RECORDS = [
    *_table(
        "error", "references",
        ("duplicate-id", "an id occurs twice in one table",
         "number the table again; --fix removes a record that is there twice"),
        ("annotation-id-zero", "an annotation has the id 0", "number annotations from 1"),
        ("unknown-image", "an annotation names an image that is not listed",
         "add the image, or remove the annotation"),
        ("unknown-category", "a category is named that is not listed",
         "add the category, or correct the id"),
        ("duplicate-category-name", "two categories have one name", "merge them"),
        ("duplicate-file-name", "two images have one file name", "merge the two records"),
        ("file-name-outside", "a file name leaves the image folder",
         "write it relative to the image folder"),
        ("image-record-swapped", "width and height of an image are swapped", "--fix swaps them"),
        ("polygon-odd-length", "a polygon has an odd number of coordinates", "draw it again"),
        ("polygon-normalized", "polygons are fractions of the image, not pixels",
         "multiply x by the width and y by the height of the image"),
        ("rle-size-mismatch", "an RLE size is not that of its image",
         "encode the mask again; --fix swaps a size where the box proves it"),
        ("rle-counts-mismatch", "RLE counts do not fill the image", "encode the mask again"),
        ("duplicate-annotation", "an object is annotated twice", "remove one; --fix does"),
    ),
    *_table(
        "warning", "references",
        ("negative-id", "an id is below zero", "number from 1"),
        ("category-id-zero", "a category has the id 0", "number categories from 1"),
        ("unknown-license", "an image names a license not listed", "--fix writes null"),
        ("file-name-missing", "images have no file name, only an address, as in LVIS",
         "--fix writes the end of coco_url"),
        ("file-name-not-relative", "a file name is not in plain form",
         "write it with forward slashes, without . and .."),
        ("category-name-blank", "a category name is white space", "name it"),
        ("category-name-lookalike", "two category names look alike", "join them if they are one"),
        ("category-without-annotations", "categories have no annotation",
         "fine in a part of a dataset; look whether a name or an id is wrong"),
        ("iscrowd-missing", "annotations have no iscrowd", "--fix writes 0"),
        ("image-without-annotations", "images have no annotation", "look at a few"),
        ("segmentation-missing", "an annotation has no segmentation",
         "fine for detection; make masks first where masks are wanted"),
        ("polygon-repeated", "a polygon is there twice in one segmentation",
         "remove one; --fix does"),
        ("near-duplicate", "two annotations of a category cover the same pixels",
         "remove one if they are one object"),
        ("two-categories", "two annotations of other categories cover the same pixels",
         "remove the wrong one"),
        ("crowd-polygon", "a crowd is drawn with polygons", "write 0 if it is one object"),
        ("crowd-marks-parts", "iscrowd seems to mark holes or parts",
         "write 0 for single objects"),
        ("masks-are-boxes", "every mask is a rectangle",
         "leave segmentation out, or make real masks"),
    ),
]  # fmt: skip

_BOXES = [
    *_table(
        "error", "references",
        ("bbox-empty-with-mask", "a box encloses nothing, but there is a mask",
         "compute it from the mask; --fix does"),
        ("bbox-outside-image", "a box reaches beyond its image",
         "look for the scale; --fix cuts off a little where nothing else fits"),
        ("bbox-corners", "boxes are written as two corners",
         "take width = x2 - x1, height = y2 - y1; --fix does where masks prove it"),
        ("bbox-centre", "boxes are written by their centre",
         "take x = centre - width / 2, y alike; --fix does where masks prove it"),
        ("bbox-axes-swapped", "boxes have x and y swapped",
         "swap them; --fix does where masks prove it"),
        ("bbox-normalized", "boxes are fractions of the image, not pixels",
         "multiply by width and height of the image; --fix does where masks prove it"),
        ("bbox-other-form", "boxes are not written as [x, y, width, height]",
         "find out which of the forms it is, then convert them"),
        ("area-zero", "an area is 0, but the box is not empty",
         "count the mask's pixels; --fix does where there is a mask"),
        ("area-exceeds-box", "an area is larger than the box", "look at box and area"),
        ("area-scaled", "all areas are off by one factor",
         "divide by it; --fix does where there are masks"),
    ),
    *_table(
        "warning", "references",
        ("bbox-empty", "a box has no width or no height", "remove the annotation"),
        ("boxes-are-images", "every box is its whole image", "draw boxes around the objects"),
    ),
]  # fmt: skip

_KEYPOINTS = [
    *_table(
        "error", "references",
        ("keypoints-mismatch", "keypoints are not three for each name",
         "write x, y, visibility for each; zeros where not labelled"),
        ("keypoint-visibility", "a visibility is not 0, 1 or 2", "write 0, 1 or 2"),
        ("keypoint-outside-image", "a keypoint lies outside its image", "look at the place"),
        ("num-keypoints-differs", "num_keypoints is not the number of labelled keypoints",
         "count those with a visibility above 0; --fix does"),
        ("keypoint-names-repeated", "a keypoint name occurs twice in a category", "rename one"),
        ("skeleton-out-of-range", "a skeleton names a keypoint that is not there",
         "count keypoints from 1"),
        ("skeleton-from-zero", "a skeleton counts keypoints from 0", "add 1; --fix does"),
        ("keypoints-normalized", "keypoints are fractions of the image, not pixels",
         "multiply x by the width and y by the height of the image"),
        ("keypoints-shifted", "keypoints lie beside their boxes, all in the same way",
         "add what they are shifted by"),
    ),
    *_table(
        "warning", "references",
        ("keypoint-far-from-box", "a keypoint lies far outside its box", "look at the place"),
        ("keypoint-unlabelled-place", "a keypoint that is not labelled has a place",
         "write 0, 0, 0, or the visibility that is meant"),
        ("keypoint-names-missing", "a category has keypoints, but no names of them",
         "list their names under keypoints of the category"),
    ),
]  # fmt: skip

_PIXELS = [
    *_table(
        "error", "pixels",
        ("image-missing", "an image file is not there", "fetch it, or check --images"),
        ("image-unreadable", "an image file cannot be decoded", "fetch it again"),
        ("image-size-mismatch", "an image file has another size",
         "--fix corrects the record where its annotations fit the file"),
        ("images-resized", "image files are resized, their records are not",
         "--fix with --rescale scales the annotations"),
        ("mask-invalid", "a segmentation cannot be turned into a mask", "draw it again"),
        ("mask-empty", "a mask has no pixel", "remove the annotation"),
        ("mask-outside-bbox", "a mask lies outside its box",
         "find out which of the two belongs to the object"),
        ("masks-shifted", "masks lie beside their boxes, all by the same distance",
         "move the masks or the boxes"),
        ("area-is-box", "an area is that of the box", "count the mask's pixels; --fix does"),
        ("area-far-off", "an area is less than half or more than twice the mask",
         "count the mask's pixels; --fix does where the box fits the mask"),
        ("bbox-one-short", "a box is one pixel short", "add 1; --fix does"),
    ),
    *_table(
        "warning", "pixels",
        ("image-name-differs", "an image file has another name",
         "--fix writes the name that it has"),
        ("exif-rotation", "an image file is stored turned",
         "turn the pixels, or read without applying EXIF"),
        ("duplicate-image", "two images are the same bytes", "merge the two records"),
        ("polygon-crosses-itself", "a polygon crosses itself",
         "put its points in the order of the outline"),
        ("area-differs", "an area is not the number of mask pixels",
         "count them; --fix does where the box fits the mask"),
        ("bbox-differs", "a box is not tight around its mask",
         "compute it from the mask; --fix does where the area proves it"),
    ),
]  # fmt: skip

_SPLITS = [
    *_table(
        "error", "splits",
        ("split-leakage", "two files show the same image", "remove it from one of them"),
    ),
    *_table(
        "warning", "splits",
        ("split-shared-name", "two files list the same file name",
         "give --images to compare the files"),
        ("split-shared-photograph", "images of two files are made of one photograph",
         "build or split so that it feeds one of them"),
    ),
]  # fmt: skip

RULES = {
    rule.name: rule for rule in (*_SCHEMA, *_RECORDS, *_BOXES, *_KEYPOINTS, *_PIXELS, *_SPLITS)
}
