"""Folders of pictures, their credits, and where the dataset goes."""

import os

from PIL import Image

from bad_input import configure, noise, refused, skips, use_cutouts


@refused("views: no such folder")
def missing(project):
    (project / "views").rename(project / "elsewhere")


@refused("views: no such folder")
def a_file(project):
    (project / "views").rename(project / "elsewhere")
    (project / "views").write_text("")


@refused("views: no such folder")
def a_link_to_itself(project):
    (project / "views").rename(project / "elsewhere")
    (project / "views").symlink_to("views")


@refused(f"{'n' * 5000}: no such folder")
def of_an_endless_name(project):
    configure(project, backgrounds=[{"folder": "n" * 5000}])


@refused("views\\x00: no such folder")
def of_a_name_with_a_zero_byte(project):
    configure(project, backgrounds=[{"folder": "views\0"}])


@refused("empty: holds no image that is read (.jpg, .png, .tif, ...)")
def empty(project):
    (project / "empty").mkdir()
    configure(project, backgrounds=[{"folder": "empty"}])


@refused("views/again: is the folder views once more; remove that link")
def that_holds_itself(project):
    (project / "views/again").symlink_to("..")
    (project / "views/again").unlink()
    (project / "views/again").symlink_to(".")


@skips({})
def that_links_to_another(project):
    (project / "more").mkdir()
    Image.fromarray(noise()).save(project / "more/x.png")
    (project / "views/more").symlink_to("../more")


@skips({"cutouts: credit of a picture that is not there": 2})
def credits_of_pictures_that_are_not_there(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_text(
        "file_name,license\ndisk/0.png,CC0\n0.png,CC0\ndisk\\1.png,CC0\nx,CC0\n"
    )


@refused("cutouts/credits.csv: two rows are for 'disk/0.png'; leave one")
def credits_that_contradict_each_other(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_text(
        "file_name,license\ndisk/0.png,CC0\ndisk/0.png,CC BY\n"
    )


@refused(
    "cutouts/credits.csv: has no column file_name; it may have file_name, license, license_url, attribution, url"
)
def credits_without_file_names(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_text("picture,license\ndisk/0.png,CC0\n")


@refused(
    "cutouts/credits.csv: not a CSV table in UTF-8: 'utf-8' codec can't decode byte 0xff in position 10: invalid start byte"
)
def credits_that_are_no_text(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_bytes(b"file_name\n\xff\xfe\n")


@refused("cutouts/credits.csv: is not a regular file")
def credits_that_are_a_pipe(project):
    use_cutouts(project)
    os.mkfifo(project / "cutouts/credits.csv")


@refused("cutouts/credits.csv: not a CSV table in UTF-8: field larger than field limit (131072)")
def credits_of_endless_fields(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_text('file_name\n"' + "x" * 200_000 + '"\n')


COLUMNS = "cutouts/credits.csv: each row must have as many columns as the first line"


@refused(COLUMNS)
def credits_with_too_many_columns(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_text("file_name,license\ndisk/0.png,CC0,a,b\n")


@refused(COLUMNS)
def credits_with_too_few_columns(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_text("license,file_name\nCC0\n")


@refused("cutouts/credits.csv: unknown column 'licence'; did you mean 'license' or 'license_url'?")
def credits_of_an_unknown_column(project):
    use_cutouts(project)
    (project / "cutouts/credits.csv").write_text("file_name,licence\ndisk/0.png,CC0\n")


@refused("dataset: lies inside of the source views; choose another")
def a_dataset_inside_of_a_source(project):
    (project / "dataset").symlink_to("views")


@refused("dataset: the source dataset/views lies inside of it; choose another")
def a_dataset_around_a_source(project):
    (project / "dataset").mkdir()
    (project / "views").rename(project / "dataset/views")
    configure(project, backgrounds=[{"folder": "dataset/views"}])


@refused("dataset: is a file; name a folder")
def a_dataset_that_is_a_file(project):
    (project / "dataset").write_text("mine")


@refused("dataset/.build: cannot be made a folder: Not a directory")
def a_dataset_that_links_below_a_file(project):
    (project / "dataset").symlink_to("cocosynth.yaml/x")


@refused("dataset: is a link that leads nowhere; remove it")
def a_dataset_that_links_nowhere(project):
    (project / "dataset").symlink_to("missing")


@refused("dataset: is a link that leads nowhere; remove it")
def a_dataset_in_a_place_of_the_system(project):
    (project / "dataset").symlink_to("/proc/cocosynth")


@refused("dataset: cannot be used: Too many levels of symbolic links")
def a_dataset_that_links_to_itself(project):
    (project / "dataset").symlink_to("dataset")
