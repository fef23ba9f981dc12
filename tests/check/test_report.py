"""The page that shows a dataset: what stands in it, and that a build writes the same one again."""

import base64
import hashlib
import html
import io
import json
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image
from small_builds import annotations_of, built, ready, scenes_of, tree, write_annotated

from cocosynth.check.draw import PALETTE, in_page
from cocosynth.check.report import Findings, Photographs, open_split, write_report
from cocosynth.check.report.compare import chance, distance
from cocosynth.check.report.dataset import spread
from cocosynth.check.report.figures import SCALES, counts_in
from cocosynth.check.report.looks import HUES, looks_of
from cocosynth.check.report.outlines import POINTS, rings_of
from cocosynth.check.report.picture import DrawSmall, Work
from cocosynth.check.validate import validate
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.core.identity import sha256

HOSTILE = ["</script><script>alert(1)</script>", "\"'&<b>", "a\u202eb", "two\nlines", "{{policy}}"]


def content_of(page):
    [text] = re.findall(
        r'<script type="application/json" id="content">(.*?)</script>', page.read_text()
    )
    return json.loads(text)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    out, _ = ready(folder)
    return out


@pytest.fixture(scope="module")
def content(dataset):
    return content_of(dataset / "report.html")


def split_of(folder, *, images="images", name="all"):
    return open_split(name, folder / "instances.json", folder / images if images else None)


def test_a_build_writes_a_page_and_its_pictures(dataset, content):
    manifest = json.loads((dataset / "manifest.json").read_text())
    assert {"report.html", "report_files/"} <= set(manifest["products"])
    assert content["shown"] == 8
    for image in content["images"]:
        assert (dataset / image["t"]).is_file()
        assert (dataset / image["u"]).is_file()
        with Image.open(dataset / image["t"]) as thumbnail:
            assert thumbnail.format == "JPEG"


def test_without_a_report_the_manifest_is_as_it_was(tmp_path):
    out, _ = built(tmp_path, report=False)
    assert not (out / "report.html").exists()
    assert "products" not in json.loads((out / "manifest.json").read_text())
    assert "report: false" in (out / "config.yaml").read_text()


@pytest.mark.slow
def test_the_page_is_the_same_whoever_draws_it_and_wherever(tmp_path):
    one, _ = built(tmp_path, "one")
    other, _ = built(tmp_path, "deep/er/two", executor=Processes(2))
    assert tree(one) == tree(other)
    assert str(tmp_path).encode() not in (one / "report.html").read_bytes()


def test_a_page_that_is_no_longer_asked_for_goes_with_the_dataset_it_showed(tmp_path, here):
    built(tmp_path)
    assert (tmp_path / "out/report.html").is_file()
    (tmp_path / "plain.yaml").write_text(
        json.dumps(json.loads((tmp_path / "cocosynth.yaml").read_text()) | {"report": False})
    )
    assert here("build", "plain.yaml", "--out", "out", "--overwrite", "-q").returncode == 0
    assert not (tmp_path / "out/report.html").exists()
    assert not (tmp_path / "out/report_files").exists()


def test_no_split_and_no_exporter_takes_the_place_of_the_page(tmp_path):
    with pytest.raises(CocosynthError, match="'report_files' cannot name a folder of images"):
        built(tmp_path, splits={"report_files": 2})


def test_the_page_shows_what_the_dataset_holds(dataset, content):
    annotations = annotations_of(dataset)["annotations"]
    shown = {a["i"]: a for image in content["images"] if image["s"] == 0 for a in image["a"]}
    names = [category["n"] for category in content["categories"]]
    by_id = {c["id"]: c["name"] for c in annotations_of(dataset)["categories"]}
    assert len(shown) == len(annotations)
    for annotation in annotations:
        about = shown[annotation["id"]]
        assert names[about["c"]] == by_id[annotation["category_id"]]
        assert about["b"] == annotation["bbox"]
        assert about["m"] == annotation["area"]
    assert sum(category["k"] for category in content["categories"]) == content["objects"]


def test_each_object_names_its_photograph_and_the_way_back_to_it(dataset, content):
    placed = {p["annotation_id"]: p for line in scenes_of(dataset) for p in line["placements"]}
    shown = {a["i"]: a for image in content["images"] if image["s"] == 0 for a in image["a"]}
    assert placed
    for number, placement in placed.items():
        about = shown[number]
        photo = content["photos"][about["p"]]
        assert (photo["s"], photo["n"]) == (placement["dataset"], placement["file_name"])
        assert (dataset / photo["t"]).is_file()
        assert about["v"] == pytest.approx(placement["visibility"], abs=1e-3)
        assert about["d"] == "feather"
        matrix = np.array(placement["matrix"])
        assert about["z"] == pytest.approx(abs(np.linalg.det(matrix)) ** 0.5, rel=0.01)
        x, y = np.array(about["r"][0][:2]) + 0.5
        back = np.reshape(about["q"], (3, 3)) @ (x, y, 1)
        back /= back[2]
        assert (back[:2] >= -1).all()
        assert (back[:2] <= [photo["w"] + 1, photo["h"] + 1]).all()
        assert matrix @ back == pytest.approx([x, y, 1], abs=0.01)


