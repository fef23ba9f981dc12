"""A configuration says what it means, or says in one line what is wrong with it."""

import copy
import dataclasses
import re
import subprocess
import sys
from textwrap import indent

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cocosynth.config.address import split_address
from cocosynth.config.config import Config, chosen
from cocosynth.config.examples import EXAMPLES
from cocosynth.config.file import SECTIONS, dump_config, load_config
from cocosynth.config.kinds import AUGMENT, KINDS
from cocosynth.config.schema import config_schema
from cocosynth.core.errors import CocosynthError
from cocosynth.core.registry import Kind
from cocosynth.core.suggest import choices
from cocosynth.core.yaml_words import yaml
from cocosynth.labels.options import Limits
from cocosynth.render.blend import BLEND
from cocosynth.render.blend.feather import Feather
from cocosynth.scenes.augment import AUGMENTATIONS
from cocosynth.scenes.augment.flip import Flip
from cocosynth.scenes.augment.rotate import Rotate
from cocosynth.scenes.augment.scale import Scale
from cocosynth.scenes.placement import PLACEMENT
from cocosynth.scenes.placement.source import Source
from cocosynth.sources.options import (
    CocoBackground,
    CocoForeground,
    FolderBackground,
    FolderForeground,
)

FULL = """\
seed: 7
splits: {train: 160, val: 40}
canvas: {width: 640, height: 480}
foregrounds:
  - coco: coco_mini/annotations/instances_train2017.json
    images: coco_mini/train2017
    categories: [person, dog, car]
    area_range: [1024, null]
  - folder: cutouts
backgrounds:
  - coco: coco_mini/annotations/instances_val2017.json
    images: coco_mini/val2017
    annotations: keep
  - folder: backgrounds
objects_per_image: [1, 4]
augment:
  - flip: {p: 0.5}
  - rotate: {angle_range: [-10, 10]}
  - scale: {factor_range: [0.8, 1.2]}
placement:
  source: {jitter: 0.2}
flush: false
limits: {max_truncation: 0.2, max_overlap: 0.5, min_visibility: 0.3, min_area: 65}
blend: feather
export: {segmentation: rle, image_format: jpg, quality: 95}
licenses: {no_derivatives: refuse}
"""
LEAST = """\
splits: {train: 1}
canvas: background
foregrounds: [{folder: cutouts}]
backgrounds: [{folder: backgrounds}]
"""
COCO = "coco: a.json, images: a"


@dataclasses.dataclass(frozen=True)
class Mirror:
    """An augmentation of the user's own."""

    p: float = 0.5

    def sample(self, rng, *, size, canvas):
        return np.diag([1.0, -1.0, 1.0]) if rng.random() < self.p else None


@dataclasses.dataclass(frozen=True)
class Anything:
    """A technique that takes what it is given."""

    value: object = None

    def sample(self, rng, *, size, canvas):
        return None


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "cocosynth.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config(path)

    return load


def test_a_full_configuration_loads_as_it_stands(load):
    config = load(FULL)
    assert (config.seed, config.splits) == (7, {"train": 160, "val": 40})
    assert (config.canvas.height, config.canvas.width) == (480, 640)
    assert config.foregrounds == (
        CocoForeground(
            coco="coco_mini/annotations/instances_train2017.json",
            images="coco_mini/train2017",
            categories=("person", "dog", "car"),
            area_range=(1024, None),
        ),
        FolderForeground(folder="cutouts"),
    )
    assert config.backgrounds[0].annotations == "keep"
    assert config.objects_per_image == (1, 4)
    assert (config.limits.max_truncation, config.limits.min_area) == (0.2, 65)
    assert config.export.quality == 95
    assert config.licenses.no_derivatives == "refuse"


def test_techniques_are_made_with_their_parameters(load):
    config = load(FULL)
    assert config.make(AUGMENT) == (
        Flip(p=0.5),
        Rotate(angle_range=(-10.0, 10.0)),
        Scale(factor_range=(0.8, 1.2)),
    )
    assert config.make(PLACEMENT) == Source(jitter=0.2)
    assert config.make(BLEND) == (Feather(),)


def test_four_keys_are_enough(load):
    config = load(LEAST)
    assert config.seed == 0
    assert config.canvas == "background"
    assert config.augment == ("flip", "scale")
    assert load(LEAST + "augment: []\n").augment == ()


