import json

import msgspec
import pytest
from small_builds import annotations_of, built, scenes_of, setup_of, tree

from cocosynth.core.executors import Processes
from cocosynth.core.randomness import rng_for
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import Scene
from cocosynth.pipeline.build import build
from cocosynth.pipeline.compose import Composer


def test_the_same_build_gives_the_same_bytes(tmp_path):
    first, _ = built(tmp_path, out="a")
    second, _ = built(tmp_path, out="elsewhere/b")
    assert tree(first) == tree(second)


@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_workers_changes_no_byte(tmp_path, workers):
    alone, _ = built(tmp_path, out="a", splits={"train": 40, "val": 20})
    together, _ = built(
        tmp_path, out="b", splits={"train": 40, "val": 20}, executor=Processes(workers)
    )
    assert tree(alone) == tree(together)


def test_one_image_alone_is_the_image_of_the_batch(tmp_path):
    built(tmp_path)
    setup = setup_of(tmp_path, tmp_path / "work")
    compose = Composer(setup)
    in_order = [compose("train", index, Skipped()) for index in range(6)]
    sample = Composer(setup)("train", 4, Skipped())
    assert sample.scene == in_order[4].scene
    assert (sample.composite.image == in_order[4].composite.image).all()
    assert (sample.composite.labels == in_order[4].composite.labels).all()


def test_more_images_leave_the_first_ones_as_they_were(tmp_path):
    few, _ = built(tmp_path, out="few", splits={"train": 5}, share_sources=True)
    more, _ = built(tmp_path, out="more", splits={"train": 9}, share_sources=True)
    assert scenes_of(few) == scenes_of(more)[:5]


def test_seed_zero_is_a_seed_and_two_seeds_share_no_scene(tmp_path):
    outs = {}
    for seed in (0, 1):
        outs[seed], _ = built(tmp_path, out=str(seed), seed=seed)
    zero = {json.dumps(scene["placements"]) for scene in scenes_of(outs[0])}
    one = {json.dumps(scene["placements"]) for scene in scenes_of(outs[1])}
    assert not zero & one
    assert json.loads((outs[0] / "manifest.json").read_bytes())["seed"] == 0


def test_splits_of_one_build_share_no_scene(tmp_path):
    out, _ = built(tmp_path, splits={"train": 6, "val": 6}, share_sources=True)
    train = {json.dumps(scene["placements"]) for scene in scenes_of(out)}
    val = {json.dumps(scene["placements"]) for scene in scenes_of(out, "val")}
    assert not train & val


def chosen(out):
    return [
        (
            scene["background"]["file_name"],
            scene["background"]["crop"],
            [placement["file_name"] for placement in scene["placements"]],
        )
        for scene in scenes_of(out)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"augment": [{"rotate": {"angle_range": [-30, 30]}}]},
        {"blend": "paste"},
        {"export": {"segmentation": "polygon"}},
    ],
    ids=["augment", "blend", "export"],
)
def test_another_decision_leaves_the_chosen_instances_and_backgrounds_alone(tmp_path, changes):
    roomy = {
        "flush": False,
        "limits": {"max_overlap": 1, "min_visibility": 0},
    }
    one, _ = built(tmp_path, out="one", **roomy)
    other, _ = built(tmp_path, out="other", **(roomy | changes))
    assert chosen(one) == chosen(other)


def test_a_new_augmentation_leaves_the_numbers_of_the_others_alone(tmp_path):
    """A rotation by nothing put first: the flips and scales drawn after it stay what they were."""
    steps = [{"flip": {}}, {"scale": {"factor_range": [0.5, 1.2]}}]
    one, _ = built(tmp_path, out="one", augment=steps)
    still = [{"rotate": {"angle_range": [0, 0]}}, *steps]
    other, _ = built(tmp_path, out="other", augment=still)
    assert annotations_of(one) == annotations_of(other)


def test_the_resolved_configuration_builds_the_same_dataset(tmp_path):
    out, _ = built(tmp_path)
    again = tmp_path / "again.yaml"
    again.write_bytes((out / "config.yaml").read_bytes())
    build(again, tmp_path / "again")
    assert tree(out) == tree(tmp_path / "again")


def test_a_scene_survives_being_saved(tmp_path):
    built(tmp_path)
    compose = Composer(setup_of(tmp_path, tmp_path / "work"))
    scene = compose("train", 1, Skipped()).scene
    assert msgspec.json.decode(msgspec.json.encode(scene), type=Scene) == scene


ORDERED = {
    "augment": [
        {"flip": {"p": 0.5, "direction": "vertical"}},
        {"scale": {"factor_range": [0.5, 1.2], "p": 0.9}},
    ],
    "blend": {"feather": {"radius": 2, "rim": 1}},
    "category_weights": {"disk": 2, "bar": 1},
    "limits": {"min_area": 10, "max_overlap": 0.5},
}


def turned(value):
    """Return the same keys and values with every mapping in the other order."""
    if isinstance(value, dict):
        return {key: turned(part) for key, part in reversed(value.items())}
    return [turned(part) for part in value] if isinstance(value, list) else value


def test_the_order_of_keys_changes_no_byte(tmp_path):
    first, _ = built(tmp_path, out="a", **ORDERED)
    second, _ = built(tmp_path, out="b", **turned(ORDERED))
    assert tree(first) == tree(second)


def test_the_order_of_splits_changes_three_files_as_the_docs_say(tmp_path):
    first, _ = built(tmp_path, out="a", splits={"train": 4, "val": 2})
    second, _ = built(tmp_path, out="b", splits={"val": 2, "train": 4})
    before, after = tree(first), tree(second)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"config.yaml", "manifest.json", "preview.png"}


def test_a_flip_changes_an_instance_only_where_the_first_choice_did_not_fit(tmp_path):
    """Every object has its own list of choices, drawn before anything is placed."""
    crowded = {"objects_per_image": [12, 12], "splits": {"train": 4}, "flush": False}
    setups = {}
    built(tmp_path, out="out", **crowded)
    for name, augment in (("plain", []), ("flip", [{"flip": {"p": 1}}])):
        setups[name] = setup_of(tmp_path, tmp_path / name, **crowded, augment=augment)
    for index in range(4):
        wanted, placed = {}, {}
        for name, setup in setups.items():
            rng = rng_for(3, "train", index, "instances")
            wanted[name] = setup.inputs.pools["train"].sampler.sample(rng, index)
            scene = Composer(setup).plan("train", index, Skipped()).scene
            placed[name] = [placement.instance for placement in scene.placements]
        assert wanted["plain"] == wanted["flip"]
        for instances in placed.values():
            left = iter(wanted["plain"])
            assert all(any(one in choices.instances for choices in left) for one in instances)
