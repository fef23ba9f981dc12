"""Scene lines and manifests are read by the types that wrote them; damage is one line, no more."""

import json
import shutil
import tracemalloc

import msgspec
import numpy as np
import pytest
from fuzz import damaged
from small_builds import built, scenes_of, write_annotated, write_backgrounds, write_cutouts

from cocosynth.check.stats import read_columns
from cocosynth.coco.layout import Layout
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.credits import credit_rows
from cocosynth.export.formats import DEFAULT_PRODUCTS
from cocosynth.export.manifest import read_manifest
from cocosynth.export.scenes import read_scenes
from cocosynth.pipeline.replay import replay


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    write_annotated(folder / "annotated", [(20, 10, 90, 80)], count=3)
    write_backgrounds(folder / "backgrounds")
    (folder / "backgrounds/credits.csv").write_text(
        "file_name,license,license_url,attribution,url\n0.png,Terms,http://x.org,Zoë,http://x.org/0\n"
    )
    coco = {"coco": "annotated/instances.json", "images": "annotated/images"}
    built(
        folder,
        splits={"train": 6},
        finish=[{"blur": {"sigma_range": [0, 1]}}],
        foregrounds=[coco, {"folder": "cutouts"}],
        backgrounds=[coco | {"annotations": "keep"}, {"folder": "backgrounds"}],
    )
    return folder


@pytest.fixture
def layout(project, tmp_path):
    """Return a copy of the dataset that a test may damage."""
    shutil.copytree(project / "out", tmp_path / "out")
    return Layout(tmp_path / "out")


def test_what_is_read_is_written_as_the_same_bytes(layout):
    assert read_manifest(layout.manifest).encoded() == layout.manifest.read_bytes()
    path = layout.scenes("train")
    written = b"".join(msgspec.json.encode(scene) + b"\n" for scene in read_scenes(path))
    assert written == path.read_bytes()


def test_keys_that_are_not_known_are_not_read(layout, project):
    lines = [line | {"more": [1]} for line in scenes_of(layout.folder)]
    lines[0]["placements"].append(lines[0]["placements"].pop() | {"weather": {"x": 3}})
    layout.scenes("train").write_text("".join(json.dumps(line) + "\n" for line in lines))
    manifest = json.loads(layout.manifest.read_bytes())
    manifest["photographs"][0]["camera"] = "none"
    layout.manifest.write_text(json.dumps(manifest | {"host": "x"}))
    assert replay(layout.folder, project, split="train", image_id=1)
    assert credit_rows(layout.folder) == credit_rows(project / "out")


def test_a_manifest_without_products_is_of_a_dataset_of_coco(layout):
    folders = {f"{path.name}/" for path in layout.folder.iterdir() if path.is_dir()}
    assert {*DEFAULT_PRODUCTS} == folders - {"train/", "report_files/"}


def change(content, path, value):
    *parents, last = path
    for key in parents:
        content = content[key]
    content[last] = value