def test_a_technique_of_the_users_own_is_named_by_dotted_path(load):
    config = load(LEAST + f"augment: ['{__name__}:Mirror', {{'{__name__}:Mirror': {{p: 1}}}}]\n")
    assert list(map(repr, config.make(AUGMENT))) == ["Mirror(p=0.5)", "Mirror(p=1.0)"]
    assert config.make(AUGMENT)[1].p == 1.0


@pytest.mark.parametrize(
    "text", ["1e-3", "1E3", "+.5", "0x1f", "0o17", "017", "1_000", ".5", "12:30", "true", "~"]
)
@pytest.mark.parametrize("typ", ["safe", "rt"])
def test_scalars_read_as_by_the_reader_of_dvc(load, text, typ):
    theirs = YAML(typ=typ, pure=True).load(f"value: {text}")["value"]
    ours = load(LEAST + f"augment: [{{'{__name__}:Anything': {{value: {text}}}}}]\n")
    (augmentation,) = ours.make(AUGMENT)
    assert augmentation.value == theirs
    assert isinstance(theirs, type(augmentation.value))


def test_a_number_with_an_exponent_alone_is_a_number(load):
    assert load(LEAST + "augment: [flip: {p: 1e-3}]\n").make(AUGMENT) == (Flip(p=0.001),)


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "NO"])
def test_yes_and_no_are_words(load, word):
    assert load(LEAST + f"info: {{contributor: {word}}}\n").info.contributor == word


def test_a_word_is_no_answer_where_true_or_false_is_asked(load):
    with pytest.raises(CocosynthError, match="share_sources: .*the text 'yes'; write true"):
        load(LEAST + "share_sources: yes\n")


@pytest.mark.parametrize("date", ["2024-05-06", "'2024-05-06'", "2024-05-06T07:08:09"])
def test_a_date_needs_no_quotes(load, date):
    assert load(LEAST + f"info: {{date_created: {date}}}\n").info.date_created == date.strip("'")


def test_seed_zero_counts(load):
    assert load(LEAST + "seed: 0\n").seed == 0


