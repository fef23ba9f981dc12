"""A COCO file that is not JSON, or not of the form of COCO: refused as a whole, and told where."""

import json

from bad_input import change, change_annotation, change_image, refused, skips

PATH = "photos/instances.json"
WRONG = f"{PATH}: not a COCO instances file: "
HINT = f"; `python -m cocosynth validate {PATH}` explains it"
NO_JSON = f"{PATH}: cannot be read as JSON: "
AGAIN = "; write it again as UTF-8, whole, without NaN and Infinity"
OTHER = f"{PATH}: not a COCO dataset: "
DIVISION = "which is no JSON; look for a division by zero in what wrote it"


def write(project, text):
    content = text if isinstance(text, bytes) else text.encode()
    (project / PATH).write_bytes(content)


def text(project):
    return (project / PATH).read_text()


@refused(f"{NO_JSON}it is truncated{AGAIN}")
def truncated(project):
    write(project, text(project)[:500])


@refused(f"{PATH}: the file is empty; give a COCO file (JSON)")
def empty(project):
    write(project, "")


@refused(f"{OTHER}it is a list; give a JSON object with images, annotations and categories")
def a_list(project):
    write(project, f"[{text(project)}]")


@refused(f"{OTHER}it is a web page, not JSON; download the file itself")
def a_web_page(project):
    write(project, "<!DOCTYPE html><html></html>")


@refused(f"{OTHER}it is a list; give a JSON object with images, annotations and categories")
def deeply_nested(project):
    write(project, "[" * 200_000)


@refused(f"{NO_JSON}it is nested too deeply{AGAIN}")
def deeply_nested_segmentation(project):
    nested = "[" * 50_000 + "]" * 50_000
    write(project, text(project).replace('"segmentation": [', f'"segmentation": [{nested},', 1))


@skips({})
def a_byte_order_mark(project):
    write(project, b"\xef\xbb\xbf" + text(project).encode())


@refused(f"{OTHER}it is text in UTF-16, not UTF-8; save it as UTF-8")
def utf_16(project):
    write(project, text(project).encode("utf-16"))


@refused(f"{NO_JSON}it is not UTF-8, as it has the byte 0xe9 at position 781{AGAIN}")
def latin_1(project):
    change(project, lambda content: content["categories"][0].update(name="d\xe9j\xe0"))
    write(project, text(project).replace("\\u00e9", "\xe9").encode("latin-1"))


@refused(f"{NO_JSON}it holds NaN, {DIVISION}")
def not_a_number(project):
    change_annotation(project, area=float("nan"))


@refused(f"{NO_JSON}it holds Infinity, {DIVISION}")
def infinity(project):
    change_annotation(project, bbox=[0, 0, float("inf"), 1])


@refused(f"{NO_JSON}JSON is malformed: unexpected end of hex escape (byte 42){AGAIN}")
def half_a_surrogate(project):
    change_image(project, file_name="\ud800.png")


@refused(f"{WRONG}a key of the file occurs more than once{HINT}")
def a_table_twice(project):
    write(project, text(project).replace("{", '{"images": [{"id": 5}], ', 1))


@skips({})
def a_key_twice_in_a_record_counts_as_every_reader_of_json_counts_it(project):
    write(project, text(project).replace('"iscrowd": 0', '"iscrowd": 1, "iscrowd": 0'))


@refused(f"{WRONG}the key 'images' is missing{HINT}")
def no_images(project):
    change(project, lambda content: content.pop("images"))


@refused(f"{WRONG}the key 'categories' is missing{HINT}")
def no_categories(project):
    change(project, lambda content: content.pop("categories"))


@refused(f"{WRONG}$.annotations: expected a list, got keys and values{HINT}")
def annotations_that_are_no_list(project):
    change(project, lambda content: content.update(annotations={"1": {}}))


@refused(f"{WRONG}$.images: expected a list, got null{HINT}")
def images_that_are_null(project):
    change(project, lambda content: content.update(images=None))


@refused(f"{WRONG}$.licenses: expected a list, got text{HINT}")
def licenses_that_are_text(project):
    change(project, lambda content: content.update(licenses="CC BY"))


@refused(f"{WRONG}$.annotations[1]: expected keys and values, got a list{HINT}")
def a_record_that_is_a_list(project):
    change(project, lambda content: content["annotations"].insert(1, []))


@refused(f"{WRONG}$.annotations[0].id: expected an integer, got text{HINT}")
def an_id_of_text(project):
    change_annotation(project, id="1")


@refused(f"{WRONG}$.categories[0].id: expected an integer <= 4503599627370496{HINT}")
def an_id_of_many_digits(project):
    change(project, lambda content: content["categories"][0].update(id=2**63))


@refused(f"{WRONG}$.annotations[0].id: expected an integer >= 0{HINT}")
def an_id_below_zero(project):
    change_annotation(project, id=-1)


@refused(f"{WRONG}$.annotations[0].category_id: expected an integer, got null{HINT}")
def a_category_id_that_is_null(project):
    change_annotation(project, category_id=None)


@refused(f"{WRONG}$.images[0].width: expected an integer, got text{HINT}")
def a_width_of_text(project):
    change_image(project, width="80")


@refused(f"{WRONG}$.images[0]: the key 'width' is missing{HINT}")
def no_width(project):
    change(project, lambda content: content["images"][0].pop("width"))


@refused(f"{WRONG}$.images[1]: the key 'file_name' is missing{HINT}")
def no_file_name(project):
    change(project, lambda content: content["images"][1].pop("file_name"))


@refused(f"{WRONG}$.annotations[0].iscrowd: expected an integer <= 1{HINT}")
def iscrowd_of_two(project):
    change_annotation(project, iscrowd=2)


@refused(f"{WRONG}$.categories[0].name: expected text of length >= 1{HINT}")
def a_category_without_name(project):
    change(project, lambda content: content["categories"][0].update(name=""))


@refused(f"{PATH}: two image records have the id 1; ids must be unique")
def two_images_of_one_id(project):
    change(project, lambda content: content["images"].append(content["images"][0]))


@refused(f"{PATH}: two annotation records have the id 2; ids must be unique")
def two_annotations_of_one_id(project):
    change(project, lambda content: content["annotations"].append(content["annotations"][1]))


@refused(f"{PATH}: two category records have the id 7; ids must be unique")
def two_categories_of_one_id(project):
    change(project, lambda content: content["categories"].append({"id": 7, "name": "bar"}))


@refused(f"{PATH}: does not exist")
def no_file(project):
    (project / PATH).unlink()


@refused(f"{PATH}: is a folder; name a file")
def a_folder(project):
    (project / PATH).unlink()
    (project / PATH).mkdir()


@refused(f"{PATH}: is not a regular file")
def a_device(project):
    (project / PATH).unlink()
    (project / PATH).symlink_to("/dev/zero")


@refused("photos/images: no such image folder")
def no_image_folder(project):
    (project / "photos/images").rename(project / "elsewhere")


@skips({})
def keys_that_nobody_knows(project):
    change(project, lambda content: content.update(json.loads('{"x": [{"y:": ":"}], "info": 3}')))
