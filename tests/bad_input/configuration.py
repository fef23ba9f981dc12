"""Configurations that say what nobody can do."""

import json

from bad_input import PHOTOS, change_annotation, configure, refused, skips, use_cutouts

FILE = "cocosynth.yaml"


def case(name, message, **changes):
    """Make a case of a project with other choices."""

    def spoil(project):
        configure(project, **changes)

    globals()[name] = refused(message)(spoil)


def text_case(name, message, *lines, whole=False):
    """Make a case of a configuration with lines of YAML added to it."""

    def spoil(project):
        path = project / FILE
        content = json.loads(path.read_text())
        good = "" if whole else "".join(f"{k}: {json.dumps(v)}\n" for k, v in content.items())
        path.write_text(good + "\n".join(lines))

    globals()[name] = (skips({}) if message is None else refused(message))(spoil)


case("unknown_key", "cocosynth.yaml: unknown key 'sed'; did you mean 'seed'?", sed=1)
case(
    "unknown_key_of_a_source",
    "cocosynth.yaml: foregrounds[0]: unknown key 'category'; did you mean 'categories'?",
    foregrounds=[PHOTOS | {"category": "x"}],
)
case("text_for_a_number", "cocosynth.yaml: seed: Expected `int`, got `str`", seed="7")
case("true_for_a_number", "cocosynth.yaml: seed: Expected `int`, got `bool`", seed=True)
case(
    "a_number_for_a_list", "cocosynth.yaml: foregrounds: Expected `array`, got `int`", foregrounds=3
)
case(
    "null_for_a_source",
    "cocosynth.yaml: backgrounds[0]: Expected `object`, got `null`",
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
    "not_a_number",
    "cocosynth.yaml: min_visibility: Expected `float`, got `str`",
    min_visibility=float("nan"),
)
case(
    "an_infinite_weight",
    "cocosynth.yaml: category_weights: Expected `float`, got `str`",
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
    "cocosynth.yaml: augment[0].rotate.angle_range[1]: Expected `float`, got `str`",
    augment=[{"rotate": {"angle_range": [0, float("inf")]}}],
)
case(
    "a_scale_of_zero",
    "cocosynth.yaml: augment[0].scale: factor_range must lie in [0.001, 1000], got [0.0, 0.0]",
    augment=[{"scale": {"factor_range": [0, 0]}}],
)
case("no_images_wanted", "cocosynth.yaml: splits: Expected `object` of length >= 1", splits={})
case(
    "more_images_than_disks_hold",
    "cocosynth.yaml: splits: Expected `int` <= 10000000",
    splits={"train": 10**12},
)
case(
    "a_huge_number_of_objects",
    "cocosynth.yaml: objects_per_image[1]: Expected `int` <= 1000",
    objects_per_image=[1, 10**6],
)
case(
    "a_canvas_without_end",
    "cocosynth.yaml: canvas: canvas must have at most 120000000 pixels, got 65500 x 65500",
    canvas={"width": 65500, "height": 65500},
)
case(
    "a_split_that_leaves_the_folder",
    "cocosynth.yaml: splits: '..' cannot name a folder of images; use letters and digits, but not annotations or scenes",
    splits={"..": 1},
)
case(
    "a_split_of_two_lines",
    "cocosynth.yaml: splits: 'a\\nb' cannot name a folder of images; use letters and digits, but not annotations or scenes",
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
    "none of the 4 objects wanted fitted anywhere; the smallest instance is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 1000000, min_visibility: 0.3",
    min_area=10**6,
)
case(
    "a_gigantic_min_area",
    "none of the 4 objects wanted fitted anywhere; the smallest instance is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 4611686018427387904, min_visibility: 0.3",
    min_area=2**62,
)
case(
    "a_visibility_that_nothing_has",
    "none of the 4 objects wanted fitted anywhere; the smallest instance is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 20, min_visibility: 1",
    min_visibility=1,
    augment=[{"translate": {"x_range": [1, 1], "y_range": [1, 1]}}],
)
case(
    "foregrounds_larger_than_the_canvas",
    "none of the 4 objects wanted fitted anywhere; the smallest instance is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 1, min_visibility: 0.3",
    canvas={"width": 8, "height": 6},
    min_area=1,
)
case(
    "foregrounds_scaled_out_of_the_canvas",
    "none of the 4 objects wanted fitted anywhere; the smallest instance is 20 x 16 pixels: look at canvas, augment (scale), placement, min_area: 20, min_visibility: 0.3",
    augment=[{"scale": {"factor_range": [60, 60]}}],
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
    "no background is left for the split 'c'; add photographs, or set `share_sources: true` (the splits then leak)",
    splits={"a": 1, "b": 1, "c": 1},
)