def test_outlines_follow_the_mask():
    rows, cols = np.indices((90, 120))
    mask = (rows - 45) ** 2 + (cols - 60) ** 2 <= 900
    runs = np.flatnonzero(np.diff(np.concatenate([[0], mask.T.ravel(), [0]]).astype(int)))
    counts = np.diff(np.concatenate([[0], runs, [mask.size]])).tolist()
    [ring] = rings_of({"size": [90, 120], "counts": counts}, (90, 120))
    points = np.reshape(ring, (-1, 2))
    distances = np.hypot(points[:, 0] - 60, points[:, 1] - 45)
    assert (abs(distances - 30) < 1.5).all()
    assert 8 <= len(points) <= POINTS


@pytest.mark.parametrize(
    "segmentation", [None, [], "x", [[1, 2]], {"counts": "??", "size": [9, 9]}]
)
def test_what_is_no_outline_draws_none(segmentation):
    assert rings_of(segmentation, (9, 9)) == []


def test_a_real_dataset_stands_beside_it(tmp_path, dataset):
    write_annotated(tmp_path, [(10, 10, 8, 8)] * 4, count=30)
    train = dataset / "annotations/instances_train.json"
    page = tmp_path / "page.html"
    write_report([open_split("train", train, dataset / "train")], page, real=[split_of(tmp_path)])
    found = content_of(page)
    by_key = {chart["key"]: chart for chart in found["charts"]}
    areas = np.array([a["area"] for a in annotations_of(dataset)["annotations"]])
    part = round(100 * np.mean(areas >= 32**2))  # none is large
    said = f"{part} % of objects are medium here, 0 % in the real data"
    other = f"{100 - part} % of objects are small here, 100 % in the real data"
    assert by_key["size"]["verdict"] in (said, other)
    assert by_key["size"]["distance"] > 0.7
    assert by_key["objects"]["verdict"].endswith("objects an image here, 4.0 in the real data")
    assert (
        by_key["brightness"]["real"]
        == counts_in("brightness", np.full(30, 105 / 255)).astype(int).tolist()
    )
    assert found["real"] == {"images": 30, "objects": 120}
    assert {row["n"]: row.get("q") for row in found["categories"]}["disk"] == 120


def test_a_dataset_is_at_no_distance_from_itself(tmp_path):
    write_annotated(tmp_path, [(10, 10, 30, 20), (60, 50, 40, 40)], count=5)
    write_report([split_of(tmp_path)], tmp_path / "page.html", real=[split_of(tmp_path)])
    found = content_of(tmp_path / "page.html")
    charts = [*found["charts"], found["positions"], found["mix"]]
    assert {chart["distance"] for chart in charts if chart["distance"] is not None} == {0.0}


def test_the_distance_is_that_of_jensen_and_shannon():
    one, other = np.array([1.0, 3, 0]), np.array([2.0, 2, 4])
    p, q = one / 4, other / 8
    m = (p + q) / 2
    divergence = sum(x * np.log2(x / y) for x, y in zip(p, m, strict=True) if x) / 2
    divergence += sum(x * np.log2(x / y) for x, y in zip(q, m, strict=True) if x) / 2
    assert distance(one, other) == pytest.approx(divergence**0.5, abs=1e-3)
    assert distance(one, np.zeros(3)) is None


def test_chance_is_about_what_two_samples_of_one_source_lie_apart():
    rng = np.random.default_rng(3)
    parts = np.array([0.1, 0.2, 0.3, 0.4])
    found = [
        distance(
            rng.multinomial(200, parts).astype(float), rng.multinomial(300, parts).astype(float)
        )
        for _ in range(200)
    ]
    expected = chance(200 * parts, 300 * parts, (200, 300))
    assert np.mean(np.square(found)) ** 0.5 == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("name", SCALES)
def test_every_value_of_a_figure_has_a_bin(name):
    scale = SCALES[name]
    assert len(scale.labels) == len(scale.edges) - 1
    assert list(scale.edges) == sorted(set(scale.edges))
    assert counts_in(name, np.array([0.0, 0.5, 1, 1e6])).sum() == 4


def test_looks_tell_pictures_apart():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 255
    assert looks_of(noise).sharpness > looks_of(red).sharpness == 0
    assert looks_of(red).saturation == 1
    assert looks_of(red).hues[0] == 1
    assert looks_of(np.zeros((4, 4, 3), np.uint8)).hues == (0,) * 12


