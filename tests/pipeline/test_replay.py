"""Any image of a dataset can be made again without the seed, and its sources be credited."""

import csv
import json
import re
import shutil

import cv2
import pytest
from small_builds import built, scenes_of, tree, write_annotated, write_backgrounds, write_cutouts
from typer.testing import CliRunner

from cocosynth.cli import app
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.credits import as_csv, as_markdown, credit_rows
from cocosynth.pipeline.replay import replay


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original")
    write_cutouts(folder / "cutouts")
    mask = cv2.imread(str(folder / "cutouts/disk/0.png"), cv2.IMREAD_UNCHANGED)
    (folder / "cutouts/disk/0.png").unlink()
    cv2.imwrite(str(folder / "cutouts/disk/0.jpg"), mask[..., :3])
    cv2.imwrite(str(folder / "cutouts/disk/0_mask.png"), mask[..., 3])
    write_backgrounds(folder / "backgrounds")
    (folder / "backgrounds/credits.csv").write_text(
        "file_name,license,license_url,attribution,url\n"
        "0.png,Attribution License,http://creativecommons.org/licenses/by/2.0/,A | B,http://x.org\n"
    )
    write_annotated(folder / "annotated", [(20, 10, 90, 80)], count=3)
    coco = {"coco": "annotated/instances.json", "images": "annotated/images"}
    built(
        folder,
        splits={"train": 12, "val": 6},
        foregrounds=[coco, {"folder": "cutouts"}],
        backgrounds=[coco | {"annotations": "keep"}, {"folder": "backgrounds"}],
    )
    return folder


@pytest.fixture
def project(original, tmp_path):
    """A copy of it, which a test may change."""
    return shutil.copytree(original, tmp_path, dirs_exist_ok=True)


def test_every_image_is_made_again_byte_for_byte(project):
    for split, count in (("train", 12), ("val", 6)):
        for image_id in range(1, count + 1):
            name, content = replay(project / "out", project, split=split, image_id=image_id)
            assert content == (project / "out" / split / name).read_bytes()


def test_from_elsewhere_the_way_to_the_sources_is_told(project, here):
    done = here("render", project / "out", "--image-id", "1", "--sources", "nowhere")
    [line] = done.stderr.splitlines()
    assert done.returncode == 2
    assert "nowhere/annotated/instances.json: does not exist; " in line
    assert "name it by --sources" in line
    assert line.endswith(f"for example --sources {project}")
    assert here("render", "out", "--image-id", "1", "-o", "x.png").returncode == 0


def test_a_split_that_there_is_not_names_those_that_there_are(project, here):
    done = here("render", "out", "--image-id", "1", "--split", "tset")
    assert done.returncode == 2
    assert "out: has no split 'tset'; --split is one of: train, val" in done.stderr


@pytest.mark.parametrize("command", ["build", "extract"])
def test_the_configuration_of_a_dataset_says_how_it_builds(project, here, command):
    done = here(command, "out/config.yaml", "-o", "again", "--workers", "1")
    assert done.returncode == 2
    assert "out/annotated/instances.json: does not exist; the paths in out/config" in done.stderr
    assert f"for example --sources {project}\n" in done.stderr
    assert b"--sources" in (project / "out/config.yaml").read_bytes()
    options = ("--sources", ".", "-o", "again", "--workers", "1", "-q")
    assert here(command, "out/config.yaml", *options).returncode == 0
    if command == "build":
        assert tree(project / "again") == tree(project / "out")


def test_a_changed_source_is_named(project):
    scene = next(s for s in scenes_of(project / "out") if s["placements"])
    part = scene["placements"][0]
    folder = {"cutouts": "cutouts", "annotated/instances.json": "annotated/images"}[part["dataset"]]
    path = project / folder / part["file_name"]
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(CocosynthError, match=rf"{part['file_name']}: has changed since"):
        replay(project / "out", project, split="train", image_id=scene["image_id"])


def test_a_changed_annotation_file_is_named(project):
    path = project / "annotated/instances.json"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(CocosynthError, match=r"annotated/instances.json: has changed since"):
        replay(project / "out", project, split="train", image_id=1)


def test_an_image_that_was_altered_is_told(project):
    path = project / "out/train/000000000002.png"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(CocosynthError, match="comes out differently"):
        replay(project / "out", project, split="train", image_id=2)


