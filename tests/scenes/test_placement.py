import json
from itertools import combinations, islice

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, built, scenes_of, tree, write_annotated

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.core.values import Background, Box, Layer, License, Photo
from cocosynth.core.versions import difference
from cocosynth.foregrounds.learnt import Learnt
from cocosynth.labels.label_image import Limits
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dataset import Compositor
from cocosynth.pipeline.extract import extract
from cocosynth.pipeline.fingerprint import fingerprint
from cocosynth.pipeline.replay import replay
from cocosynth.scenes.known import Known, prepared
from cocosynth.scenes.placement import PLACEMENTS
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.density import Density
from cocosynth.scenes.placement.no_overlap import overlaps
from cocosynth.scenes.placement.site import Site
from cocosynth.scenes.placement.source import Source
from cocosynth.scenes.placement.uniform import Uniform
from cocosynth.sources.survey import survey

CANVAS = (48, 64)
seeds = st.integers(0, 2**32 - 1)


def candidate(seed, largest=60):
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(1, largest, 2)) < rng.uniform(0.05, 1)
    mask[rng.integers(mask.shape[0]), rng.integers(mask.shape[1])] = True
    mask.flags.writeable = False
    return Candidate(mask, int(mask.sum()))


def inside(mask, row, col):
    top, left = max(0, -row), max(0, -col)
    return int(mask[top : max(0, CANVAS[0] - row), left : max(0, CANVAS[1] - col)].sum())


LEARNT = Learnt({0: np.eye(64, dtype=int)}, {0: np.eye(64, dtype=int)})


def made(name, **parameters):
    known = Known({"disk": 0}, pasted=(0,), learnt=lambda: LEARNT)
    return prepared(PLACEMENTS[name](**parameters), known)


def site(max_truncation=0.25, tries=20, layers=(), labels=None):
    limits = Limits(max_truncation=max_truncation, max_overlap=1, min_visibility=0, min_area=1)
    photo = Photo("views", "x.png", "x.png", CANVAS, True, None, License("", ""), "")
    labels = np.zeros(CANVAS, np.uint16) if labels is None else labels
    labels.flags.writeable = False
    background = Background(0, Box(0, 0, *CANVAS))
    return Site(CANVAS, background, photo, labels, layers, 1, limits, tries)


def places(strategy, subject, seed=0, **known):
    where = site(**known)
    rng = np.random.default_rng(seed)
    return list(islice(strategy.propose(rng, subject, where), where.tries))


@pytest.mark.parametrize("name", sorted(PLACEMENTS))
@given(seed=seeds)
def test_a_placement_ends_and_the_same_numbers_give_the_same_places(name, seed):
    strategy, subject = made(name), candidate(seed)
    found = places(strategy, subject, seed)
    assert found == places(strategy, subject, seed)
    assert all(type(number) is int for place in found for number in place)


@given(seeds, st.sampled_from([0.0, 0.2, 0.5]))
def test_limits_are_as_wide_as_they_can_be(seed, allowed):
    subject = candidate(seed, largest=40)
    limits = subject.limits(CANVAS, allowed)
    assert limits is not None
    top, bottom, left, right = limits
    middle = left if left >= 0 else 0

    def lost(row):
        return subject.area - inside(subject.mask, row, middle)

    assert lost(top) <= allowed * subject.area < lost(top - 1)
    assert lost(bottom) <= allowed * subject.area < lost(bottom + 1)
    assert left <= right


def test_no_place_is_proposed_for_what_is_larger_than_the_canvas():
    assert places(Uniform(), Candidate(np.ones((100, 100), bool), 10000)) == []


def test_uniform_reaches_every_corner():
    subject = Candidate(np.ones((8, 8), bool), 64)
    found = {
        place for seed in range(60) for place in places(Uniform(), subject, seed, max_truncation=0)
    }
    rows, cols = {row for row, _ in found}, {col for _, col in found}
    assert min(rows) == 0
    assert max(rows) == CANVAS[0] - 8
    assert min(cols) == 0
    assert max(cols) == CANVAS[1] - 8


