"""Faults at random places of a sound file: a fix adds no error, and changes no correct number."""

from __future__ import annotations

import copy
import json

import pytest
from fix_judge import damage, new_errors, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cocosynth.check.fix import fix
from cocosynth.check.validate import text_report, validate
from cocosynth.core.resources import resource


def corners(a, image, k):
    x, y, w, h = a["bbox"]
    a["bbox"] = [x, y, x + w, y + h]


def centre(a, image, k):
    x, y, w, h = a["bbox"]
    a["bbox"] = [x + w / 2, y + h / 2, w, h]


def fractions(a, image, k):
    x, y, w, h = a["bbox"]
    a["bbox"] = [x / image["width"], y / image["height"], w / image["width"], h / image["height"]]


def scaled_box(a, image, k):
    a["bbox"] = [value * k for value in a["bbox"]]


def moved_box(a, image, k):
    a["bbox"] = [a["bbox"][0] + 40 * (k - 1), a["bbox"][1] - 25 * (k - 1), *a["bbox"][2:]]


def wide_box(a, image, k):
    a["bbox"] = [*a["bbox"][:2], a["bbox"][2] * k, a["bbox"][3]]


def empty_box(a, image, k):
    a["bbox"] = [*a["bbox"][:2], 0, a["bbox"][3]]


def no_box(a, image, k):
    del a["bbox"]


def scaled_area(a, image, k):
    a["area"] *= k


def no_area(a, image, k):
    a.pop("area", None)


def zero_area(a, image, k):
    a["area"] = 0


def box_area(a, image, k):
    a["area"] = a["bbox"][2] * a["bbox"][3]


def _points(a, change):
    if isinstance(a.get("segmentation"), list):
        a["segmentation"] = [
            [number for x, y in zip(p[::2], p[1::2], strict=True) for number in change(x, y)]
            for p in a["segmentation"]
        ]


def moved_mask(a, image, k):
    _points(a, lambda x, y: (x + 60 * (k - 1), y + 30 * (k - 1)))


def scaled_mask(a, image, k):
    _points(a, lambda x, y: (x * k, y * k))


def mirrored_mask(a, image, k):
    _points(a, lambda x, y: (image["width"] - x, y))


def transposed_mask(a, image, k):
    _points(a, lambda x, y: (y, x))


def fraction_mask(a, image, k):
    _points(a, lambda x, y: (x / image["width"], y / image["height"]))


def no_mask(a, image, k):
    a.pop("segmentation", None)


def null_mask(a, image, k):
    a["segmentation"] = None


def text_id(a, image, k):
    a["id"] = str(a["id"])


def true_crowd(a, image, k):
    a["iscrowd"] = bool(a["iscrowd"])


def swapped_record(a, image, k):
    image["width"], image["height"] = image["height"], image["width"]


def scaled_record(a, image, k):
    image["width"], image["height"] = round(image["width"] * k), round(image["height"] * k)


OF_ONE = [
    corners, centre, fractions, scaled_box, moved_box, wide_box, empty_box, no_box, scaled_area,
    no_area, zero_area, box_area, moved_mask, scaled_mask, mirrored_mask, transposed_mask,
    fraction_mask, no_mask, null_mask, text_id, true_crowd, swapped_record, scaled_record,
]  # fmt: skip
FACTORS = [0.25, 0.5, 0.9, 0.98, 1.02, 1.1, 2, 4]

NOTATION = {no_box, no_area, null_mask, text_id, true_crowd}
"""Faults that keep a record from being looked at; what else it breaks shows only after the fix."""

OF_MASKS = {moved_mask, scaled_mask, mirrored_mask, transposed_mask, fraction_mask}
OF_AREAS = {scaled_area, zero_area, box_area}
OF_SIZES = {swapped_record, scaled_record}
ALIKE = [{scaled_box, scaled_mask}, {moved_box, moved_mask}, {fractions, fraction_mask}]


def _has_a_witness(plan):
    """Say whether something is left to prove what is wrong: two that are wrong may agree.

    So may mask and area, and a box and a mask that are changed in the same way. Where masks are
    gone, nothing tells a box that is too wide from a photograph whose size is wrong.
    """
    faults = {fault for fault, *_ in plan}
    return not (
        (faults & OF_MASKS and faults & OF_AREAS)
        or any(pair <= faults for pair in ALIKE)
        or (faults & {no_mask, null_mask} and faults & OF_SIZES)
    )


PLANS = st.lists(
    st.tuples(
        st.sampled_from(OF_ONE),
        st.sampled_from(FACTORS),
        st.floats(0, 1),  # the share of annotations
        st.integers(0, 2**16),  # which of them
    ),
    min_size=1,
    max_size=3,
).filter(_has_a_witness)


class Sound:
    """A file without a fault; it is not printed where a test fails."""

    def __init__(self, content):
        self.content = content


@pytest.fixture(scope="module", params=["sample", "instances_val2017"])
def sound(request, tmp_path_factory):
    if request.param == "sample":
        file = resource("sample_data/photos/annotations/instances.json")
    else:
        file = request.getfixturevalue("real_coco") / f"annotations/{request.param}.json"
    content = json.loads(file.read_bytes())
    kept = {image["id"] for image in content["images"][:12]}
    content["images"] = content["images"][:12]
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] in kept]
    report = validate(write(content, tmp_path_factory.mktemp("sound") / "a.json"), level="pixels")
    loose = {problem.annotation for problem in report.problems}  # whose box or area is not close
    content["annotations"] = [a for a in content["annotations"] if a["id"] not in loose]
    return Sound(content)


def _planted(sound, plan):
    """Return a copy with faults in some of its annotations: one, some, or all alike."""
    content = copy.deepcopy(sound.content)
    images = {image["id"]: image for image in content["images"]}
    annotations = content["annotations"]
    for fault, factor, share, seed in plan:
        count = max(1, round(share**3 * len(annotations)))
        done = set()
        for step in range(count):
            annotation = annotations[(seed + step * 7919) % len(annotations)]
            image = images[annotation["image_id"]]
            target = id(image if fault in (swapped_record, scaled_record) else annotation)
            if target not in done and "bbox" in annotation and "area" in annotation:
                fault(annotation, image, factor)
                done.add(target)
    return content


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(plan=PLANS)
@example(plan=[(corners, 1, 1, 0), (no_mask, 1, 1, 0)])
@example(plan=[(centre, 1, 1, 0), (no_mask, 1, 1, 0)])
@example(plan=[(scaled_record, 2, 1, 0)])
@example(plan=[(moved_mask, 1.1, 1, 0)])
def test_a_fix_adds_no_error_and_changes_no_correct_number(sound, tmp_path, plan):
    planted = _planted(sound, plan)
    path = write(planted, tmp_path / "planted.json")
    report = validate(path, level="pixels")
    fix(path, tmp_path / "fixed.json")
    fixed = json.loads((tmp_path / "fixed.json").read_text())
    after = validate(tmp_path / "fixed.json", level="pixels")
    if len(plan) == 1 and plan[0][0] not in NOTATION:  # else one error may hide another
        assert not new_errors(report, after), text_report(after)
    assert not list(damage(sound.content, planted, fixed, only_correct=len(plan) > 1))
