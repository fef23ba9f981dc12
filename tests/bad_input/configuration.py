"""Configurations that say what nobody can do."""

from PIL import Image

from bad_input import PHOTOS, change_annotation, configure, noise, refused, skips, use_cutouts


def case(name, message, **changes):
    """Make a case of a project with other choices."""

    def spoil(project):
        configure(project, **changes)

    globals()[name] = refused(message)(spoil)


case("unknown_key", "cocosynth.yaml: unknown key 'sed'; did you mean 'seed'?", sed=1)
case(
    "unknown_key_of_a_source",
    "cocosynth.yaml: foregrounds[0]: unknown key 'category'; did you mean 'categories'?",
    foregrounds=[PHOTOS | {"category": "x"}],
)
case(
    "text_for_a_number",
    "cocosynth.yaml: seed: expected an integer of 0 or more, such as `seed: 0`; got the text '7'; write 7, without quotes",
    seed="7",
)
case(
    "true_for_a_number",
    "cocosynth.yaml: seed: expected an integer of 0 or more, such as `seed: 0`; got true",
    seed=True,
)
case(
    "a_number_for_a_list",
    "cocosynth.yaml: foregrounds: expected a list of at least 1 value, such as `foregrounds: [{folder: cutouts}]`; got 3",
    foregrounds=3,
)
case(
    "null_for_a_source",
    "cocosynth.yaml: backgrounds[0]: expected a mapping, such as `backgrounds: [{folder: backgrounds}]`; got null",
    backgrounds=[None],
)
case(
    "a_seed_of_many_digits",
    "cocosynth.yaml: not valid YAML: a number has more than 64 bits",
    seed=2**64,
)
case(
    "a_seed_of_very_many_digits",
    "cocosynth.yaml: not valid YAML: a number has more than 64 bits",
    seed=10**4000,
)
case(
    "a_reversed_value_range",
    "cocosynth.yaml: foregrounds[0]: value_range must go from a lower to a higher number, got [9, 3]",
    foregrounds=[PHOTOS | {"value_range": [9, 3]}],
)
case(
    "a_value_range_of_no_numbers",
    "cocosynth.yaml: backgrounds[0].value_range: expected a list of 2 numbers, auto or full, such as `value_range: [0, 4095]`; got the text 'most'",
    backgrounds=[{"folder": "views", "value_range": "most"}],
)
case(
    "a_matte_of_another_kind",
    "cocosynth.yaml: foregrounds[0].matte: expected closed_form, guided or none, got the text 'soft'",
    foregrounds=[PHOTOS | {"matte": "soft"}],
)
case(
    "more_than_whole",
    "cocosynth.yaml: foregrounds[0].whole: expected a number from 0 to 1, got 80; "
    "for 80 % write 0.8",
    foregrounds=[PHOTOS | {"whole": 80}],
)
case(
    "ids_to_exclude_that_are_names",
    "cocosynth.yaml: foregrounds[0].exclude[0]: expected an integer of 0 or more, got the text '7'; "
    "write 7, without quotes",
    foregrounds=[PHOTOS | {"exclude": ["7"]}],
)
case(
    "an_id_to_exclude_that_is_not_there",
    "foregrounds[0].exclude: photos/instances.json has no annotation 77; take it out of the list",
    foregrounds=[PHOTOS | {"exclude": [77]}],
)
case(
    "a_limit_of_enlarging_below_1",
    "cocosynth.yaml: limits.max_upscale: expected a number from 1 to 1000, got 0.5",
    limits={"max_upscale": 0.5},
)
case(
    "a_band_before_the_first",
    "cocosynth.yaml: foregrounds[0].bands[0]: expected an integer from 1 to 65535, got 0",
    foregrounds=[PHOTOS | {"bands": [0, 1, 2]}],
)
case(
    "four_bands",
    "cocosynth.yaml: foregrounds[0].bands: expected a list of 3 integers or null, such as `bands: [4, 3, 2]`; got the list [1, 2, 3, 4]",
    foregrounds=[PHOTOS | {"bands": [1, 2, 3, 4]}],
)
case(
    "one_source_read_in_two_ways",
    "foregrounds[1].bands: foregrounds[0] reads the pictures of photos/instances.json with another one; give both the same",
    foregrounds=[PHOTOS, PHOTOS | {"bands": [1, 2, 3]}],
)
case(
    "not_a_number",
    "cocosynth.yaml: limits.min_visibility: expected a number from 0 to 1, such as `min_visibility: 0.3`; got the text 'NaN'",
    limits={"min_visibility": float("nan")},
)
case(
    "an_infinite_weight",
    "cocosynth.yaml: category_weights.disk: expected a number from 0 to 1000000, such as `category_weights: {dog: 2, cat: 0.5}`; got the text 'Infinity'",
    category_weights={"disk": float("inf")},
)
case(
    "weights_of_nothing",
    "category_weights: all are 0; give a category to paste another weight",
    category_weights={"disk": 0},
)
case(
    "a_reversed_range",
    "cocosynth.yaml: objects_per_image must go from low to high, got [3, 1]",
    objects_per_image=[3, 1],
)
case(
    "a_reversed_area",
    "cocosynth.yaml: foregrounds[0]: area_range must go from low to high, got [9, 1]",
    foregrounds=[PHOTOS | {"area_range": [9, 1]}],
)
case(
    "a_reversed_scale",
    "cocosynth.yaml: augment[0].scale: factor_range must go from low to high, got [2.0, 1.0]",
    augment=[{"scale": {"factor_range": [2, 1]}}],
)
case(
    "an_infinite_angle",
    "cocosynth.yaml: augment[0].rotate.angle_range[1]: expected a number, such as `angle_range: [-10, 10]`; got the text 'Infinity'",
    augment=[{"rotate": {"angle_range": [0, float("inf")]}}],
)
case(
    "a_scale_of_zero",
    "cocosynth.yaml: augment[0].scale: factor_range must lie in [0.001, 1000], got [0.0, 0.0]",
    augment=[{"scale": {"factor_range": [0, 0]}}],
)
case(
    "no_images_wanted",
    "cocosynth.yaml: splits: expected a mapping of at least 1 key, such as `splits: {train: 80, val: 20}`; got an empty mapping",
    splits={},
)
case(
    "more_images_than_disks_hold",
    "cocosynth.yaml: splits.train: expected an integer from 0 to 10000000, got 1000000000000",
    splits={"train": 10**12},
)
case(
    "a_huge_number_of_objects",
    "cocosynth.yaml: objects_per_image[1]: expected an integer from 0 to 1000, got 1000000",
    objects_per_image=[1, 10**6],
)
case(
    "a_canvas_without_end",
    "cocosynth.yaml: canvas: canvas must have at most 120000000 pixels, got 65500 x 65500",
    canvas={"width": 65500, "height": 65500},
)
case(
    "a_split_that_leaves_the_folder",
    "cocosynth.yaml: splits: '..' cannot name a folder of images; use letters and digits, but not annotations, panoptic, report_files, scenes, semantic, vocdevkit, webdataset, yolo_detect or yolo_pose",
    splits={"..": 1},
)
case(
    "a_split_of_two_lines",
    "cocosynth.yaml: splits: 'a\\nb' cannot name a folder of images; use letters and digits, but not annotations, panoptic, report_files, scenes, semantic, vocdevkit, webdataset, yolo_detect or yolo_pose",
    splits={"a\nb": 1},
)
case(
    "a_technique_of_the_system",
    "cocosynth.yaml: blend: 'os:system' is not a dataclass",
    blend="os:system",
)
case(
    "a_technique_that_is_no_module",
    "cocosynth.yaml: blend: cannot import '../../x:Y': the 'package' argument is required to perform a relative import for '../../x'",
    blend="../../x:Y",
)
case(
    "a_technique_with_two_names",
    "cocosynth.yaml: augment[0]: expected one name, got 2: flip, rotate",
    augment=[{"flip": {}, "rotate": {}}],
)
case(
    "year_of_many_digits",
    "cocosynth.yaml: not valid YAML: a number has more than 64 bits",
    info={"year": 2**70},
)
case(
    "a_min_area_that_nothing_has",
    "none of the 4 objects wanted fitted anywhere; the smallest one cut out is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 1000000, min_visibility: 0.3, max_truncation: 0.25, max_overlap: 0.5",
    limits={"min_area": 10**6},
)
case(
    "a_gigantic_min_area",
    "none of the 4 objects wanted fitted anywhere; the smallest one cut out is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 4611686018427387904, min_visibility: 0.3, max_truncation: 0.25, max_overlap: 0.5",
    limits={"min_area": 2**62},
)
case(
    "a_visibility_that_nothing_has",
    "none of the 4 objects wanted fitted anywhere; the smallest one cut out is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 20, min_visibility: 1, max_truncation: 0.25, max_overlap: 0.5",
    limits={"min_area": 20, "min_visibility": 1},
    augment=[{"translate": {"x_range": [1, 1], "y_range": [1, 1]}}],
)
case(
    "foregrounds_larger_than_the_canvas",
    "none of the 4 objects wanted fitted anywhere; the smallest one cut out is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 1, min_visibility: 0.3, max_truncation: 0.25, max_overlap: 0.5",
    canvas={"width": 8, "height": 6},
    limits={"min_area": 1},
)
case(
    "foregrounds_scaled_out_of_the_canvas",
    "none of the 4 objects wanted fitted anywhere; the smallest one cut out is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 20, min_visibility: 0.3, max_truncation: 0.25, max_overlap: 0.5",
    augment=[{"scale": {"factor_range": [60, 60]}}],
    limits={"min_area": 20, "max_upscale": 1000},
)
case(
    "no_foreground_of_that_area",
    "no foreground can be used; photos/instances.json: 4 x instance whose area lies outside of area_range",
    foregrounds=[PHOTOS | {"area_range": [1e6, None]}],
)
case(
    "no_foreground_of_that_licence",
    "no foreground can be used; photos/instances.json: 2 x photograph: licence not in licenses.allow: unknown; views: 2 x photograph: licence not in licenses.allow: unknown",
    licenses={"allow": ["none"]},
)
case(
    "more_splits_than_photographs",
    "the split 'c' has no background; add photographs, or set `share_sources: true` (the splits then leak)",
    splits={"a": 1, "b": 1, "c": 1},
)