text_case(
    "a_number_that_is_none",
    "cocosynth.yaml: min_visibility: Expected `float` >= 0.0",
    "min_visibility: .nan",
)
text_case(
    "an_infinite_number",
    "cocosynth.yaml: category_weights: Expected `float` <= 1000000.0",
    "category_weights: {disk: .inf}",
)
text_case(
    "an_infinite_limit",
    "cocosynth.yaml: augment[0].rotate: angle_range must be finite, got [0.0, inf]",
    "augment: [{rotate: {angle_range: [0, .inf]}}]",
)
text_case(
    "nothing_for_a_limit",
    "cocosynth.yaml: augment[0].flip: p must lie in [0, 1], got nan",
    "augment: [{flip: {p: .nan}}]",
)
text_case("empty", "cocosynth.yaml: expected keys and values, such as `seed: 7`", "", whole=True)
text_case(
    "a_list", "cocosynth.yaml: expected keys and values, such as `seed: 7`", "- seed", whole=True
)
text_case(
    "only_text", "cocosynth.yaml: expected keys and values, such as `seed: 7`", "seed", whole=True
)
text_case(
    "not_yaml",
    "cocosynth.yaml, line 1: not valid YAML: expected ',' or ']', but got '<stream end>'",
    "seed: [1, 2",
    whole=True,
)
text_case(
    "tabs",
    "cocosynth.yaml, line 2: not valid YAML: found character '\\t' that cannot start any token",
    "splits:\n\ttrain: 3",
    whole=True,
)
text_case(
    "zero_bytes",
    "cocosynth.yaml: not valid YAML: unacceptable character #x0000: special characters are not allowed",
    "seed: \0",
    whole=True,
)
text_case(
    "two_documents",
    "cocosynth.yaml, line 9: not valid YAML: but found another document",
    "---",
    "seed: 1",
)
text_case(
    "a_key_twice",
    'cocosynth.yaml, line 9: not valid YAML: found duplicate key "seed" with value "8" (original value: "3")',
    "seed: 8",
    "seed: 9",
)
text_case("a_number_as_key", "cocosynth.yaml: keys must be text", "7: 8")
text_case("a_list_as_key", "cocosynth.yaml: keys must be text", "? [1, 2]\n: 3")
text_case(
    "an_object_of_python",
    "cocosynth.yaml, line 9: not valid YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object/apply:os.system'",
    "blend: !!python/object/apply:os.system ['true']",
)
text_case(
    "a_name_of_python",
    "cocosynth.yaml, line 9: not valid YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
    "blend: !!python/name:os.system",
)
text_case(
    "binary",
    "cocosynth.yaml: blend: Expected `str | object`, got `bytes`",
    "blend: !!binary aGVsbG8=",
)
text_case(
    "half_a_surrogate",
    "cocosynth.yaml: not valid YAML: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
    'info: {description: "\\ud800"}',
)
text_case(
    "a_billion_laughs",
    "cocosynth.yaml: not valid YAML: its aliases stand for more than 100000 values",
    "a0: &a0 [x, x, x, x, x, x, x, x, x, x]",
    *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)),
)
text_case(
    "an_alias_of_itself",
    "cocosynth.yaml: not valid YAML: its aliases stand for more than 100000 values",
    "augment: &a [*a]",
)
text_case(
    "deeply_nested",
    "cocosynth.yaml: not valid YAML: it is nested too deeply",
    "augment: " + "[" * 700 + "]" * 700,
)
text_case(
    "a_dataset_for_a_configuration",
    "cocosynth.yaml: is longer than 262144 bytes; is it a configuration?",
    '{"images": [' + "{}," * 100_000 + "]}",
    whole=True,
)
text_case("an_anchor_used_twice", None, "category_weights: &x {disk: &x 1}")
text_case("a_date_without_quotes", None, "info: {date_created: 2024-05-06}")
text_case("a_time_without_quotes", None, "info: {date_created: 2024-05-06T07:08:09Z}")
text_case(
    "a_date_elsewhere",
    "cocosynth.yaml: info.description: Expected `str`, got `date`",
    "info: {description: 2024-05-06}",
)


@refused("cocosynth.yaml: is not a regular file")
def a_folder(project):
    (project / FILE).unlink()
    (project / FILE).mkdir()


@refused("cocosynth.yaml: not valid YAML: unacceptable character #x00e9: unexpected end of data")
def latin_1(project):
    (project / FILE).write_bytes(b"seed: 1 # \xe9")


@refused("no foreground can be used; cutouts: 2 x cut-out whose file is not an image")
def no_usable_foreground(project):
    use_cutouts(project)
    for path in (project / "cutouts/disk").iterdir():
        path.write_bytes(b"")


@refused("no background can be used; views: 2 x background whose file is not an image")
def no_usable_background(project):
    for path in (project / "views").iterdir():
        path.write_bytes(b"")


@refused(
    "no background can be used; views: 2 x background whose image file is truncated or damaged"
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
