"""Records of the right form that lead nowhere: left out one by one, and counted."""

from small_builds import write_cutouts

from bad_input import change, change_annotation, change_image, configure, skips

SOURCE = "photos/instances.json: "
NO_COVER = (
    "segmentation is missing: boxes alone do not say what they cover; make masks first, or use "
    "annotations: avoid"
)
SMALL = f"{SOURCE}instance whose image file has another size than its record"


@skips({f"{SOURCE}annotation of an image that is not in the file": 1})
def an_annotation_of_no_image(project):
    change_annotation(project, image_id=99)


@skips({f"{SOURCE}annotation of a category that is not in the file": 1})
def an_annotation_of_no_category(project):
    change_annotation(project, category_id=2**64)


@skips({})
def a_license_that_is_not_in_the_file(project):
    change_image(project, license=-5)


@skips({SMALL: 2})
def a_width_of_zero(project):
    change_image(project, width=0)


@skips({SMALL: 2})
def a_height_below_zero(project):
    change_image(project, height=-60)


@skips({SMALL: 2})
def a_size_beyond_all_bounds(project):
    change_image(project, width=100_000, height=100_000)


@skips({})
def boxes_and_areas_that_are_wrong_are_not_read(project):
    change_annotation(project, bbox="wide", area=-1)


NAMES = [
    'dog\n"quoted"',
    "<script>alert(1)</script>",
    "[/bold]",
    "\x1b[2J\x00",
    " ",
    "n" * 5000,
    "\U0001f415 \u72d7",
]


@skips({})
def categories_of_strange_names(project):
    def rename(content):
        content["categories"] = [{"id": i + 7, "name": name} for i, name in enumerate(NAMES)]
        for i in range(4):
            content["annotations"][i]["category_id"] = 7 + i

    change(project, rename)


@skips({})
def two_categories_of_one_name_are_one(project):
    def double(content):
        content["categories"].append({"id": 8, "name": "disk"})
        content["annotations"][0]["category_id"] = 8

    change(project, double)


@skips({})
def ids_at_the_end_of_what_json_can_hold(project):
    last = 2**52

    def renumber(content):
        content["categories"][0]["id"] = last
        for annotation in content["annotations"]:
            annotation["category_id"] = last
        content["annotations"][0]["id"] = last
        content["images"][0]["id"] = -last
        for annotation in content["annotations"][:2]:
            annotation["image_id"] = -last

    change(project, renumber)


@skips({f"{SOURCE}choice of a background whose {NO_COVER}": 2})
def a_background_whose_annotation_is_a_box_only(project):
    change_annotation(project, segmentation=None)
    source = {"coco": "photos/instances.json", "images": "photos/images", "annotations": "keep"}
    write_cutouts(project / "cutouts", names=("disk",))
    configure(project, foregrounds=[{"folder": "cutouts"}], backgrounds=[source])