LOOKS = {
    "augment": ["noise", "motion_blur"],
    "harmonize": ["color_transfer", "histogram", "focus", "grain"],
    "shadow": ["contact", "drop"],
    "blend": "motion",
    "finish": ["gamma"],
}


@pytest.mark.parametrize("key", ["tones", "harmonize", "shadow", "blend_values", "finish"])
@pytest.mark.parametrize("value", ["much", {"x": []}])
def test_damaged_values_of_a_step_are_one_line(tmp_path, key, value):
    out, _ = built(tmp_path, splits={"train": 1}, objects_per_image=[1, 1], **LOOKS)
    [scene] = scenes_of(out)
    part = scene if key == "finish" else scene["placements"][0]
    values = part[key] if key == "blend_values" else part[key][0]["values"]
    values.update(dict.fromkeys(values, value))
    (out / "scenes/train.jsonl").write_text(json.dumps(scene) + "\n")
    said = "image 1 cannot be made: (its|values of a) step"
    with pytest.raises(CocosynthError, match=said) as caught:
        replay(out, tmp_path, split="train", image_id=1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"), [("blend_values", {"length": 1e12}), ("shadow", {"blur": 1e9, "size": 1e9})]
)
def test_values_beyond_their_range_take_no_memory(tmp_path, key, value):
    out, _ = built(tmp_path, splits={"train": 1}, objects_per_image=[1, 1], **LOOKS)
    [scene] = scenes_of(out)
    part = scene["placements"][0][key]
    for values in [part] if key == "blend_values" else [step["values"] for step in part]:
        values.update(value)
    (out / "scenes/train.jsonl").write_text(json.dumps(scene) + "\n")
    with pytest.raises(CocosynthError, match="values of a step do not fit: .* must lie in"):
        replay(out, tmp_path, split="train", image_id=1)


@pytest.mark.parametrize("part", ["harmonize", "shadow"])
def test_a_step_that_the_configuration_does_not_name_is_refused(tmp_path, part):
    out, _ = built(tmp_path, splits={"train": 1}, objects_per_image=[1, 1])
    [scene] = scenes_of(out)
    scene["placements"][0][part] = [{"name": "glow", "values": {}}]
    (out / "scenes/train.jsonl").write_text(json.dumps(scene) + "\n")
    with pytest.raises(CocosynthError, match="its configuration has no step 'glow'"):
        replay(out, tmp_path, split="train", image_id=1)


@pytest.mark.parametrize(
    ("split", "image_id", "told"),
    [("train", 99, r"train.jsonl: has no image 99"), ("test", 1, "has no split 'test'; --split")],
)
def test_an_image_that_is_not_there_is_one_line(project, split, image_id, told):
    with pytest.raises(CocosynthError, match=told):
        replay(project / "out", project, split=split, image_id=image_id)


def test_the_command_writes_the_image(project, monkeypatch):
    monkeypatch.chdir(project)
    done = CliRunner().invoke(app, ["render", "out", "--image-id", "3", "-o", "again.png"])
    assert done.exit_code == 0, done.output
    built_image = project / "out/train/000000000003.png"
    assert (project / "again.png").read_bytes() == built_image.read_bytes()


def test_a_file_that_is_there_is_not_replaced_without_a_word(project, here):
    name = "000000000003.png"
    again = ("render", "out", "--image-id", "3")
    assert here(*again).returncode == 0
    assert here(*again).returncode == 0  # the same bytes: nothing is lost
    (project / name).write_bytes(b"mine")
    for target in ([], ["-o", name]):
        done = here(*again, *target)
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1] == (
            f"cocosynth: error: {name}: exists; --overwrite replaces it"
        )
    assert (project / name).read_bytes() == b"mine"
    assert here(*again, "--overwrite").returncode == 0
    assert (project / name).read_bytes() == (project / "out/train" / name).read_bytes()


@pytest.mark.parametrize("name", ["CREDITS.md", "CREDITS.csv"])
def test_credits_that_are_there_are_not_replaced_without_a_word(project, here, name):
    assert here("credits", "out").returncode == 0
    assert here("credits", "out").returncode == 0
    (project / name).write_text("mine")
    done = here("credits", "out")
    assert done.returncode == 2
    assert done.stderr.endswith(f"{name}: exists; --overwrite replaces it\n")
    assert (project / name).read_text() == "mine"
    assert here("credits", "out", "--overwrite").returncode == 0
    assert (project / name).read_text() != "mine"