WRONG = [
    ("", "expected keys and values, such as `seed: 7`"),
    ("# nothing but a comment\n", "expected keys and values"),
    ("- seed: 7\n", "expected keys and values"),
    ("7", "expected keys and values"),
    (b"seed: \xff\n", "not valid YAML"),
    ("seed: [1\n", "line 2: not valid YAML"),
    ("seed: 1\n\tcanvas: 2\n", "line 2: not valid YAML"),
    ("seed: 1\n---\nseed: 2\n", "not valid YAML"),
    ("seed: 1\nsplits: {}\nseed: 2\n", "line 3: not valid YAML: found duplicate key"),
    ("splits: {train: 1, train: 2}\n", "line 1: not valid YAML: found duplicate key"),
    ("seed: !!python/object/apply:os.getcwd []\n", "line 1: not valid YAML: could not determine"),
    ("seed: !!python/name:os.getcwd\n", "line 1: not valid YAML: could not determine"),
    ("seed: " + "[" * 500, "not valid YAML"),
    ("seed: 7\n", "the key 'splits' is missing; add `splits: {train: 80, val: 20}`"),
    (LEAST.replace("canvas: background\n", ""), "the key 'canvas' is missing"),
    (LEAST + "sede: 7\n", "unknown key 'sede'; did you mean 'seed'?"),
    (LEAST + "objects-per-image: 7\n", "unknown key 'objects-per-image'; did you mean"),
    (LEAST + "xyz: 7\n", "unknown key 'xyz'; choose from augment, augment_background,"),
    (LEAST + "7: 7\n", "keys must be text: write '7', in quotes"),
    (LEAST + "category_weights: {7: 1}\n", "category_weights: keys must be text: write '7', "),
    (LEAST + "seed: '7'\n", "such as `seed: 0`; got the text '7'; write 7, without quotes"),
    (LEAST + "limits: {min_visibility: 30}\n", "from 0 to 1, got 30; for 30 % write 0.3"),
    (LEAST + "limits: {min_visibility: 30%}\n", "got the text '30%'; for 30 % write 0.3"),
    (LEAST + "limits: {max_overlap: '12.5 %'}\n", "; for 12.5 % write 0.125"),
    (LEAST + "export: {quality: 95%}\n", "got the text '95%'; write 95, without %"),
    (
        LEAST + "augment: [flip: {p: 50}]\n",
        "augment[0].flip: p must lie in [0, 1], got 50.0; for 50 % write 0.5",
    ),
    (LEAST + "placement: {source: {jitter: 5}}\n", "got 5.0; for 5 % write 0.05"),
    (LEAST + "augment: [translate: {x_range: [-10, 10]}]\n", "for -10 % to 10 % write [-0.1, 0.1]"),
    (LEAST + "finish: [brightness: {factor_range: [80, 120]}]\n", "write [0.8, 1.2]"),
    (
        LEAST + "augment: [flip: {direction: left}]\n",
        "augment[0].flip.direction: expected horizontal or vertical, got the text 'left'",
    ),
    (
        LEAST + "augment: [flip: 0.5]\n",
        "augment[0].flip: expected a mapping or null, such as `augment: ",
    ),
    (
        LEAST + "augment: [rotate: {angle_range: 10}]\n",
        "expected a list of 2 numbers, such as `angle_range: [-10, 10]`; got 10",
    ),
    (LEAST + "share_sources: ON\n", "got the text 'ON'; write true, without quotes"),
    (LEAST + "quality: 90\n", "unknown key 'quality'; it stands under `export:`"),
    (
        LEAST + "distractors: {from: [{folder: other}], categories: [cup]}\n",
        "distractors: unknown key 'categories'; it stands in a source under `from:`",
    ),
    (LEAST + "limits: {seed: 9}\n", "limits: unknown key 'seed'; it stands at the top"),
    *(
        (
            LEAST.replace("folder: cutouts", f"{COCO}, categories: [{word}]"),
            f"write '{said}', in quotes, for a name",
        )
        for word, said in (("null", "null"), ("true", "true"), ("1.0", "1.0"))
    ),
    (
        LEAST + "limits: 5\n",
        "limits: expected a mapping, such as `limits: {min_visibility: 0.3}`; got 5",
    ),
    (LEAST.replace("{train: 1}", "80"), "such as `splits: {train: 80, val: 20}`; got 80"),
    (LEAST.replace("{train: 1}", "[train, val]"), "got the list [train, val]"),
    (
        LEAST.replace("folder: cutouts", "folder: x, images: y"),
        "foregrounds[0]: unknown key 'images'; it goes with `coco`",
    ),
    (
        LEAST.replace("folder: cutouts", "folder: x, area_range: [1, 2]"),
        "foregrounds[0]: unknown key 'area_range'; it goes with `coco`",
    ),
    (
        LEAST.replace("folder: cutouts", f"{COCO}, license: x"),
        "foregrounds[0]: unknown key 'license'; it goes with `folder`",
    ),
    (
        LEAST.replace("folder: cutouts", "folder: x, seed: 1"),
        "foregrounds[0]: unknown key 'seed'; it stands at the top",
    ),
    (
        LEAST.replace("folder: cutouts", "folder: x, value_range: most"),
        "expected a list of 2 numbers, auto or full, such as `value_range: [0, 4095]`; got the",
    ),
    (
        LEAST.replace("folder: cutouts", "folder: x, bands: 3"),
        "bands: expected a list of 3 integers or null, such as `bands: [4, 3, 2]`; got 3",
    ),
    (
        LEAST.replace("folder: cutouts", "folder: x, categories: dog"),
        "categories: expected a list or null, such as `categories: [dog, cat]`; got the text 'dog'",
    ),
    (
        LEAST + "seed: seven\n",
        "seed: expected an integer of 0 or more, such as `seed: 0`; got the text 'seven'",
    ),
    (LEAST + "seed: 7.5\n", "seed: expected an integer of 0 or more, got 7.5"),
    (LEAST + "seed: true\n", "seed: expected an integer of 0 or more, such as `seed: 0`; got true"),
    (LEAST + "seed: -1\n", "seed: expected an integer of 0 or more, got -1"),
    (
        LEAST + "augment:\n",
        "augment: expected a list, such as `augment: [flip, {rotate: ",
    ),
    (LEAST + "augment: flip\n", "; got the text 'flip'"),
    (
        LEAST + "augment: [flip, 3]\n",
        "augment[1]: expected text or a mapping, such as `augment: [flip, ",
    ),
    (LEAST + "augment: [flop]\n", "augment[0]: no technique 'flop'; did you mean 'flip'?"),
    (LEAST + "augment: [rotate, flip: {prob: 1}]\n", "augment[1].flip: no parameter 'prob'"),
    (LEAST + "augment: [rotate: {angle_range: [10, -10]}]\n", "must go from low to high"),
    (LEAST + "augment: [scale: {factor_range: [2, 1]}]\n", "must go from low to high"),
    (LEAST + "placement: unifrom\n", "placement: no technique 'unifrom'; did you mean 'uniform'?"),
    (LEAST + "placement: {source: {jiter: 1}}\n", "did you mean 'jitter'?"),
    (LEAST + "placement: {uniform: {}, source: {}}\n", "placement: expected one name, got 2"),
    (LEAST + "blend: fether\n", "blend: no technique 'fether'; did you mean 'feather'?"),
    (LEAST + "blend: '.mine:Glow'\n", "blend: cannot import '.mine:Glow'"),
    (LEAST + "objects_per_image: [4, 1]\n", "objects_per_image must go from low to high"),
    (
        LEAST + "objects_per_image: [1]\n",
        "expected a list of 2 integers, an integer or a mapping, such as "
        "`objects_per_image: [1, 4]`; got the list [1]",
    ),
    (
        LEAST + "objects_per_image: three\n",
        "such as `objects_per_image: [1, 4]`; got the text 'three'",
    ),
    (
        LEAST + "objects_per_image: 1001\n",
        "objects_per_image: expected an integer from 0 to 1000, got 1001",
    ),
    (LEAST + "objects_per_image: {max: 3}\n", "objects_per_image: give poisson or like"),
    (LEAST + "objects_per_image: {poisson: 0}\n", "expected a number above 0, at most 1000"),
    (LEAST + "empty_images: 20 %\n", "empty_images: expected a number from 0 to 1 or null"),
    (LEAST + "sizes: {small: 0}\n", "sizes: all are 0; give one of small, medium, large a share"),
    (LEAST + "sizes: {huge: 1}\n", "unknown key 'huge'; choose from large, medium, small"),
    (LEAST + "balance: {like: source, repeat_factor: 0.1}\n", "give one of weights, like and"),
    (LEAST + "balance: {counting: real.json}\n", "balance: counting needs min_instances"),
    (LEAST + "min_instances: 200\n", "'min_instances'; it stands under `balance:`"),
    (
        LEAST + "balance: {like: uniform}\ncategory_weights: {dog: 2}\n",
        "category_weights and balance: give one; balance has weights, too",
    ),
    (
        LEAST + "sampling: one_photo\nsizes: {small: 1}\n",
        "sizes: not with `sampling: one_photo`, which takes what a photograph shows",
    ),
    (
        LEAST + "objects_per_image: [-1, 3]\n",
        "objects_per_image[0]: expected an integer of 0 or more, got -1",
    ),
    (
        LEAST + "limits: {min_visibility: 1.1}\n",
        "limits.min_visibility: expected a number from 0 to 1, got 1.1",
    ),
    (
        LEAST + "limits: {min_visibility: .nan}\n",
        "limits.min_visibility: expected a number from 0 to 1, got .nan",
    ),
    (LEAST + "limits: {min_area: -1}\n", "min_area: expected an integer of 0 or more, got -1"),
    (LEAST + "limits: {min_aera: 1}\n", "limits: unknown key 'min_aera'; did you mean 'min_area'?"),
    (
        LEAST + "category_weights: {dog: -1}\n",
        "category_weights.dog: expected a number from 0 to 1000000, got -1",
    ),
    (
        LEAST + "category_weights: {dog: .inf}\n",
        "category_weights.dog: expected a number from 0 to 1000000, got .inf",
    ),
    (LEAST + "export: {qualtiy: 9}\n", "export: unknown key 'qualtiy'; did you mean 'quality'?"),
    (
        LEAST + "export: {quality: 101}\n",
        "export.quality: expected an integer from 1 to 100, got 101",
    ),
    (
        LEAST + "export: {image_format: gif}\n",
        "export.image_format: expected jpg or png, got the text 'gif'",
    ),
    (
        LEAST + "licenses: {no_derivatives: maybe}\n",
        "expected allow or refuse, got the text 'maybe'",
    ),
    (LEAST + "info: {title: x}\n", "info: unknown key 'title'; "),
    (
        LEAST.replace("train: 1", "train: -1"),
        "splits.train: expected an integer from 0 to 10000000, got -1",
    ),
    (
        LEAST.replace("{train: 1}", "{}"),
        "splits: expected a mapping of at least 1 key, such as `splits: {train: 80, val: ",
    ),
    (LEAST.replace("train: 1", "a/b: 1"), "splits: 'a/b' cannot name a folder"),
    (LEAST.replace("train: 1", "..: 1"), "splits: '..' cannot name a folder"),
    (
        LEAST.replace("train: 1", "annotations: 1"),
        "but not annotations, panoptic, report_files, scenes, semantic",
    ),
    (
        LEAST.replace("background\n", "foreground\n", 1),
        "canvas: expected a mapping or background, such as `canvas: {width: 640, height: ",
    ),
    (LEAST.replace("background\n", "{width: 3}\n", 1), "canvas: the key 'height' is missing"),
    (
        LEAST.replace("background\n", "{width: 0, height: 1}\n", 1),
        "canvas.width: expected an integer",
    ),
    (LEAST.replace("background\n", "{w: 1, height: 1}\n", 1), "canvas: unknown key 'w'"),
    (
        LEAST.replace("{folder: cutouts}", ""),
        "foregrounds: expected a list of at least 1 value, such as",
    ),
    (
        LEAST.replace("{folder: cutouts}", "cutouts"),
        "foregrounds[0]: expected a mapping, such as `foregrounds: [{folder: cutouts}]`; got",
    ),
    (LEAST.replace("{folder: cutouts}", "{}"), "foregrounds[0]: give either `coco`"),
    (LEAST.replace("{folder: cutouts}", "{kind: folder, folder: x}"), "foregrounds[0]: give"),
    (LEAST.replace("folder: cutouts", f"{COCO}, folder: x"), "foregrounds[0]: give either `coco`"),
    (
        LEAST.replace("folder: cutouts", "coco: a"),
        "foregrounds[0]: the key 'images' is missing; add `images: train2017`",
    ),
    (LEAST.replace("folder: cutouts", "folder: 3"), "foregrounds[0].folder: expected text"),
    (
        LEAST.replace("folder: cutouts", f"{COCO}, categorys: [a]"),
        "foregrounds[0]: unknown key 'categorys'; did you mean 'categories'",
    ),
    (
        LEAST.replace("folder: cutouts", f"{COCO}, area_range: [9, 3]"),
        "foregrounds[0]: area_range must go from low to high, got [9, 3]",
    ),
    (LEAST.replace("folder: cutouts", f"{COCO}, area_range: [.nan, 3]"), "area_range[0]: expected"),
    (LEAST.replace("folder: cutouts", f"{COCO}, area_range: [-1, 3]"), "area_range[0]: expected"),
    (
        LEAST.replace("folder: cutouts", "folder: x, background_threshold: -1"),
        "background_threshold: expected a number from 0 to 100, got -1",
    ),
    (
        LEAST.replace("folder: backgrounds", COCO),
        "backgrounds[0]: the key 'annotations' is missing; add `annotations: keep`",
    ),
    (
        LEAST.replace("folder: backgrounds", f"{COCO}, annotations: drop"),
        "backgrounds[0].annotations: expected avoid or keep, got the text 'drop'",
    ),
    (
        LEAST.replace("folder: backgrounds", "folder: x, licence: y"),
        "backgrounds[0]: unknown key 'licence'; did you mean 'license'",
    ),
]