def test_looks_of_a_large_picture_are_those_of_all_its_pixels():
    rows, cols = np.indices((480, 640))
    hsv = np.stack([rows * 180 // 480, 60 + cols * 180 // 640, 255 - (rows + cols) % 60], -1)
    picture = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    known = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(float)
    turned = (known[..., 0].astype(int) + 180 // (2 * HUES)) % 180 * HUES // 180
    hues = np.bincount(turned.ravel(), (known[..., 1] * known[..., 2]).ravel(), HUES)
    found = looks_of(picture)
    assert found.brightness == round(grey.mean() / 255, 4)
    assert found.contrast == round(grey.std() / 255, 4)
    assert found.sharpness == round(np.log10(1 + cv2.Laplacian(grey, cv2.CV_32F).var()), 3)
    assert found.saturation == pytest.approx(known[..., 1].mean() / 255, abs=0.005)
    assert found.hues == pytest.approx(tuple(hues / hues.sum()), abs=0.005)


def test_a_photograph_that_has_changed_is_not_shown(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (640, 480), (9, 90, 200)).save(path)
    there = Work(str(path), upright=False, size=(0, 0), sha256=sha256(path))
    drawn = DrawSmall(320)(there)
    assert (drawn.size, drawn.fault) == ((480, 640), "")
    assert Image.open(io.BytesIO(drawn.thumbnail)).size == (320, 240)
    path.write_bytes(path.read_bytes() + b" ")
    assert DrawSmall(320)(there).fault == "image file has changed"
    assert DrawSmall(320)(replace(there, path=None)).fault == "image file is missing"


def test_images_are_chosen_evenly_over_all_splits(tmp_path):
    write_annotated(tmp_path, [(1, 1, 9, 9)], count=9)
    one = split_of(tmp_path)
    assert [rows.tolist() for rows in spread([one, one], 6)] == [[0, 3, 7], [1, 5, 8]]
    assert [len(rows) for rows in spread([one, one], 99)] == [9, 9]


def test_hostile_names_stay_text(tmp_path):
    write_annotated(tmp_path, [(5, 5, 30, 30)], count=1)
    written = json.loads((tmp_path / "instances.json").read_text())
    written["categories"] = [{"id": 7 + n, "name": name} for n, name in enumerate(HOSTILE)]
    written["images"][0]["file_name"] = HOSTILE[0]
    (tmp_path / "instances.json").write_text(json.dumps(written))
    page = tmp_path / "page.html"
    write_report([split_of(tmp_path)], page, title=HOSTILE[0])
    assert page.read_text().count("</script>") == 2
    assert "alert(1)</" not in page.read_text()
    assert [category["n"] for category in content_of(page)["categories"]] == HOSTILE
    assert content_of(page)["images"][0]["f"] == "image file is missing"


def test_the_policy_allows_the_script_and_style_of_the_page_only(dataset):
    text = (dataset / "report.html").read_text()
    policy = html.unescape(re.search(r'Content-Security-Policy" content="(.*?)"', text)[1])
    assert policy.startswith("default-src 'none'")
    for source in ("unsafe", "http", "*", "connect-src", "eval"):
        assert source not in policy
    for kind, tag in (("script-src", "script"), ("style-src", "style")):
        [inside] = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}';" in policy
    assert "innerHTML" not in text
    assert not re.search(r"(src|href)=\"https?:", text)


def test_a_self_contained_page_stands_alone(tmp_path):
    write_annotated(tmp_path, [(5, 5, 30, 30)], count=3)
    page = tmp_path / "page.html"
    assert write_report([split_of(tmp_path)], page, most=2, self_contained=True) == 2
    assert not (tmp_path / "page_files").exists()
    for image in content_of(page)["images"]:
        assert image["t"].startswith("data:image/jpeg;base64,")
        assert "u" not in image


def test_a_folder_that_is_not_a_reports_is_not_deleted(tmp_path):
    write_annotated(tmp_path, [(5, 5, 30, 30)])
    (tmp_path / "page_files").mkdir()
    (tmp_path / "page_files/thesis.txt").write_text("mine")
    with pytest.raises(CocosynthError, match=r"thesis\.txt: is not of a report"):
        write_report([split_of(tmp_path)], tmp_path / "page.html")
    assert (tmp_path / "page_files/thesis.txt").read_text() == "mine"


def test_boxes_that_are_none_and_sizes_that_are_missing_are_not_measured(tmp_path):
    write_annotated(tmp_path, [(5, 5, 30, 30)] * 4)
    written = json.loads((tmp_path / "instances.json").read_text())
    del written["images"][0]["width"]
    bad = ("x", [1, 2, 3], None, [1e300, 0, "a", 2])
    for annotation, box in zip(written["annotations"], bad, strict=True):
        annotation["bbox"] = box
    (tmp_path / "instances.json").write_text(json.dumps(written))
    write_report([split_of(tmp_path, images=None)], tmp_path / "page.html")
    found = content_of(tmp_path / "page.html")
    assert found["objects"] == 4
    assert sum(found["positions"]["ours"]) == 0
    assert "aspect" not in {chart["key"] for chart in found["charts"]}
    assert all("b" not in annotation for annotation in found["images"][0]["a"])


def test_no_images_and_no_categories_make_a_page(tmp_path):
    empty = {"images": [], "annotations": [], "categories": []}
    (tmp_path / "instances.json").write_text(json.dumps(empty))
    assert write_report([split_of(tmp_path, images=None)], tmp_path / "page.html") == 0


def test_warnings_lead_to_their_images(tmp_path, here):
    write_annotated(tmp_path, [(5, 5, 30, 30)], count=2, bbox=[5, 5, 300, 30])
    (tmp_path / "images/1.png").unlink()
    done = here("report", "instances.json", "--images", "images", "-q")
    assert done.returncode == 0, done.stderr
    found = content_of(tmp_path / "report.html")
    rows = {row["rule"]: row for row in found["warnings"]}
    assert rows["bbox-outside-image"]["images"] == 2
    assert rows["image-unreadable"]["images"] == 1
    assert found["images"][1]["f"].startswith("image file is missing")


def test_the_command_finds_images_photographs_and_the_real_data(tmp_path, here):
    built(tmp_path)
    write_annotated(tmp_path / "real", [(10, 10, 60, 60)], count=2)
    done = here(
        "report", "out", "--real", "real/instances.json", "--images", "real/images",
        "-o", "seen/page.html",
    )  # fmt: skip
    assert done.stdout == "wrote seen/page.html: 8 images; open it in a browser\n", done.stderr
    found = content_of(tmp_path / "seen/page.html")
    assert (tmp_path / "seen" / found["images"][0]["u"]).resolve().is_file()
    assert any("t" in photo for photo in found["photos"])
    assert [split["name"] for split in found["splits"]] == ["train", "val"]
    again = here("report", "out", "-o", "seen/page.html")
    assert (again.returncode, again.stdout) == (2, "")
    assert "seen/page.html: exists; --overwrite replaces it" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("instances.json", "-o", "page.txt"), "page.txt: name a file that ends in .html"),
        (("instances.json", "--images", "nowhere"), "nowhere: no such folder"),
        (("instances.json", "--images", "images", "--images", "images"), "--images images: no ann"),
        (("instances.json", "--sources", "."), "--sources: only a dataset that `build` has made"),
        (("absent.json",), "absent.json: "),
    ],
)
def test_what_cannot_be_shown_is_one_line(tmp_path, here, arguments, said):
    write_annotated(tmp_path, [(5, 5, 30, 30)])
    done = here("report", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_photograph_that_has_changed_since_is_not_shown(tmp_path, here):
    built(tmp_path, report=False)
    for path in sorted((tmp_path / "cutouts/disk").iterdir()):
        path.write_bytes(path.read_bytes() + b"\0")
    assert here("report", "out", "-q").returncode == 0
    photos = content_of(tmp_path / "report.html")["photos"]
    used = {photo["n"]: "t" in photo for photo in photos if photo["s"] == "cutouts"}
    assert {name: shown for name, shown in used.items() if name.startswith("disk/")}
    assert all(shown == (not name.startswith("disk/")) for name, shown in used.items())


def test_photographs_are_looked_for_in_their_folders_only(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    photographs = Photographs({"source": ((tmp_path / "in", True),)})
    assert photographs.find("source", "../secret.png") is None
    assert photographs.find("other", "secret.png") is None
    assert not Findings().reports


def test_goals_are_on_the_page_as_the_manifest_has_them(tmp_path):
    out, _ = built(tmp_path, empty_images=0.5, sizes={"small": 1})
    goals = json.loads((out / "manifest.json").read_text())["health"]["goals"]
    assert {goal["goal"] for goal in goals} >= {"empty_images", "sizes"}
    assert content_of(out / "report.html")["goals"] == [list(goal.values()) for goal in goals]


def test_what_is_said_once_of_many_images_says_of_how_many(tmp_path):
    write_annotated(tmp_path, [(5, 5, 30, 30)], count=3)
    path = tmp_path / "instances.json"
    written = json.loads(path.read_text())
    del written["annotations"][1:]
    path.write_text(json.dumps(written))
    page = tmp_path / "page.html"
    write_report([split_of(tmp_path)], page, findings=Findings({"all": validate(path)}))
    texts = [row["text"] for row in content_of(page)["warnings"]]
    assert any("images have no annotation (2 of 3, the first is" in text for text in texts)


def test_colors_are_those_of_the_preview(content):
    assert content["palette"] == [in_page(color) for color in PALETTE]