FAR = [[1, 0, 1e8], [0, 1, 0], [0, 0, 1]]
FLAT = [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
GONE = [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
LARGE = [[600, 0, -9000], [0, 600, -9000], [0, 0, 1]]
THIN = [[1e-7, 0, 5], [0, 1e7, 5], [0, 0, 1]]
TURNED = [[1, 0, 0], [0, 1, 0], [-0.03, -0.03, 1]]
LINES = [
    (["image_id"], "1", "line 1: not a scene: $.image_id: expected an integer, got text"),
    (
        ["file_name"],
        "../../evil.png",
        "line 1: not a scene: $.file_name: expected text matching regex",
    ),
    (["size"], [120], "line 1: not a scene: $.size: expected a list of length 2"),
    (["size"], [60000, 60000], "line 1: not a scene: an image has at most"),
    (["version"], 2, "line 1: not a scene: $.version: 2 is none of the choices"),
    (["background"], None, "line 1: not a scene: $.background: expected keys and values, got null"),
    (["background", "crop"], [0, 0, 9999, 9999], "image 1 cannot be made: its crop"),
    (["background", "crop"], [5, 5, 5, 9], "image 1 cannot be made: its crop"),
    (
        ["background", "crop"],
        [0.5, 0, 9, 9],
        "line 1: not a scene: $.background.crop[0]: expected an integer, got a fraction",
    ),
    (["background", "file_name"], "none.png", "none.png cannot be used any more"),
    (["placements", 0, "matrix"], FAR, "the matrix of placement 1"),
    (["placements", 0, "matrix"], FLAT, "the matrix of placement 1"),
    (["placements", 0, "matrix"], GONE, "the matrix of placement 1"),
    (
        ["placements", 0, "matrix"],
        [[1, 0, 0]],
        "line 1: not a scene: $.placements[0].matrix: expected a list of length 3",
    ),
    (["placements", 0, "matrix"], LARGE, "the matrix of placement 1"),
    (["placements", 0, "matrix"], THIN, "the matrix of placement 1"),
    (["placements", 0, "matrix"], TURNED, "the matrix of placement 1"),
    (["size"], [10000, 12000], "its size is not that of the canvas, 160 x 120"),
    (["size"], [121, 160], "its size is not that of the canvas, 160 x 120"),
    (["file_name"], "1.jpg", "'1.jpg' does not end in .png"),
    (
        ["finish"],
        [{"name": "blur", "values": {"sigma": 1e6}}],
        "its step 'blur': sigma_range must lie in [0, 50], got [1000000.0, 1000000.0]",
    ),
    (["finish"], [{"name": "blur", "values": {}}], "its step 'blur': its values must be sigma"),
    (
        ["finish"],
        [{"name": "blur", "values": {"sigma": 1}}] * 2,
        "it has more steps than `finish` of the configuration",
    ),
    (
        ["placements", 0, "tones"],
        [{"name": "blur", "values": {"sigma": 1}}] * 9,
        "an object has more steps than `augment`",
    ),
    (["placements", 0, "dataset"], "nowhere", "cannot be used any more"),
    (["placements", 0, "source_annotation_id"], 999, "annotation 999 is not there any more"),
]


@pytest.mark.parametrize(("path", "value", "message"), LINES)
def test_a_damaged_scene_is_one_line(layout, project, path, value, message):
    lines = scenes_of(layout.folder)
    lines.sort(key=lambda line: -len(line["placements"]))
    first = lines[0]["image_id"]
    change(lines[0], path, value)
    layout.scenes("train").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(CocosynthError) as caught:
        replay(layout.folder, project, split="train", image_id=first)
    assert message.replace("image 1 ", f"image {first} ") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_scene_of_more_objects_than_a_build_pastes_is_refused(layout, project):
    line = next(line for line in scenes_of(layout.folder) if line["placements"])
    line["placements"] = line["placements"][:1] * 1001
    layout.scenes("train").write_text(json.dumps(line) + "\n")
    with pytest.raises(CocosynthError, match=r"placements: expected a list of length <= 1000"):
        replay(layout.folder, project, split="train", image_id=line["image_id"])


def test_no_scene_takes_more_memory_than_an_image_may_have(layout, project):
    """A matrix that enlarges so far would ask for gigabytes."""
    line = next(line for line in scenes_of(layout.folder) if line["placements"])
    scale = 100
    line["placements"][0]["matrix"] = [[scale, 0, -1000], [0, scale, -1000], [0, 0, 1]]
    layout.scenes("train").write_text(json.dumps(line) + "\n")
    tracemalloc.start()
    try:
        with pytest.raises(CocosynthError, match="leads nowhere"):
            replay(layout.folder, project, split="train", image_id=line["image_id"])
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


TEXTS = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "another program's": b'{"name": "app", "icons": []}',
    "not UTF-8": b'{"\xff": 1}',
    "deep": b'{"a": ' + b"[" * 100_000,
    "a number without end": b'{"seed": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("command", [["render", "out", "--image-id", "1"], ["credits", "out"]])
def test_the_commands_end_with_one_line_and_exit_code_2(layout, here, text, command):
    layout.manifest.write_bytes(text)
    done = here(*command)
    assert done.returncode == 2
    assert done.stderr.startswith("cocosynth: error: out/manifest.json: not a manifest of ours: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_render_and_stats_name_the_line_that_is_no_scene(layout, project, here, text):
    first, rest = layout.scenes("train").read_bytes().split(b"\n", 1)
    layout.scenes("train").write_bytes(first + b"\n" + text + b"\n" + rest)
    for command in (["render", "out", "--image-id", "6", "--sources", project], ["stats", "out"]):
        done = here(*command)
        assert done.returncode == 2
        line = done.stderr.splitlines()[-1]  # behind the bar of what was read before
        assert line.startswith("cocosynth: error: out/scenes/train.jsonl, line 2: not a scene: ")


def test_a_pipe_or_a_line_without_end_is_not_waited_for(layout, project):
    path = layout.scenes("train")
    path.unlink()
    with path.open("wb") as stream:
        stream.truncate(80 << 20)
    with pytest.raises(CocosynthError, match="a line is longer than"):
        replay(layout.folder, project, split="train", image_id=1)
    path.unlink()
    path.mkdir()
    with pytest.raises(CocosynthError, match="is a folder; name a file"):
        replay(layout.folder, project, split="train", image_id=1)


def said(read):
    """Return the one line that something ends with, if it does not succeed."""
    try:
        read()
    except CocosynthError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_random_damage_is_a_result_or_one_line(layout, project, start):
    texts = {path: path.read_bytes() for path in (layout.scenes("train"), layout.manifest)}
    for seed in range(start, start + 50):
        rng = np.random.default_rng(seed)
        path = list(texts)[seed % 2]
        path.write_bytes(damaged(texts[path], rng))
        for read in (
            lambda: replay(layout.folder, project, split="train", image_id=1),
            lambda: credit_rows(layout.folder),
            lambda: read_columns(layout.annotations("train")),
        ):
            assert "\n" not in said(read), seed
        path.write_bytes(texts[path])


@pytest.mark.parametrize("seed", range(40))
def test_a_scene_with_one_other_number_is_made_or_refused(layout, project, seed):
    rng = np.random.default_rng(seed)
    lines = scenes_of(layout.folder)
    for line in lines:
        for part in line["placements"]:
            row, col = rng.integers(0, 3, 2)
            part["matrix"][row][col] = float(rng.normal() * 10.0 ** rng.integers(-8, 8))
        line["size"][int(rng.integers(2))] = int(rng.integers(1, 2000))
    layout.scenes("train").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for line in lines:
        with pytest.raises(CocosynthError):
            replay(layout.folder, project, split="train", image_id=line["image_id"])