@pytest.mark.parametrize(("text", "told"), WRONG, ids=[told[:40] for _, told in WRONG])
def test_what_is_wrong_is_one_line_that_names_the_file_and_the_key(load, tmp_path, text, told):
    with pytest.raises(CocosynthError, match=re.escape(told)) as caught:
        load(text)
    assert str(caught.value).startswith(str(tmp_path / "cocosynth.yaml"))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(CocosynthError, match="none.yaml: does not exist"):
        load_config(tmp_path / "none.yaml")


@pytest.mark.parametrize("text", [FULL, LEAST])
def test_what_is_written_loads_as_an_equal_configuration(load, text):
    config = load(text)
    assert load(dump_config(config)) == config


def test_what_is_written_holds_every_key(load):
    content = YAML(typ="safe", pure=True).load(dump_config(load(LEAST)))
    assert content.keys() == set(load(LEAST).__struct_fields__) - {"preset", "distractors"}
    assert content["export"]["quality"] == 95


def test_what_is_written_names_no_kind_of_source(load):
    assert b"kind" not in dump_config(load(FULL))


SCALARS = ["yes", "1e-3", "null", "~", "2024-01-01", "0x1", "- a", "#", "a: b", "\n x\n\n"]
# the YAML writer loses the line breaks of old mainframes and of Unicode
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(TEXT | st.sampled_from(SCALARS))
def test_any_text_is_written_so_that_it_reads_back(load, text):
    config = load(LEAST)
    changed = msgspec.structs.replace(
        config, info=msgspec.structs.replace(config.info, description=text)
    )
    assert load(dump_config(changed)) == changed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.floats(0, 1))