@pytest.mark.parametrize(
    ("side", "reach", "expected"),
    [
        ("top", 3.0, (-3, None)),
        ("left", 2.5, (None, -3)),
        ("bottom", 9.0, (39, None)),
        ("right", 8.5, (None, 56)),
    ],
)
def test_an_instance_cut_by_a_border_is_set_flush_to_it(side, reach, expected):
    subject = Candidate(np.ones((10, 10), bool), 100, cuts=((side, reach),))
    for place in places(Uniform(), subject):
        row, col = subject.flush(CANVAS, *place)
        assert expected[0] in (None, row)
        assert expected[1] in (None, col)


def test_source_keeps_the_place_the_instance_had():
    subject = Candidate(np.ones((10, 20), bool), 200, home=(0.5, 0.25))
    assert places(Source(jitter=0), subject, tries=1) == [(19, 6)]


def boxes(found):
    """Return the boxes of annotations, by image."""
    by_image = {}
    for annotation in found["annotations"]:
        x, y, width, height = map(round, annotation["bbox"])
        box = Box(y, x, y + height, x + width)
        by_image.setdefault(annotation["image_id"], []).append(box)
    return list(by_image.values())


CROWDED = {"splits": {"train": 30}, "objects_per_image": [6, 6], "limits": {"max_truncation": 0.5}}


@pytest.mark.parametrize(
    ("placement", "iou_limit", "ioa_limit"),
    [
        ("no_overlap", 0, 0),
        ({"no_overlap": {"max_ioa": 0}}, 0, 0),
        ("uniform", 1, 1),
    ],
)
def test_no_pair_of_boxes_overlaps_where_none_may(tmp_path, placement, iou_limit, ioa_limit):
    """Whatever the background holds, however objects are shifted and set flush."""
    write_annotated(tmp_path / "views", [(20, 10, 40, 30), (100, 70, 30, 30)], count=3)
    out, _ = built(
        tmp_path,
        backgrounds=[
            {"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}
        ],
        placement=placement,
        augment=[{"scale": {"factor_range": [0.4, 1]}}, {"rotate": {}}, {"translate": {}}],
        **CROWDED,
    )
    found = boxes(annotations_of(out))
    pairs = [pair for image in found for pair in combinations(image, 2)]
    assert len(pairs) > 100
    iou, ioa = (max(ratio(*pair) for pair in pairs) for ratio in (iou_of, ioa_of))
    if placement == "uniform":
        assert iou > 0.1  # else the others would prove nothing
    assert iou <= iou_limit
    assert ioa <= ioa_limit


def iou_of(one, other):
    return overlaps([one], [other])[0].item()


def ioa_of(one, other):
    return overlaps([one], [other])[1].item()


@given(seeds, st.floats(0, 1), st.sampled_from(["max_iou", "max_ioa"]))
def test_no_proposal_overlaps_more_than_allowed(seed, limit, name):
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 30, (4, 2))
    others = [
        Box(y, x, y + int(h), x + int(w))
        for (y, x), (h, w) in zip(corners.tolist(), rng.integers(1, 18, (4, 2)), strict=True)
    ]
    crowd = Layer(1, 9, Box(0, 0, *CANVAS), crowd=True, annotation_id=9)
    layers = [crowd, *(Layer(1, 9, box, placement=n) for n, box in enumerate(others))]
    subject, strategy = candidate(seed, largest=30), made("no_overlap", **{name: limit})
    ratio = iou_of if name == "max_iou" else ioa_of
    known = {"layers": layers, "tries": 10}
    for place in places(strategy, subject, seed, **known):
        shown = subject.box.moved(*place).clipped(CANVAS)
        assert max(ratio(shown, other) for other in others) <= limit
        assert strategy.allows(subject, site(**known), place)
    for place in places(Uniform(), subject, seed, **known):
        shown = subject.box.moved(*place).clipped(CANVAS)
        fits = max(ratio(shown, other) for other in others) <= limit
        assert strategy.allows(subject, site(**known), place) == fits


