"""Labels depend on shapes alone: whatever is done to colours, over random scenes."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_builds import built, scenes_of, setup_of, tree, write_backgrounds, write_cutouts

from cocosynth.core.executors import Processes, Serial
from cocosynth.core.skipped import Skipped
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.replay import replay
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.harmonize import HARMONIZERS
from cocosynth.render.shadow import SHADOWS

MODES = [*sorted(BLEND_MODES), {"poisson": {"mode": "mixed"}}, {"poisson": {"mode": "monochrome"}}]
EACH = {"choose": dict.fromkeys(sorted(BLEND_MODES), 1)}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    return folder


def lists(table):
    return st.lists(st.sampled_from(sorted(table)), max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    blend=st.sampled_from([*MODES, EACH]),
    harmonize=lists(HARMONIZERS),
    shadow=lists(SHADOWS),
)
def test_no_blend_harmonisation_or_shadow_changes_a_label(project, seed, blend, harmonize, shadow):
    common = {"seed": seed, "splits": {"train": 3}, "objects_per_image": [2, 5]}
    looks = {"blend": blend, "harmonize": harmonize, "shadow": shadow}
    for folder in ("plain", "changed"):
        for path in (project / folder).glob("*"):
            path.unlink()
    plain = Composer(setup_of(project, project / "plain", **common, blend="paste"))
    changed = Composer(setup_of(project, project / "changed", **common, **looks))
    for index in range(3):
        first, second = (compose("train", index, Skipped()) for compose in (plain, changed))
        np.testing.assert_array_equal(first.labels, second.labels)
        assert [a.visibility for a in first.annotations] == [
            a.visibility for a in second.annotations
        ]


@pytest.mark.parametrize("blend", [*MODES, EACH], ids=lambda blend: json.dumps(blend)[:40])
def test_every_mode_is_the_same_in_workers_and_replayed(tmp_path, blend):
    few = {"splits": {"train": 3}, "blend": blend}
    one, _ = built(tmp_path, out="one", executor=Serial(), **few)
    two, _ = built(tmp_path, out="two", executor=Processes(2), **few)
    assert tree(one) == tree(two)
    for scene in scenes_of(one):
        name, content = replay(one, tmp_path, split="train", image_id=scene["image_id"])
        assert content == (one / "train" / name).read_bytes()


def test_what_motion_draws_stands_in_the_scene(tmp_path):
    out, _ = built(tmp_path, blend="motion")
    placements = [part for scene in scenes_of(out) for part in scene["placements"]]
    assert all(set(part["blend_values"]) == {"length", "angle"} for part in placements)
    assert len({part["blend_values"]["angle"] for part in placements}) == len(placements)


def test_an_object_that_poisson_cannot_blend_is_pasted_and_counted(tmp_path):
    write_cutouts(tmp_path / "cutouts", names=["disk"], copies=1)
    options = {
        "canvas": {"width": 16, "height": 12},
        "augment": [],
        "objects_per_image": [1, 1],
        "limits": {"max_truncation": 1, "min_visibility": 0.01, "min_area": 1},
        "splits": {"train": 12},
    }
    out, summary = built(tmp_path, out="poisson", blend="poisson", **options)
    reason = (
        "object that its blend mode left as it is: "
        "no pixel of the background beside an object for poisson"
    )
    count = summary.skipped["images", reason]
    assert count > 0
    plain, _ = built(tmp_path, out="plain", blend="paste", **options)
    same = [tree(plain / "train")[name] == content for name, content in tree(out / "train").items()]
    assert sum(same) == count < 12
    assert {"source": "images", "reason": reason, "count": count} in json.loads(
        (out / "manifest.json").read_bytes()
    )["skipped"]