def test_any_number_is_written_so_that_it_reads_back(load, number):
    changed = msgspec.structs.replace(load(LEAST), limits=Limits(min_visibility=number))
    assert load(dump_config(changed)) == changed


def test_absolute_paths_become_relative_to_the_configurations_folder(load, tmp_path):
    text = FULL.replace("coco_mini", f"{tmp_path}/coco_mini").replace(
        "folder: cutouts", f"folder: {tmp_path.parent}/cutouts"
    )
    config = load(text)
    assert config.foregrounds[0].coco == "coco_mini/annotations/instances_train2017.json"
    assert config.foregrounds[0].images == "coco_mini/train2017"
    assert config.foregrounds[1].folder == "../cutouts"
    assert config.backgrounds[0] == load(FULL).backgrounds[0]
    assert str(tmp_path.parent).encode() not in dump_config(config)


def test_every_file_that_a_source_names_becomes_relative(tmp_path):
    named = {"coco": "a.json", "images": "a", "keypoints": "k.json", "exclude": "not.txt"}
    source = {key: str(tmp_path / name) for key, name in named.items()}
    content = YAML(typ="safe", pure=True).load(LEAST) | {"foregrounds": [source]}
    config = load_config(content, folder=tmp_path)
    assert {key: getattr(config.foregrounds[0], key) for key in named} == named


