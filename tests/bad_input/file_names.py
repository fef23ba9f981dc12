"""File names that leave the image folder, or are none."""

import os
import shutil

from PIL import Image

from bad_input import PHOTOS, change_image, configure, noise, skips

REASON = "photos/instances.json: instance whose "
LEAVES = f"{REASON}file_name leaves the image folder"
MISSING = f"{REASON}image file is missing"
SAME = "photos/images/0.png"


@skips({LEAVES: 2})
def absolute(project):
    change_image(project, file_name=str(project / SAME))


@skips({LEAVES: 2})
def upwards(project):
    change_image(project, file_name="../images/0.png")


@skips({LEAVES: 2})
def upwards_and_back(project):
    change_image(project, file_name="x/../0.png")


@skips({LEAVES: 2})
def upwards_with_backslashes(project):
    change_image(project, file_name="..\\images\\0.png")


@skips({LEAVES: 2})
def a_drive_of_windows(project):
    change_image(project, file_name="C:\\images\\0.png")


@skips({MISSING: 2})
def backslashes(project):
    change_image(project, file_name="sub\\0.png")


@skips({})
def backslashes_for_folders(project):
    (project / "photos/images/sub").mkdir()
    os.rename(project / SAME, project / "photos/images/sub/0.png")
    change_image(project, file_name="sub\\0.png")


@skips({})
def letters_in_pieces(project):
    os.rename(project / SAME, project / "photos/images/\u00e9.png")
    change_image(project, file_name="e\u0301.png")


@skips({})
def letters_in_one_piece(project):
    os.rename(project / SAME, project / "photos/images/e\u0301.png")
    change_image(project, file_name="\u00e9.png")


@skips({})
def from_one_folder_higher(project):
    change_image(project, file_name="images/0.png")


@skips({})
def from_one_folder_lower(project):
    (project / "photos/images/sub").mkdir()
    os.rename(project / SAME, project / "photos/images/sub/0.png")


@skips({MISSING: 2})
def that_two_files_fit(project):
    for name in ("one", "two"):
        (project / "photos/images" / name).mkdir()
        shutil.copy(project / SAME, project / "photos/images" / name / "x.png")
    change_image(project, file_name="x.png")


@skips({MISSING: 2})
def that_only_a_file_of_another_record_fits(project):
    change_image(project, file_name="images\\1.png")


@skips({f"{REASON}file_name is not a file name": 2})
def a_zero_byte(project):
    change_image(project, file_name="0.png\0.jpg")


@skips({f"{REASON}file_name is not a file name": 2})
def nothing(project):
    change_image(project, file_name="")


@skips({MISSING: 2})
def very_long(project):
    change_image(project, file_name="n" * 5000)


@skips({MISSING: 2})
def very_deep(project):
    change_image(project, file_name="n/" * 3000 + "0.png")


@skips({MISSING: 2})
def line_breaks_and_colours(project):
    change_image(project, file_name="a\n\x1b[31mb.png")


@skips({})
def in_many_alphabets(project):
    name = "\u00e9\u72d7 \U0001f415.png"
    os.rename(project / SAME, project / "photos/images" / name)
    change_image(project, file_name=name)


@skips({MISSING: 2})
def a_host_elsewhere(project):
    change_image(project, file_name="http://localhost:1/0.png")


@skips({})
def two_records_of_one_file(project):
    change_image(project, file_name="1.png")


@skips({})
def a_link_to_a_file_elsewhere_is_followed(project):
    os.rename(project / SAME, project / "cache")
    (project / SAME).symlink_to(project / "cache")


@skips({})
def a_link_to_a_folder_elsewhere_is_followed(project):
    os.rename(project / "photos/images", project / "cache")
    (project / "photos/images").symlink_to(project / "cache")


@skips({MISSING: 2})
def a_link_to_itself(project):
    (project / SAME).unlink()
    (project / SAME).symlink_to(project / SAME)


@skips({MISSING: 2})
def a_link_to_nothing(project):
    (project / SAME).unlink()
    (project / SAME).symlink_to("nothing")


@skips({"views: file whose name is not UTF-8": 1})
def bytes_that_are_no_text(project):
    Image.fromarray(noise()).save(project / "views/x.png")
    os.rename(project / "views/x.png", os.fsencode(project / "views") + b"/\xff.png")
    configure(project, foregrounds=[PHOTOS])
