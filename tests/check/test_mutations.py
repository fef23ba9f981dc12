"""A COCO file in which anything has become anything else: one judgement, of every command."""

import copy
import json
import tempfile
from pathlib import Path

import pytest
from bad_input import PHOTOS, SIZE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_builds import write_annotated, write_backgrounds, write_config, write_cutouts

from cocosynth.check.stats import read_columns
from cocosynth.check.validate import text_report, validate
from cocosynth.coco.records import read_dataset
from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.resources import resource
from cocosynth.datasets.merge.merge import merge
from cocosynth.datasets.split.split import parse_parts, partition
from cocosynth.pipeline.build import build
from cocosynth.sources.survey import survey

NUMBERS = st.one_of(
    st.integers(-3, 130),
    st.floats(-50, 150),
    st.sampled_from([2**31, 2**53, -(2**53), 2**63, 2**64, 1e30, -1e300, 0.5]),
)
TEXTS = st.sampled_from(["", "0.png", "../0.png", "1.png", "/", "\0", "a\nb", "1", "[/b]", "bX3"])
SMALL = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SMALL,
    lambda inner: st.one_of(
        st.lists(inner, max_size=9),
        st.lists(NUMBERS, min_size=6, max_size=12).map(lambda numbers: [numbers]),
        st.dictionaries(st.sampled_from(["size", "counts", "id", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_annotated(folder / "photos", [(10, 10, 20, 16), (40, 30, 18, 18)], size=SIZE, count=2)
    write_backgrounds(folder / "views", count=1, size=SIZE)
    write_cutouts(folder / "cutouts", names=("bar",), copies=1)
    write_config(
        folder,
        splits={"train": 2},
        canvas={"width": SIZE[1], "height": SIZE[0]},
        foregrounds=[PHOTOS, {"folder": "cutouts"}],
        backgrounds=[PHOTOS | {"annotations": "keep"}, {"folder": "views"}],
        objects_per_image=[0, 2],
        limits={"min_area": 9},
        share_sources=True,
    )
    return folder, json.loads((folder / "photos/instances.json").read_text())


def places(value, path=()):
    """Yield the path to everything in a JSON value."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))


@st.composite
def mutations(draw):
    """Draw changes to a COCO file: at some places something is replaced, removed or doubled."""
    return draw(
        st.lists(
            st.tuples(
                st.floats(0, 1, exclude_max=True),
                st.sampled_from(["replace", "replace", "remove", "double"]),
                VALUES,
            ),
            min_size=1,
            max_size=3,
        )
    )


def mutated(content, changes):
    content = copy.deepcopy(content)
    for share, what, value in changes:
        found = list(places(content))
        if not found:
            break
        *path, key = found[int(share * len(found))]
        holder = content
        for step in path:
            holder = holder[step]
        if what == "replace":
            holder[key] = value
        elif what == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            del holder[key]
    return content


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(changes=mutations())
def test_a_mutated_dataset_is_built_validly_or_refused_in_one_line(project, changes):
    folder, content = project
    (folder / "photos/instances.json").write_text(json.dumps(mutated(content, changes)))
    config = load_config(folder / "cocosynth.yaml")
    with tempfile.TemporaryDirectory() as out:
        refusal = built_or_refused(config, folder, Path(out) / "dataset")
        assert "\n" not in refusal
        if not refusal:
            valid(Path(out) / "dataset")


def built_or_refused(config, folder, out):
    try:
        survey(config, folder)
        build(config, out, folder=folder)
    except CocosynthError as error:
        return str(error)
    return ""


def valid(dataset):
    annotations = dataset / "annotations/instances_train.json"
    report = validate(annotations, images=dataset / "train", level="pixels", exact=True)
    assert not report.errors, text_report(report)


# --- what `validate` finds no error in, every command reads


def base(kind, real_coco):
    """Return image folder and content of a real file, cut to a few images."""
    if kind == "sample":
        file = resource("sample_data/photos/annotations/instances.json")
        folder = file.parents[1] / "images"
    else:
        folder = real_coco / "val2017"
        file = real_coco / f"annotations/{kind}_val2017.json"
    content = json.loads(file.read_bytes())
    counts = {image["id"]: 0 for image in content["images"]}
    kept = []
    for annotation in content["annotations"]:
        if counts[annotation["image_id"]] < 3:
            counts[annotation["image_id"]] += 1
            kept.append(annotation)
    images = [image for image in content["images"] if counts[image["id"]]][:5]
    ids = {image["id"] for image in images}
    content["annotations"] = [a for a in kept if a["image_id"] in ids]
    return folder, content | {"images": images}


@pytest.fixture(scope="module", params=["sample", "instances", "person_keypoints"])
def real_file(request):
    real = None if request.param == "sample" else request.getfixturevalue("real_coco")
    return base(request.param, real)


PLAIN = st.sampled_from(
    [None, True, False, 0, 1, -1, 1.0, 2.0, 0.0, 0.5, "1", "", "x", [], {}, 2**53, 1e30, -1e300]
)


@st.composite
def respellings(draw):
    """Draw changes that programs make: numbers of NumPy, nulls, texts for numbers, lost keys."""
    return draw(
        st.lists(
            st.tuples(
                st.floats(0, 1, exclude_max=True),
                st.sampled_from(["replace", "remove", "double", "float"]),
                PLAIN,
            ),
            min_size=1,
            max_size=2,
        )
    )


def respelled(content, changes):
    """Change values of records rather than single coordinates, which are most of a file."""
    content = copy.deepcopy(content)
    for share, what, value in changes:
        found = [
            path for path in places(content) if len(path) <= 3 or path[-1] in ("counts", "size")
        ]
        *path, key = found[int(share * len(found))]
        holder = content
        for step in path:
            holder = holder[step]
        if what == "float" and type(holder[key]) is int:
            holder[key] = float(holder[key])
        elif what == "replace":
            holder[key] = value
        elif what == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif what == "remove":
            del holder[key]
    return content


def refusal(read, *arguments, **options):
    """Return why a command refuses a file; empty where it reads it."""
    try:
        read(*arguments, **options)
    except CocosynthError as error:
        return str(error)
    return ""


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(changes=mutations() | respellings())
def test_a_file_without_errors_is_read_by_every_command_and_one_with_errors_is_not(
    real_file, tmp_path_factory, changes
):
    folder, content = real_file
    place = tmp_path_factory.getbasetemp()
    path = place / "mutant.json"
    path.write_text(json.dumps(respelled(content, changes) if changes else content))
    report, with_masks = (validate(path, level=level) for level in ("references", "pixels"))
    parts = parse_parts("a=0.5,b=0.5")
    outputs = {name: place / f"{name}.json" for name in parts}
    reasons = {
        "build": refusal(read_dataset, str(path)),
        "stats": refusal(read_columns, path),
        "merge": refusal(merge, [path], place / "merged.json", images=[folder]),
        "split": refusal(partition, path, outputs, parts, by="image"),
    }
    unrelated = ("holds none of the", "no image is left for")  # said of sound files, too
    reasons = {k: r for k, r in reasons.items() if not any(words in r for words in unrelated)}
    if with_masks.errors:
        assert all(reasons.get(name, "x") for name in ("merge", "split")), text_report(with_masks)
    else:
        assert not any(reasons.values()), reasons
    if not report.errors:
        assert not any(reasons.get(name) for name in ("build", "stats")), reasons