def test_the_order_of_flip_maps_means_nothing(tmp_path):
    content = YAML(typ="safe", pure=True).load(LEAST)
    one, other = ({name: [["a", "b"]] for name in names} for names in ("xy", "yx"))
    dumped = [
        dump_config(load_config(content | {"keypoint_flip_map": pairs}, folder=tmp_path))
        for pairs in (one, other)
    ]
    assert dumped[0] == dumped[1]


def test_a_configuration_beside_the_working_directory_loads(load, tmp_path, monkeypatch):
    wanted = load(FULL)
    monkeypatch.chdir(tmp_path)
    assert load_config("cocosynth.yaml") == wanted


def test_the_schema_for_editors_accepts_what_loads():
    import jsonschema

    schema = config_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for text in (FULL, LEAST):
        validator.validate(YAML(typ="safe", pure=True).load(text))


@pytest.mark.parametrize(
    "key", ["sede: 7", "limits: {min_area: -1}", "blend: fether", "augment: [flip: {q: 1}]"]
)
def test_the_schema_for_editors_refuses_what_does_not_load(key):
    import jsonschema

    content = YAML(typ="safe", pure=True).load(LEAST + key)
    assert list(jsonschema.Draft202012Validator(config_schema()).iter_errors(content))


def test_a_kind_of_technique_may_stand_in_a_key_of_a_key():
    import jsonschema

    kind = Kind("export.image_format", "How a file is written.", AUGMENTATIONS, {})
    schema = config_schema([kind])
    content = YAML(typ="safe", pure=True).load(LEAST)
    jsonschema.validate(content | {"export": {"image_format": {"flip": {"p": 1}}}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | {"export": {"image_format": "gif"}}, schema)
    assert schema["$defs"]["Export"]["properties"]["image_format"]["default"] == "jpg"
    assert chosen(load_config(content), kind) == "jpg"


def test_an_absolute_path_works_from_a_folder_reached_by_a_link(tmp_path):
    (tmp_path / "far/away").mkdir(parents=True)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far/away")
    text = LEAST.replace("folder: cutouts", f"folder: {tmp_path / 'pictures'}")
    assert str(tmp_path) in text
    (tmp_path / "far/away/c.yaml").write_text(text)
    config = load_config(tmp_path / "link/c.yaml")
    assert (tmp_path / "link" / config.foregrounds[0].folder).samefile(tmp_path / "pictures")
    assert str(tmp_path) not in config.foregrounds[0].folder


def under_key(tmp_path, text=FULL, name="params.yaml", key="build"):
    """Write a configuration under a key of a file that holds other things, too."""
    for part in reversed(key.split(".")):
        text = f"{part}:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    (tmp_path / name).write_text(f"train: {{epochs: 3}}\n{text}")
    return f"{tmp_path / name}:{key}"


@pytest.mark.parametrize("key", ["build", "data.build", "a_b.c-d.e0"])
def test_a_configuration_under_a_key_is_the_same_configuration(load, tmp_path, key):
    assert load_config(under_key(tmp_path, key=key)) == load(FULL)


def test_a_colon_in_a_file_name_is_no_key(tmp_path):
    for name in ("a:build", "a:b.yaml"):
        (tmp_path / name).write_text(FULL)
        assert load_config(tmp_path / name).seed == 7
    (tmp_path / "a").write_text("build: {}")
    assert load_config(tmp_path / "a:build").seed == 7
    assert load_config(under_key(tmp_path, name="b:c.yaml")).seed == 7


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("params.yaml:build", ("params.yaml", "build")),
        ("C:cocosynth.yaml", ("C:cocosynth.yaml", None)),
        (r"C:\a\cocosynth.yaml", (r"C:\a\cocosynth.yaml", None)),
        (r"C:\a\params.yaml:build.x", (r"C:\a\params.yaml", "build.x")),
        ("C:/a/params.yaml:build", ("C:/a/params.yaml", "build")),
        ("params.yaml:", ("params.yaml:", None)),
        (":build", (":build", None)),
        ("params.yaml:my key", ("params.yaml:my key", None)),
    ],
)
def test_an_address_is_split_where_a_key_begins(address, parts):
    assert split_address(address) == parts