@refused(
    "no foreground can be used; cutouts: 2 x cut-out whose file is not an image, first disk/0.png"
)
def no_usable_foreground(project):
    use_cutouts(project)
    for path in (project / "cutouts/disk").iterdir():
        path.write_bytes(b"")


@refused("no background can be used; views: 2 x background whose file is not an image, first 0.png")
def no_usable_background(project):
    for path in (project / "views").iterdir():
        path.write_bytes(b"")


@refused(
    "no background can be used; views: 2 x background whose image file is truncated or damaged, first 0.png"
)
def backgrounds_that_are_all_truncated(project):
    for path in (project / "views").iterdir():
        path.write_bytes(path.read_bytes()[:2000])


@skips({})
def no_objects_wanted_and_none_there(project):
    change_annotation(project, iscrowd=0)
    configure(project, objects_per_image=[0, 0])


@skips({})
def many_objects(project):
    configure(project, objects_per_image=[40, 40])


@refused(
    "no background can be used; views: 1 x background whose image file is truncated or damaged, first 0.jpg"
)
def backgrounds_that_are_all_truncated_behind_their_headers(project):
    for path in list((project / "views").iterdir()):
        path.unlink()
    path = project / "views/0.jpg"
    Image.fromarray(noise()).save(path)
    path.write_bytes(path.read_bytes()[:2000])


@refused(
    "no background of the split 'train' can be used: 100 were tried for image 1; "
    "the last was views/0.bmp"
)
def backgrounds_that_are_all_truncated_in_a_form_without_an_end(project):
    for path in list((project / "views").iterdir()):
        path.unlink()
    path = project / "views/0.bmp"
    Image.fromarray(noise()).save(path)
    path.write_bytes(path.read_bytes()[:2000])
