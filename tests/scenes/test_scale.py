"""Sizes that go by the source, by the background, by the category, or by COCO's classes."""

import math

import numpy as np
import pytest
from small_builds import annotations_of, built, scenes_of, setup_of, write_annotated

from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Box, Layer
from cocosynth.foregrounds.learnt import LEARNT, OCTAVE, learn
from cocosynth.pipeline.build import build
from cocosynth.pipeline.extract import extract
from cocosynth.scenes.augment.scale import Scale
from cocosynth.scenes.augment.subject import Subject
from cocosynth.scenes.known import Known, prepared
from cocosynth.scenes.sampling.options import AREAS

VIEW = (240, 320)
WHOLE = [(100, 80, 64, 48), (200, 100, 16, 12)]  # a fifth and a twentieth of the photograph
CUT = [(0, 0, 100, 100)]


def sources(folder, rectangles=WHOLE, **extra):
    write_annotated(folder / "photos", rectangles, size=VIEW, count=4, **extra)
    return {"coco": "photos/instances.json", "images": "photos/images"}


def areas(out):
    """Return the pixels of each pasted object, before anything hides it, and its scene."""
    found = {one["id"]: one["area"] for one in annotations_of(out)["annotations"]}
    return [
        (found[part["annotation_id"]] / part["visibility"], part, scene)
        for scene in scenes_of(out)
        for part in scene["placements"]
    ]


SMALL = {"splits": {"train": 30}, "limits": {"min_area": 1}, "flush": False}


def test_like_source_covers_as_much_of_the_canvas_as_of_the_photograph(tmp_path):
    out, _ = built(
        tmp_path,
        foregrounds=[sources(tmp_path)],
        augment=[{"scale": {"like": "source", "factor_range": [1, 1]}}],
        **SMALL,
    )
    found = areas(out)
    assert len(found) > 30
    for _, part, _ in found:
        (a, b, _), (d, e, _), _ = part["matrix"]
        assert (a, b, d, e) == (0.5, 0, 0, 0.5)