FILE_NAMES = [
    *("../victim.png", "/victim.png", "a/b.png", "..", "", ".png", "x.png\n", "-o.png"),
    *("x\0.png", "x" * 300 + ".png", "C:x.png", "a\\b.png", "conftest.py", "x.jpg"),
]


@pytest.mark.parametrize("file_name", FILE_NAMES)
def test_a_scene_cannot_say_where_to_write(project, here, file_name):
    lines = scenes_of(project / "out")
    lines[0]["file_name"] = file_name
    (project / "out/scenes/train.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    before = sorted(project.rglob("*"))
    done = here("render", "out", "--image-id", "1")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize("split", ["../out/scenes/train", "..", "", "/etc/passwd", "a/b", "x\n"])
def test_a_split_leads_nowhere_else(project, here, split):
    (project / "elsewhere.jsonl").write_bytes((project / "out/scenes/train.jsonl").read_bytes())
    done = here("render", "out", "--image-id", "1", "--split", split)
    assert done.returncode == 2
    assert "cannot be the name of a split" in done.stderr


HOSTILE = "=HYPERLINK() | <img src=x onerror=alert(1)> [x](javascript:alert(2))\n| @a"


def test_credits_are_text_whatever_a_photograph_says(project):
    path = project / "out/manifest.json"
    manifest = json.loads(path.read_bytes())
    for photo in manifest["photographs"]:
        photo["file_name"] = photo["attribution"] = HOSTILE
        photo["dataset"] = f"-{HOSTILE}"
        photo["license"] |= {"name": HOSTILE, "url": "javascript:alert(3)"}
        photo["url"] = "https://x.org/> <script>alert(4)</script> | x"
    path.write_text(json.dumps(manifest))
    rows = credit_rows(project / "out")
    page = as_markdown(rows)
    assert len(page.splitlines()) == 6 + len(rows)
    for line in page.splitlines()[6:]:
        assert len(re.findall(r"(?<!\\)\|", line)) == 5
        assert re.findall("<[^>]*>", line) == [
            "<https://x.org/%3E%20%3Cscript%3Ealert(4)%3C/script%3E%20%7C%20x>"
        ]
        assert not re.search(r"(?<!\\)\]\(javascript", line)
    text = as_csv(rows)
    assert text.count("\n") == 1 + len(rows)
    for row in csv.reader(text.splitlines()):
        assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in row)


def test_credits_name_every_photograph_with_author_and_licence(project):
    manifest = json.loads((project / "out/manifest.json").read_bytes())
    rows = list(csv.DictReader(as_csv(credit_rows(project / "out")).splitlines()))
    assert [row["file"] for row in rows] == [
        f"{photo['dataset']}: {photo['file_name']}" for photo in manifest["photographs"]
    ]
    [row] = [row for row in rows if row["file"] == "backgrounds: 0.png"]
    assert row["author"] == "A | B"
    assert row["license"] == "Attribution License"
    assert row["source"] == "http://x.org"
    page = as_markdown(credit_rows(project / "out"))
    assert "A \\| B" in page
    assert "[Attribution License](<http://creativecommons.org/licenses/by/2.0/>)" in page


def test_the_command_writes_both_forms(project, monkeypatch):
    monkeypatch.chdir(project)
    done = CliRunner().invoke(app, ["credits", "out", "-o", "papers"])
    assert done.exit_code == 0, done.output
    assert (project / "papers/CREDITS.md").stat().st_size > 100
    assert (project / "papers/CREDITS.csv").stat().st_size > 100


def test_a_zoomed_background_of_its_own_size_is_made_again(tmp_path):
    zoom = [{"zoom": {"zoom_range": [0.5, 2]}}]
    out, _ = built(tmp_path, canvas="background", augment_background=zoom, splits={"train": 4})
    scenes = out / "scenes/train.jsonl"
    lines = [json.loads(line) for line in scenes.read_bytes().splitlines()]
    assert any(line["background"]["crop"] != [0, 0, 120, 160] for line in lines)
    for line in lines:
        name, content = replay(out, tmp_path, split="train", image_id=line["image_id"])
        assert content == (out / "train" / name).read_bytes()
    lines[0]["size"] = [120, 161]
    scenes.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(CocosynthError, match="not that of its background, 160 x 120"):
        replay(out, tmp_path, split="train", image_id=1)
