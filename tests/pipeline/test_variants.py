"""Every scene in several blend modes: the same labels, other colours, all of them traceable."""

import json

import numpy as np
import pytest
from small_builds import annotations_of, built, scenes_of, tree

from cocosynth import Compositor
from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.pipeline.build import build
from cocosynth.pipeline.replay import replay

VARIANTS = ["paste", {"gaussian": {"sigma": 2}}, "motion"]
NAMES = ["paste", "gaussian", "motion"]
LOOKS = {"harmonize": ["grain"], "shadow": "drop", "splits": {"train": 4, "val": 3}}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    built(folder, variants=VARIANTS, **LOOKS)
    return folder


def by_image(out, split):
    content = annotations_of(out, split)
    found = {image["file_name"]: [] for image in content["images"]}
    names = {image["id"]: image["file_name"] for image in content["images"]}
    for annotation in content["annotations"]:
        kept = {k: v for k, v in annotation.items() if k not in ("id", "image_id")}
        found[names[annotation["image_id"]]].append(kept)
    return found


@pytest.mark.parametrize(("split", "scenes"), [("train", 4), ("val", 3)])
def test_siblings_have_the_same_labels_in_one_split_and_other_colours(project, split, scenes):
    found, files = by_image(project / "out", split), tree(project / "out" / split)
    wanted = [f"{number:012d}_{name}.png" for number in range(1, scenes + 1) for name in NAMES]
    assert list(found) == sorted(files, key=wanted.index) == wanted
    for number in range(scenes):
        siblings = wanted[3 * number : 3 * number + 3]
        assert found[siblings[0]] == found[siblings[1]] == found[siblings[2]] != []
        assert len({files[name] for name in siblings}) == 3


def test_scenes_and_manifest_say_which_is_which(project):
    for number, line in enumerate(scenes_of(project / "out")):
        assert (line["scene"], line["variant"]) == (number // 3 + 1, NAMES[number % 3])
        assert {part["blend"] for part in line["placements"]} == {line["variant"]}
        assert line["file_name"] == f"{line['scene']:012d}_{line['variant']}.png"
    manifest = json.loads((project / "out/manifest.json").read_bytes())
    assert manifest["variants"] == NAMES
    assert manifest["splits"]["train"]["images"] == 12


def test_a_variant_is_the_image_of_a_build_in_this_mode(project, tmp_path):
    plain, _ = built(tmp_path, blend={"gaussian": {"sigma": 2}}, **LOOKS)
    for split, scenes in (("train", 4), ("val", 3)):
        for number in range(1, scenes + 1):
            one = project / "out" / split / f"{number:012d}_gaussian.png"
            assert one.read_bytes() == (plain / split / f"{number:012d}.png").read_bytes()


def test_workers_and_replay_give_the_same_bytes(project):
    out, _ = built(project, out="two", variants=VARIANTS, executor=Processes(2), **LOOKS)
    assert tree(out) == tree(project / "out")
    for scene in scenes_of(out):
        name, content = replay(out, project, split="train", image_id=scene["image_id"])
        assert content == (out / "train" / name).read_bytes()


def test_the_configuration_of_the_dataset_builds_it_again(project):
    config = load_config(project / "out/config.yaml")
    build(config, project / "again", folder=project)
    assert tree(project / "again") == tree(project / "out")


def test_the_compositor_gives_the_same_images(project):
    config = load_config(project / "out/config.yaml")
    compositor = Compositor(config, folder=project)
    assert compositor.splits == {"train": 12, "val": 9}
    first, second = compositor["val", 6], compositor["val", 7]
    assert [s.file_name for s in (first, second)] == [
        "000000000003_paste.png",
        "000000000003_gaussian.png",
    ]
    np.testing.assert_array_equal(first.labels, second.labels)


def test_what_is_skipped_is_counted_once_a_scene(tmp_path):
    tight = {"objects_per_image": [30, 30], "limits": {"max_overlap": 0, "max_truncation": 0}}
    counts = []
    for out, looks in (("one", {"blend": "paste"}), ("many", {"variants": ["paste", "gaussian"]})):
        _, summary = built(tmp_path, out=out, splits={"train": 2}, **tight, **looks)
        counts.append(dict(summary.skipped))
    assert counts[0] == counts[1] != {}


@pytest.mark.parametrize(
    ("looks", "message"),
    [
        ({"variants": ["paste", "paste"]}, r"variants\[1\]: 'paste' is named twice"),
        ({"variants": ["paste", "gauss"]}, r"variants\[1\]: .*gauss"),
        ({"variants": ["paste"], "blend": "poisson"}, "blend and variants: give one of them"),
        ({"variants": [{"feather": {"weight": 2}}]}, r"no parameter 'weight'"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path, looks, message):
    with pytest.raises(CocosynthError, match=message):
        built(tmp_path, **looks)


def test_the_health_check_counts_images_as_there_are(tmp_path):
    """Every variant of a scene is an image: no more of them can repeat a cut-out than there are."""
    _, summary = built(tmp_path, variants=VARIANTS, objects_per_image=[15, 15], splits={"train": 4})
    [twice] = [found for found in summary.health.warnings if found.rule == "cut-out-twice"]
    assert twice.of == 4 * len(VARIANTS) == sum(summary.images.values())
    assert twice.count <= twice.of