def test_like_background_is_as_large_as_an_object_of_the_category_there(tmp_path):
    write_annotated(tmp_path / "views", [(20, 10, 30, 20), (90, 60, 45, 40)], count=3)
    views = {"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}
    out, _ = built(
        tmp_path,
        foregrounds=[sources(tmp_path, [(100, 80, 64, 48)])],
        backgrounds=[views],
        augment=[{"scale": {"like": "background", "factor_range": [1, 1]}}],
        **SMALL,
    )
    found = [area for area, *_ in areas(out)]
    assert len(found) > 20
    near = [min((600, 1800), key=lambda target: abs(area - target)) for area in found]
    assert set(near) == {600, 1800}
    assert found == pytest.approx(near, rel=0.06)


def test_like_background_goes_by_source_where_the_background_has_none(tmp_path):
    photos = sources(tmp_path)
    steps = [[{"scale": {"like": like}}] for like in ("background", "source")]
    outs = [
        built(tmp_path, out=str(n), foregrounds=[photos], augment=step, **SMALL)[0]
        for n, step in enumerate(steps)
    ]
    assert scenes_of(outs[0]) == scenes_of(outs[1])


def test_like_category_draws_from_the_sizes_of_the_category(tmp_path):
    out, _ = built(
        tmp_path,
        foregrounds=[sources(tmp_path)],
        augment=[{"scale": {"like": "category", "factor_range": [1, 1]}}],
        **SMALL,
    )
    step, classes = 2 ** (1 / OCTAVE), set()
    for area, part, _ in areas(out):
        relative = math.sqrt(area / (160 * 120))
        near = min((0.2, 0.05), key=lambda size: abs(math.log(relative / size)))
        classes.add((near, part["source_annotation_id"] % 2))
        assert near / step * 0.9 < relative < near * step * 1.1
    assert len(classes) == 4  # an instance of either size gets either size


def test_what_a_border_cuts_goes_by_source(tmp_path):
    photos = sources(tmp_path, [*CUT, WHOLE[1]])
    out, _ = built(
        tmp_path,
        foregrounds=[photos],
        augment=[{"scale": {"like": "category", "factor_range": [1, 1]}}],
        **SMALL,
    )
    scales = {part["matrix"][0][0] for _, part, _ in areas(out) if part["source_annotation_id"] % 2}
    assert scales == {0.5}


@pytest.mark.parametrize("name", AREAS)
def test_objects_are_of_the_class_of_size_that_is_asked_for(tmp_path, name):
    out, _ = built(
        tmp_path,
        splits={"train": 12},
        canvas={"width": 400, "height": 300},
        augment=[{"scale": {"size_classes": {name: 2}}}, "flip"],
        limits={"max_upscale": 100},
        flush=False,
    )
    low, high = AREAS[name]
    found = [area for area, *_ in areas(out)]
    assert len(found) > 12
    for area in found:
        assert low * 0.99 < area < (high or 60_001)


def subject(layers=(), is_cut=False):
    return Subject(
        category_id=7,
        photo=(300, 400),
        area=lambda: 900,
        box=Box(90, 80, 120, 120),
        is_cut=is_cut,
        layers=layers,
    )


def drawn(step, seed=0, **known):
    made = prepared(step, Known({"disk": 7}))
    rng = np.random.default_rng(seed)
    matrix = made.sample(rng, size=(30, 40), canvas=(120, 160), subject=subject(**known))
    return matrix, rng.random()


def test_classes_of_size_are_as_frequent_as_their_weights():
    step = Scale(size_classes={"small": 1, "large": 3})
    areas = [900 * drawn(step, seed)[0][0, 0] ** 2 for seed in range(400)]
    small = [area for area in areas if area < 32**2]
    assert all(area > 96**2 for area in areas if area not in small)
    assert len(small) / len(areas) == pytest.approx(0.25, abs=0.06)


@pytest.mark.parametrize(
    "parameters", [{"like": "source"}, {"like": "background"}, {"size_classes": {"small": 1}}]
)
def test_whether_it_happens_does_not_shift_the_numbers_drawn_later(parameters):
    never, always = (drawn(Scale(p=p, **parameters)) for p in (0, 1))
    assert never[0] is None
    assert always[0] is not None
    assert never[1] == always[1]


def test_what_is_pasted_and_crowds_are_not_what_the_background_has():
    layers = [
        Layer(7, 90_000, Box(0, 0, 9, 9), crowd=True, annotation_id=1),
        Layer(7, 90_000, Box(0, 0, 9, 9), placement=0),
        Layer(8, 90_000, Box(0, 0, 9, 9), annotation_id=2),
    ]
    step = Scale(like="background", factor_range=(1, 1))
    assert drawn(step, layers=layers)[0][0, 0] == 0.4
    mine = Layer(7, 3600, Box(0, 0, 9, 9), annotation_id=3)
    assert drawn(step, layers=[*layers, mine])[0][0, 0] == 2


def test_a_kept_bank_has_the_tables_and_gives_the_same_bytes(tmp_path):
    changes = {
        "foregrounds": [sources(tmp_path)],
        "augment": [{"scale": {"like": "category"}}],
        **SMALL,
    }
    out, _ = built(tmp_path, **changes)
    bank = extract(tmp_path / "cocosynth.yaml", tmp_path / "bank").bank
    build(tmp_path / "cocosynth.yaml", tmp_path / "again", bank=tmp_path / "bank")
    assert scenes_of(out) == scenes_of(tmp_path / "again")
    setup = setup_of(tmp_path, tmp_path / "work", **changes)
    categories = list(setup.categories.values())
    stored = learn(bank, setup.inputs.photos, categories)
    (tmp_path / "bank" / LEARNT).write_bytes(b"damaged")
    counted = learn(bank, setup.inputs.photos, categories)
    (number,) = stored.centres
    for name in ("centres", "standing"):
        one, other = (getattr(tables, name)[number] for tables in (stored, counted))
        np.testing.assert_array_equal(one, other)
        assert one.sum() == 8
    assert stored.centres[number][int((80 + 24) / 240 * 64), int((100 + 32) / 320 * 64)] == 4
    assert stored.standing[number][int(128 / 240 * 64), int(64 + 8 * math.log2(0.2))] == 4


def test_cut_outs_alone_teach_nothing(tmp_path):
    with pytest.raises(CocosynthError, match=r"augment.scale: nothing can be learnt from these"):
        built(tmp_path, augment=[{"scale": {"like": "category"}}])


def test_a_category_without_places_goes_by_the_others_and_a_note_says_so(tmp_path):
    _, summary = built(
        tmp_path,
        foregrounds=[sources(tmp_path), {"folder": "cutouts", "categories": ["ring"]}],
        augment=[{"scale": {"like": "category"}}],
        **SMALL,
    )
    assert [note.text for note in summary.notes] == [
        "category 'ring' has no place to be learnt: it goes by all other categories"
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"like": "source", "canvas_range": (0.1, 1)}, "like or canvas_range, not both"),
        ({"size_classes": {"small": 1}, "like": "source"}, "size_classes must stand alone"),
        ({"size_classes": {"small": 0}}, "must have a weight above 0"),
        ({"size_classes": {"small": -1}}, "the weight of small must be 0 or more, got -1"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Scale(**parameters)