KEYED = {
    "no such key": (
        "build",
        "bild",
        r"params.yaml: there is no key 'bild'; did you mean 'build'\?",
    ),
    "no such key in a key": ("data.build", "data.bild", "params.yaml:data: there is no key 'bild'"),
    "a key in a number": ("build", "build.seed.x", "params.yaml:build.seed: there is no key 'x'$"),
    "a number": ("build", "build.seed", "params.yaml:build.seed: expected keys and values"),
}


@pytest.mark.parametrize(("key", "asked", "told"), KEYED.values(), ids=KEYED)
def test_a_key_that_leads_nowhere_is_one_line(tmp_path, key, asked, told):
    under_key(tmp_path, key=key)
    with pytest.raises(CocosynthError, match=told):
        load_config(f"{tmp_path / 'params.yaml'}:{asked}")


def test_a_mistake_under_a_key_names_the_file_and_the_keys(tmp_path):
    address = under_key(tmp_path, FULL.replace("seed: 7", "seed: -7"))
    with pytest.raises(CocosynthError, match=rf"^{re.escape(address)}: seed: .*or more, got -7"):
        load_config(address)
    with pytest.raises(CocosynthError, match=r"^none.yaml: does not exist"):
        load_config("none.yaml:build")


def test_absolute_paths_under_a_key_become_relative_to_the_folder_of_the_file(tmp_path):
    text = FULL.replace("folder: cutouts", f"folder: {tmp_path}/cutouts")
    assert load_config(under_key(tmp_path, text)).foregrounds[1].folder == "cutouts"


LIBRARY = re.compile(
    r"`(int|str|float|bool|array|object|null)\b|[<>]= |of length|none of the choices|nvalid|enum"
)
"""Words of the library that reads the types, where YAML has others."""
NONSENSE = [None, True, "x", "", 3.5, -1, 10**9, [], [1], ["x", None], {}, {"a": None}, {"a": "b"}]


def options_of(kind, *path):
    """Yield the path of every option, those of the sections and of the techniques too."""
    for field in msgspec.structs.fields(kind):
        yield (*path, field.name)
    if not path:
        for name, section in SECTIONS.items():
            yield from options_of(section, name)


SOURCES = [
    ("foregrounds", "coco", CocoForeground),
    ("foregrounds", "folder", FolderForeground),
    ("backgrounds", "coco", CocoBackground),
    ("backgrounds", "folder", FolderBackground),
]


def said_of(content):
    try:
        load_config(content)
    except CocosynthError as error:
        return str(error)
    return ""


_LEAST = YAML(typ="safe", pure=True).load(LEAST)


def least():
    return copy.deepcopy(_LEAST)


@pytest.mark.parametrize("path", list(options_of(Config)), ids=".".join)
def test_an_option_of_a_wrong_type_speaks_yaml(path):
    for value in NONSENSE:
        *outer, key = path
        content = least()
        if outer:
            content |= {outer[0]: {"width": 9, "height": 9} if outer == ["canvas"] else {}}
        (content[outer[0]] if outer else content)[key] = value
        assert not LIBRARY.search(said_of(content)), said_of(content)