def test_no_two_objects_share_a_cell_of_the_grid(tmp_path):
    out, summary = built(
        tmp_path,
        splits={"train": 20},
        placement={"grid": {"rows": 2, "cols": 3, "jitter": 0.2}},
        objects_per_image=[7, 7],
        augment=[{"scale": {"factor_range": [0.5, 0.8]}}],
        limits={"min_area": 1, "max_upscale": 100},
    )
    used = []
    for image in boxes(annotations_of(out)):
        cells = [(box.centre[0] * 2 // 120, box.centre[1] * 3 // 160) for box in image]
        assert len(set(cells)) == len(cells) == 6
        used += cells
    assert set(used) == {(row, col) for row in range(2) for col in range(3)}
    assert sum(row.count for row in summary.skipped.rows() if "fitted nowhere" in row.reason) == 20


def test_a_grid_without_jitter_has_objects_in_the_middle_of_its_cells():
    subject = Candidate(np.pad(np.ones((4, 6), bool), 3), 24)
    found = places(made("grid", rows=2, cols=2, jitter=0), subject)
    assert sorted(found) == [(7, 10), (7, 42), (31, 10), (31, 42)]


@given(seeds, st.floats(0, 2))
def test_near_stays_as_near_as_the_objects_own_size_says(seed, jitter):
    subject = Candidate(np.pad(np.ones((10, 20), bool), 3), 200, home=(0.5, 0.25), photo=4)
    for row, col in places(made("near", jitter=jitter), subject, seed):
        box = subject.box.moved(row, col)
        assert abs((box.top + box.bottom) / 2 - 24) <= jitter * 10 + 0.5
        assert abs((box.left + box.right) / 2 - 16) <= jitter * 20 + 0.5


def test_near_finds_the_very_place_on_its_own_photograph(tmp_path):
    """A crop of the photograph has the object where the photograph has it."""
    write_annotated(tmp_path / "views", [(60, 40, 40, 30)], count=2)
    coco = {"coco": "views/instances.json", "images": "views/images"}
    out, _ = built(
        tmp_path,
        splits={"train": 20},
        share_sources=True,
        canvas={"width": 120, "height": 100, "fit": "crop"},
        foregrounds=[coco],
        backgrounds=[coco | {"annotations": "keep"}],
        limits={"max_overlap": 1},
        placement={"near": {"jitter": 0}},
        objects_per_image=[1, 1],
        augment=[],
    )
    same = 0
    for scene in scenes_of(out):
        crop = scene["background"]["crop"]
        for part in scene["placements"]:
            if part["file_name"] == scene["background"]["file_name"]:
                assert part["matrix"] == [[1, 0, -crop[1]], [0, 1, -crop[0]], [0, 0, 1]]
                same += 1
    assert same > 3


TRIANGLE = [(0.1, 0.9), (0.9, 0.9), (0.5, 0.3)]


def test_feet_stand_in_the_polygons_of_the_photograph_whatever_the_crop(tmp_path):
    out, _ = built(
        tmp_path,
        splits={"train": 40},
        canvas={"width": 90, "height": 90, "fit": "crop"},
        placement={"region": {"polygons": [TRIANGLE]}},
        flush=False,
        augment=[{"scale": {"factor_range": [0.4, 0.6]}}, {"translate": {}}],
        limits={"max_overlap": 0, "min_area": 1, "max_truncation": 0.9},
    )
    import shapely

    region = shapely.Polygon([(160 * x, 120 * y) for x, y in TRIANGLE]).buffer(1)
    feet = 0
    for scene, image in zip(scenes_of(out), boxes_by_image(out), strict=True):
        top, left, *_ = scene["background"]["crop"]
        for mask in image:
            row = np.flatnonzero(mask.any(axis=1))[-1]
            if row == 89:  # the canvas may have cut the foot off
                continue
            cols = np.flatnonzero(mask[row])
            foot = shapely.Point(left + cols[len(cols) // 2] + 0.5, top + row + 0.5)
            assert region.contains(foot)
            feet += 1
    assert feet > 40


def boxes_by_image(out):
    """Return the masks of each image."""
    from cocosynth.coco.masks import decode

    found = annotations_of(out)
    masks = {image["id"]: [] for image in found["images"]}
    sizes = {image["id"]: (image["height"], image["width"]) for image in found["images"]}
    for one in found["annotations"]:
        masks[one["image_id"]].append(decode(one["segmentation"], sizes[one["image_id"]]))
    return list(masks.values())


@pytest.mark.parametrize("within", ["foot", "centre", "whole"])
def test_a_region_of_categories_is_what_the_annotations_cover(within):
    labels = np.zeros(CANVAS, np.uint16)
    labels[10:40, 20:50] = 1
    labels[0:20, 40:50] = 2
    labels[25:30, 20:50] = 3
    layers = [
        Layer(7, 900, Box(10, 20, 40, 50), annotation_id=1),
        Layer(8, 200, Box(0, 40, 20, 50), annotation_id=2),
        Layer(7, 150, Box(25, 20, 30, 50), placement=0),
    ]
    placement = PLACEMENTS["region"](categories=("road",), within=within)
    strategy = prepared(placement, Known({"road": 7, "tree": 8}, frozenset({"road", "tree"})))
    subject = Candidate(np.pad(np.ones((5, 9), bool), 2), 45)
    found = [
        place
        for seed in range(40)
        for place in places(strategy, subject, seed, layers=layers, labels=labels.copy())
    ]
    assert len(set(found)) > 30
    for row, col in found:
        box = subject.box.moved(row, col)
        if within == "whole":
            assert (labels[box.slices] == 1).all()
        else:
            y, x = subject.foot if within == "foot" else subject.centre
            assert labels[row + y, col + x] == 1
        assert strategy.allows(subject, site(layers=layers, labels=labels.copy()), (row, col))


def test_a_category_that_no_background_brings_along_is_refused(tmp_path):
    with pytest.raises(CocosynthError, match="no background brings annotations of 'disk' along"):
        built(tmp_path, placement={"region": {"categories": ["disk"]}})


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("no_overlap", {"max_iou": 1.5}, r"max_iou must lie in \[0, 1\], got 1.5"),
        ("grid", {"rows": 0}, r"rows must lie in \[1, 100\], got 0"),
        ("grid", {"jitter": 0.6}, r"jitter must lie in \[0, 0.5\]"),
        ("heatmap", {"smoothing": 0.6}, r"smoothing must lie in \[0, 0.5\]"),
        ("ground", {"smoothing": -0.1}, r"smoothing must lie in \[0, 0.5\]"),
        ("near", {"jitter": -1}, r"jitter must lie in \[0, 10\]"),
        ("region", {"polygons": [[(0, 0), (1, 1)]]}, r"polygons\[0\] must have 3 corners"),
        ("region", {"polygons": [[(0, 0), (2, 0), (1, 1)]]}, r"corners must lie in \[0, 1\]"),
        ("region", {"polygons": [[(0, 0), (0.5, 0.5), (1, 1)]]}, "has no area"),
        ("region", {"polygons": [[(0, 0), (1, 1), (1, 0), (0, 1)]]}, "crosses itself or"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, parameters, message):
    with pytest.raises(ValueError, match=message):
        made(name, **parameters)


def prepared_heatmap(values, photo=CANVAS):
    grey = np.array(values, np.uint8)
    known = Known({"disk": 0}, pasted=(0,), grey=lambda path: grey)
    return prepared(PLACEMENTS["heatmap"](image="grey.png"), known)


def test_a_bright_picture_is_where_centres_are():
    """Twice as bright is twice as often; black is never."""
    strategy = prepared_heatmap([[0, 60], [120, 0], [0, 0]])
    subject = Candidate(np.pad(np.ones((3, 5), bool), 2), 15)
    found = [place for seed in range(100) for place in places(strategy, subject, seed)]
    cells = [((row + 3) // 16, (col + 4) // 32) for row, col in found]
    assert set(cells) == {(0, 1), (1, 0)}
    assert cells.count((1, 0)) / len(cells) == pytest.approx(2 / 3, abs=0.05)


@given(seeds, st.integers(1, 9), st.integers(1, 9))
def test_a_heatmap_lies_over_the_photograph_and_moves_with_the_crop(seed, rows, cols):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 3, (rows, cols)).astype(float)
    top, left = rng.uniform(0, 0.6, 2)
    seen = (top, top + 0.3), (left, left + 0.3)
    drawn = Density(values).draw(rng.random((50, 3)), seen)
    inside = values[
        int(seen[0][0] * rows) : int(np.ceil(seen[0][1] * rows)),
        int(seen[1][0] * cols) : int(np.ceil(seen[1][1] * cols)),
    ]
    assert len(drawn) == (50 if inside.any() else 0)
    for down, across in drawn:
        assert seen[0][0] <= down <= seen[0][1]
        assert seen[1][0] <= across <= seen[1][1]
        assert values[min(int(down * rows), rows - 1), min(int(across * cols), cols - 1)] > 0


PLACES = [(20, 20, 20, 12), (120, 40, 30, 20), (70, 90, 60, 25)]  # x, y, width, height


def standing_sources(folder, rectangles=PLACES, size=(120, 160)):
    """Write photographs of disks that stand at three heights, larger the lower they are."""
    write_annotated(folder / "photos", rectangles, size=size, count=4)
    return [{"coco": "photos/instances.json", "images": "photos/images"}]


def centred(out):
    """Return the centre, lower edge and size of each box that nothing hides, in canvas pixels."""
    whole = {
        part["annotation_id"]
        for scene in scenes_of(out)
        for part in scene["placements"]
        if part["visibility"] == 1
    }
    found = [one for one in annotations_of(out)["annotations"] if one["id"] in whole]
    for x, y, width, height in (one["bbox"] for one in found):
        yield x + width / 2, y + height / 2, y + height, (width * height) ** 0.5


def test_a_learnt_heatmap_puts_a_category_where_it_was(tmp_path):
    out, _ = built(
        tmp_path,
        splits={"train": 40},
        foregrounds=standing_sources(tmp_path),
        placement={"heatmap": {"smoothing": 0}},
        augment=[{"scale": {"factor_range": [0.4, 0.8]}}],
    )
    there = [(x + width / 2, y + height / 2) for x, y, width, height in PLACES]
    found = [(x, y) for x, y, *_ in centred(out)]
    assert len(found) > 40
    used = set()
    for x, y in found:
        near = min(there, key=lambda home: abs(home[0] - x) + abs(home[1] - y))
        assert abs(near[0] - x) <= 160 / 64 + 1
        assert abs(near[1] - y) <= 120 / 64 + 1
        used.add(near)
    assert used == set(there)


@pytest.mark.parametrize("scale", [{"factor_range": [0.3, 2]}, {"like": "category"}])
def test_feet_stand_where_feet_stood_and_sizes_go_by_that(tmp_path, scale):
    out, _ = built(
        tmp_path,
        splits={"train": 40},
        canvas={"width": 320, "height": 240},
        foregrounds=standing_sources(tmp_path),
        placement={"ground": {"smoothing": 0}},
        augment=[{"scale": scale}, "flip"],
        order="lower_in_front",
        limits={"max_upscale": 100},
    )
    bands = [(2 * (y + height), 2 * (width * height) ** 0.5) for _, y, width, height in PLACES]
    used, found = set(), list(centred(out))
    assert len(found) > 40
    for _, _, foot, size in found:
        near = min(bands, key=lambda band: abs(band[0] - foot))
        assert abs(near[0] - foot) <= 240 / 64 + 1.5
        assert near[1] / 1.16 < size < near[1] * 1.16  # half a class of size, and a pixel
        used.add(near)
    assert used == set(bands)
    across = [x for x, *_ in found]
    assert min(across) < 60  # anywhere from side to side
    assert max(across) > 260


def test_on_a_crop_the_ground_is_where_the_photograph_has_it(tmp_path):
    out, _ = built(
        tmp_path,
        splits={"train": 40},
        canvas={"width": 80, "height": 80, "fit": "crop"},
        foregrounds=standing_sources(tmp_path),
        placement={"ground": {"smoothing": 0}},
        augment=[],
        limits={"min_area": 1, "max_upscale": 100},
    )
    bands = [(y + height, (width * height) ** 0.5) for _, y, width, height in PLACES]
    crops = {scene["image_id"]: scene["background"]["crop"] for scene in scenes_of(out)}
    whole = {
        part["annotation_id"]
        for scene in scenes_of(out)
        for part in scene["placements"]
        if part["visibility"] == 1
    }
    found = [one for one in annotations_of(out)["annotations"] if one["id"] in whole]
    assert len(found) > 20
    for one in found:
        _, y, width, height = one["bbox"]
        foot = crops[one["image_id"]][0] + y + height
        near = min(bands, key=lambda band: abs(band[0] - foot))
        assert abs(near[0] - foot) <= 120 / 64 + 1.5
        assert near[1] / 1.16 < (width * height) ** 0.5 < near[1] * 1.16


def test_what_a_border_cuts_keeps_its_size_and_its_foot(tmp_path):
    out, _ = built(
        tmp_path,
        splits={"train": 30},
        canvas={"width": 320, "height": 240},
        foregrounds=standing_sources(tmp_path, [(30, 80, 40, 40), PLACES[0]]),
        placement="ground",
        augment=[{"scale": {"factor_range": [0.3, 0.5]}}],
    )
    found = [
        part["matrix"]
        for scene in scenes_of(out)
        for part in scene["placements"]
        if part["source_annotation_id"] % 2
    ]
    assert len(found) > 10
    for matrix in found:
        assert matrix[0][0] == matrix[1][1] == pytest.approx(2, abs=1e-5)
        assert matrix[1][2] == pytest.approx(0, abs=2)


@pytest.mark.parametrize("placement", ["heatmap", "ground", {"heatmap": {"image": "grey.png"}}])
def test_scenes_of_learnt_places_are_the_same_from_a_bank_and_by_several_workers(
    tmp_path, placement
):
    write_grey(tmp_path / "grey.png")
    changes = {"foregrounds": standing_sources(tmp_path), "placement": placement}
    changes["splits"] = {"train": 4}
    alone, _ = built(tmp_path, out="alone", **changes)
    several, _ = built(tmp_path, out="several", executor=Processes(2), **changes)
    assert tree(alone) == tree(several)
    extract(tmp_path / "cocosynth.yaml", tmp_path / "bank")
    build(tmp_path / "cocosynth.yaml", tmp_path / "again", bank=tmp_path / "bank")
    assert tree(alone) == tree(tmp_path / "again")
    for image_id in (1, 3, 4):
        name, content = replay(alone, tmp_path, split="train", image_id=image_id)
        assert content == (alone / "train" / name).read_bytes()


def write_grey(path, value=200):
    grey = np.zeros((12, 16, 3), np.uint8)
    grey[6:, 4:12] = value
    cv2.imwrite(str(path), grey)


def test_the_picture_of_a_heatmap_is_named_by_its_content(tmp_path):
    write_grey(tmp_path / "grey.png")
    placement = {"heatmap": {"image": str(tmp_path / "grey.png")}}  # absolute: made relative
    out, _ = built(tmp_path, placement=placement, augment=[{"scale": {"factor_range": [0.5, 0.7]}}])
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert list(manifest["technique_files"]) == ["grey.png"]
    for x, y, *_ in centred(out):
        assert y >= 59
        assert 39 <= x <= 121
    config = load_config(tmp_path / "cocosynth.yaml")
    catalogue = survey(config, tmp_path)
    catalogue.technique_files = manifest["technique_files"]
    before = fingerprint(config, catalogue)
    catalogue.technique_files = {"grey.png": "0"}
    assert difference(before, fingerprint(config, catalogue))


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: None, "grey.png: cannot be read"),
        (lambda path: path.write_bytes(b"no picture"), "grey.png: cannot be used: "),
        (lambda path: write_grey(path, 0), "grey.png: is black all over"),
    ],
)
def test_a_picture_that_cannot_be_a_heatmap_is_refused(tmp_path, write, message):
    write(tmp_path / "grey.png")
    with pytest.raises(CocosynthError, match=message):
        built(tmp_path, placement={"heatmap": {"image": "grey.png"}})


@pytest.mark.parametrize("name", ["heatmap", "ground"])
def test_nothing_is_learnt_from_cut_outs_alone(tmp_path, name):
    with pytest.raises(CocosynthError, match=rf"placement.{name}: nothing can be learnt"):
        built(tmp_path, placement=name)


def test_nobody_stands_on_padding(tmp_path):
    out, _ = built(
        tmp_path,
        splits={"train": 30},
        foregrounds=standing_sources(tmp_path),
        placement="ground",
        augment=[],
        augment_background=[{"zoom": {"zoom_range": [0.3, 0.6]}}],
        limits={"min_area": 1, "max_upscale": 100},
    )
    photos = {scene["image_id"]: scene["background"]["place"] for scene in scenes_of(out)}
    found = annotations_of(out)["annotations"]
    assert len(found) > 20
    for one in found:
        x, y, width, height = one["bbox"]
        top, left, bottom, right = photos[one["image_id"]]
        assert top < y + height <= bottom + 1
        assert left - 1 <= x + width / 2 <= right + 1


@pytest.mark.parametrize("name", sorted(PLACEMENTS))
def test_every_placement_goes_with_every_other_choice(tmp_path, name):
    """A build checks its labels itself; here they are made again from the scenes as well."""
    write_annotated(tmp_path / "views", [(20, 10, 40, 30), (100, 70, 30, 30)], count=3)
    out, _ = built(
        tmp_path,
        splits={"train": 6},
        foregrounds=[
            *standing_sources(tmp_path, [*PLACES, (0, 60, 40, 60)]),
            {"folder": "cutouts"},
        ],
        backgrounds=[
            {"coco": "views/instances.json", "images": "views/images", "annotations": "keep"},
            {"folder": "backgrounds"},
        ],
        placement=name,
        order="lower_in_front",
        augment_background=["flip", {"zoom": {"zoom_range": [0.4, 2]}}],
        augment=["flip", "perspective", "rotate", {"translate": {"p": 0.3}}]
        + [{"scale": {"like": like}} for like in ("category", "source", "background")],
        limits={"min_area": 1, "max_overlap": 0.9},
        blend={"choose": {"paste": 1, "feather": 1}},
    )
    assert sum(len(scene["placements"]) for scene in scenes_of(out)) > 5
    compositor = Compositor(tmp_path / "cocosynth.yaml")
    for number in range(6):
        replayed, content = replay(out, tmp_path, split="train", image_id=number + 1)
        assert content == (out / "train" / replayed).read_bytes()
        picture = cv2.imread(str(out / "train" / replayed))[..., ::-1]
        np.testing.assert_array_equal(compositor[number].image, picture)
