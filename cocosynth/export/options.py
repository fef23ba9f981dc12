"""How a dataset is written: the keys `export` and `info` of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cocosynth.core.images import PNG_COMPRESSION
from cocosynth.core.options import Strict
from cocosynth.core.registry import Spec

FLAT_BELOW, IMAGES_PER_FOLDER = 50_000, 10_000
"""How many images a split has from which on they lie in subfolders by default, and in each."""


class Export(Strict, frozen=True, kw_only=True):
    """How the dataset is written."""

    formats: Annotated[
        tuple[Spec, ...], Meta(description="what is written besides images and scenes")
    ] = ("coco",)
    segmentation: Annotated[
        Literal["rle", "polygon", "none"],
        Meta(
            description="compressed RLE, or polygons that rasterise to the same mask exactly (of "
            "crowds uncompressed RLE, as in COCO); none: boxes and areas alone, for detection"
        ),
    ] = "rle"
    amodal: Annotated[
        bool,
        Meta(
            description="add the mask, box and area that each pasted object would show if nothing "
            "were in front of it: amodal_segmentation, amodal_bbox, amodal_area"
        ),
    ] = False
    attributes: Annotated[
        bool,
        Meta(
            description="add attributes to each annotation: visibility, occluded, truncated, "
            "z_order, where it comes from, and the blend mode"
        ),
    ] = False
    image_format: Literal["jpg", "png"] = "jpg"
    quality: Annotated[int, Meta(ge=1, le=100, description="of JPEG")] = 95
    png_compression: Annotated[
        int,
        Meta(
            ge=0,
            le=9,
            description="of PNG, the pixels are the same: 0 for none, 1 the best for its time, 9 "
            "takes twenty times as long for files a tenth smaller",
        ),
    ] = PNG_COMPRESSION
    images_per_folder: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=1_000_000,
                description="put the images of a split into subfolders of so many, train/00000/, "
                f"train/00001/; 0: none. Absent: none for a split of fewer than {FLAT_BELOW} "
                f"images, else {IMAGES_PER_FOLDER}",
            ),
        ]
        | None
    ) = None
    annotation_parts: Annotated[
        int,
        Meta(
            ge=0,
            le=99_999,
            description="write the annotations of each split in so many smaller COCO files, too, "
            "of images that follow each other: instances_train-00000-of-00008.json; 0: none",
        ),
    ] = 0
    categories: Annotated[
        Literal["used", "all"],
        Meta(
            description="used: those that can be pasted or are in an image; all: every category "
            "that the foregrounds, and backgrounds with annotations: keep, name"
        ),
    ] = "used"
    category_ids: Annotated[
        Literal["keep", "contiguous"],
        Meta(description="keep those of the first source that has the category, or number 1..N"),
    ] = "keep"

    def folder_size(self, images: int) -> int:
        """Return how many images of a split of so many lie in a subfolder; 0 where there is none.

        Examples
        --------
        >>> Export().folder_size(49_999), Export().folder_size(50_000)
        (0, 10000)
        """
        if self.images_per_folder is not None:
            return self.images_per_folder
        return 0 if images < FLAT_BELOW else IMAGES_PER_FOLDER


class Info(Strict, frozen=True, kw_only=True):
    """The `info` record of the dataset."""

    description: str = "Synthetic images composed by cocosynth"
    version: str = "1.0"
    year: Annotated[int, Meta(ge=0, le=9999)] | None = None
    contributor: str = ""
    url: str = ""
    date_created: str = ""