@pytest.mark.parametrize(("key", "kind", "options"), SOURCES)
def test_an_option_of_a_source_speaks_yaml(key, kind, options):
    needed = {"coco": "a.json", "images": "a", "annotations": "keep", "folder": "a"}
    names = options.__struct_fields__
    source = {name: needed[name] for name in names if name in needed}
    for name in names:
        for value in NONSENSE:
            told = said_of(least() | {key: [source | {name: value}]})
            assert not LIBRARY.search(told), told


@pytest.mark.parametrize(
    ("key", "name"),
    [(kind.key, name) for kind in KINDS for name in kind.table if name != "albumentations"],
)
def test_a_parameter_of_a_technique_speaks_yaml(key, name):
    [kind] = [kind for kind in KINDS if kind.key == key]
    for field in dataclasses.fields(kind.table[name]):
        for value in [] if field.name in kind.given else NONSENSE:
            spec = {name: {field.name: value}}
            told = said_of(least() | {key: [spec] if kind.many else spec})
            assert not LIBRARY.search(told), told


def examined(kind):
    """Return the keys that have examples: a choice of words shows its own."""
    fields = msgspec.inspect.type_info(kind).fields
    choice = msgspec.inspect.LiteralType
    return [f.encode_name for f in fields if f.required or not isinstance(bare(f.type), choice)]


def bare(kind):
    return kind.type if isinstance(kind, msgspec.inspect.Metadata) else kind


EITHER = {"balance", "category_weights", "repeat_factor", "weights"}  # one of them is given


def test_every_example_is_right():
    """As every key with a default is its own example, a build of all of them reads."""
    said = YAML(typ="safe", pure=True).load(
        "".join(f"{key}: {text}\n" for key, text in EXAMPLES.items())
    )
    assert said == YAML(typ="safe", pure=True).load(yaml(said))
    tried = set()
    for name, kind in {"": Config, **SECTIONS}.items():
        values = {key: said[key] for key in examined(kind) if key in said}
        for apart in (*(EITHER & set(values)), None) if EITHER & set(values) else (None,):
            tried_now = {key: values[key] for key in values if key not in EITHER or key == apart}
            if tried_now or not name:
                load_config(least() | ({name: tried_now} if name else tried_now))
            tried |= set(tried_now)
    for key, _, kind in SOURCES:
        values = {name: said[name] for name in examined(kind) if name in said}
        load_config(least() | {key: [values]})
        tried |= set(values)
    assert tried == set(EXAMPLES), "an example of a key that there is not"


def test_a_key_that_needs_a_value_has_an_example():
    for kind in (Config, *SECTIONS.values(), *(kind for *_, kind in SOURCES)):
        for field in msgspec.structs.fields(kind):
            if field.required:
                assert field.encode_name in EXAMPLES


def test_what_is_written_is_never_what_is_proposed():
    assert "choose from" in choices("images", ["images", "folder"])
    assert choices("7", [7]) == "did you mean 7?"


@pytest.mark.parametrize(
    "line",
    [
        "blend: {feather: {radius: 0, rim: 0}}",
        "blend: {gaussian: {sigma: 0, rim: 0}}",
        "augment: [sharpen: {amount_range: [0, 0], sigma: 0}]",
        "augment: [blur: {sigma_range: [0, 0]}, noise: {sigma_range: [0, 0], shot_range: [0, 0]}]",
        "augment: [motion_blur: {length_range: [0, 0]}, rotate: {angle_range: [0, 0]}]",
        "augment: [translate: {x_range: [0, 0]}, shear: {x_range: [0, 0]}, flip: {p: 0}]",
        "limits: {min_area: 0, min_visibility: 0, max_overlap: 0, max_truncation: 0}",
        "placement: {source: {jitter: 0}}",
        "objects_per_image: [0, 4]",
    ],
)
def test_a_sweep_may_begin_at_nothing(load, line):
    load(LEAST.replace("folder: cutouts", "folder: x, background_threshold: 0") + line + "\n")


@pytest.mark.parametrize("address", ["-", "-:build", "pipe"])
def test_a_configuration_comes_through_a_pipe(tmp_path, address):
    text = FULL if address != "-:build" else "build:\n" + indent(FULL, "  ")
    program = (
        "from cocosynth import load_config\n"
        "from cocosynth.config.file import read_config\n"
        f"loaded = read_config({address!r} if {address!r} != 'pipe' else '/dev/stdin')\n"
        "print(loaded.config.seed, loaded.folder)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("7 .\n", "")


def test_a_pipe_without_end_is_refused():
    with pytest.raises(CocosynthError, match=r"/dev/zero: is longer than \d+ bytes"):
        load_config("/dev/zero")
