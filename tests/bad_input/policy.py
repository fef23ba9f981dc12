"""`on_bad_input: fail`: the first bad record ends the build; what the user chose never does."""

import os

from PIL import Image

from bad_input import (
    NO_MASK,
    PHOTOS,
    change,
    change_annotation,
    change_image,
    configure,
    noise,
    refused,
    skips,
    use_cutouts,
)

WAY_OUT = "fix it, or skip such input by `on_bad_input: skip`"
SOURCE = "photos/instances.json"


def strictly(project, **changes):
    configure(project, on_bad_input="fail", **changes)


@skips({})
def nothing_is_bad(project):
    strictly(project)


@refused(f"{SOURCE}: annotation 1: annotation of an image that is not in the file; {WAY_OUT}")
def a_reference_to_nothing(project):
    strictly(project)
    change_annotation(project, image_id=99)


@refused(
    f"{SOURCE}: image 1 (../x.png): instance whose file_name leaves the image folder; {WAY_OUT}"
)
def a_file_name_that_leaves_the_folder(project):
    strictly(project)
    change_image(project, file_name="../x.png")


@refused(
    f"{SOURCE}: image 1 (photos/images/sub/x.png): instance whose image file is missing; {WAY_OUT}"
)
def an_image_that_is_missing_named_by_its_path(project):
    strictly(project)
    change_image(project, file_name="sub/x.png")


@refused(f"views: x.heic: file of a format that is not read (1 .heic, 1 .txt); {WAY_OUT}")
def a_picture_of_a_format_that_is_not_read(project):
    strictly(project)
    (project / "views/x.heic").write_bytes(b"")
    (project / "views/labels.txt").write_text("")


@skips({"views: file of a format that is not read (1 .txt)": 1})
def a_file_that_is_no_picture(project):
    strictly(project)
    (project / "views/labels.txt").write_text("")


@refused(f"{SOURCE}: annotation 1 of 0.png: instance whose {NO_MASK}; {WAY_OUT}")
def no_segmentation(project):
    strictly(project)
    change_annotation(project, segmentation=[])


@refused(f"{SOURCE}: image 1 (0.png): instance whose image file is truncated or damaged; {WAY_OUT}")
def a_truncated_photograph(project):
    strictly(project)
    path = project / "photos/images/0.png"
    path.write_bytes(path.read_bytes()[:2000])


@refused(f"views: 0.png: background whose image file is truncated or damaged; {WAY_OUT}")
def a_truncated_background(project):
    strictly(project)
    path = project / "views/0.png"
    path.write_bytes(path.read_bytes()[:2000])


@refused(f"views: x.jpg: background whose image file is truncated or damaged; {WAY_OUT}")
def a_truncated_background_whose_header_is_whole(project):
    strictly(project)
    path = project / "views/x.jpg"
    Image.fromarray(noise()).save(path)
    path.write_bytes(path.read_bytes()[:2000])


@refused(f"views: 0.png: background whose file is not an image; {WAY_OUT}")
def a_background_that_is_no_image(project):
    strictly(project)
    (project / "views/0.png").write_text("words")


@refused(f"cutouts: 9.png: credit of a picture that is not there; {WAY_OUT}")
def a_credit_of_nothing(project):
    use_cutouts(project)
    strictly(project, foregrounds=[{"folder": "cutouts"}])
    (project / "cutouts/credits.csv").write_text("file_name,license\n9.png,CC0\n")


@refused(f"cutouts: \\udcff/0.png: file whose name is not UTF-8; {WAY_OUT}")
def a_name_that_is_no_text(project):
    use_cutouts(project)
    strictly(project, foregrounds=[{"folder": "cutouts"}])
    os.rename(project / "cutouts/disk", os.fsencode(project / "cutouts") + b"/\xff")


@skips(
    {
        f"{SOURCE}: crowd annotations are never cut out": 1,
        f"{SOURCE}: instance whose area lies outside of area_range": 1,
        f"{SOURCE}: instance whose object is cut by a border of its image": 1,
    }
)
def what_the_user_chose_to_leave_out(project):
    source = PHOTOS | {"area_range": [322, None], "skip_truncated": True}
    strictly(project, foregrounds=[source])

    def mix(content):
        content["annotations"][0]["iscrowd"] = 1
        content["annotations"][1]["segmentation"] = [[0, 0, 40, 0, 40, 20, 0, 20]]

    change(project, mix)
