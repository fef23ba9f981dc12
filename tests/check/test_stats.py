"""Statistics: the figures are those a slow and obvious count gives, on files of any tool."""

import json
import shutil
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, ready, scenes_of

from cocosynth.check.stats import measure, metrics_of, named, plots_of, read_columns
from cocosynth.core.errors import CocosynthError


def saved(path, annotations, *, images=2, categories=("dog", "cat")):
    """Write a COCO file with no more than statistics need; return its path."""
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 10 * n} for n in range(1, images + 1)],
                "annotations": annotations,
                "categories": [{"id": 5 * n, "name": c} for n, c in enumerate(categories, 1)],
            }
        )
    )
    return path


def annotation(image_id=10, category_id=5, **fields):
    return {"id": 1, "image_id": image_id, "category_id": category_id, "area": 100, **fields}


def figures_of(path):
    return measure(read_columns(path))


def stats(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "cocosynth", "stats", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A dataset that tests may read, or copy."""
    return ready(tmp_path_factory.mktemp("made"))[0]


def counted(dataset):
    """Count the slow and obvious way."""
    singles = [a for a in dataset["annotations"] if not a.get("iscrowd")]
    objects = Counter(a["image_id"] for a in singles)
    by_category = defaultdict(list)
    for a in singles:
        by_category[a["category_id"]].append(a)
    return {
        "small": sum(a["area"] < 32 * 32 for a in singles),
        "medium": sum(32 * 32 <= a["area"] < 96 * 96 for a in singles),
        "large": sum(a["area"] >= 96 * 96 for a in singles),
        "distribution": Counter(objects[i["id"]] for i in dataset["images"]),
        "bare": len({i["id"] for i in dataset["images"]})
        - len({a["image_id"] for a in dataset["annotations"]}),
        "categories": {
            c["id"]: (
                len(by_category[c["id"]]),
                len({a["image_id"] for a in by_category[c["id"]]}),
                sum(a["area"] < 32 * 32 for a in by_category[c["id"]]),
            )
            for c in dataset["categories"]
        },
    }


def compare(figures, dataset):
    wanted = counted(dataset)
    area = figures.area
    assert (area.small, area.medium, area.large) == tuple(
        wanted[size] for size in ("small", "medium", "large")
    )
    distribution = dict(enumerate(figures.objects_per_image.distribution))
    assert {k: n for k, n in distribution.items() if n} == wanted["distribution"]
    assert figures.images_without_annotations == wanted["bare"]
    found = {c.id: (c.instances, c.images, c.area.small) for c in figures.by_category}
    assert found == wanted["categories"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([10, 20, 30]),
            st.sampled_from([5, 10]),
            st.sampled_from([1, 1023.9, 1024, 9215, 9216, 1e6]),
            st.sampled_from([0, 1]),
        ),
        max_size=12,
    )
)
def test_figures_are_those_of_a_plain_count(tmp_path_factory, rows):
    keys = ("image_id", "category_id", "area", "iscrowd")
    annotations = [dict(zip(keys, row, strict=True)) for row in rows]
    path = saved(tmp_path_factory.mktemp("s") / "a.json", annotations, images=3)
    compare(figures_of(path), json.loads(path.read_text()))


@pytest.mark.parametrize("split", ["train", "val"])
def test_real_coco_is_counted_right(real_coco, split):
    path = real_coco / f"annotations/instances_{split}2017.json"
    figures, dataset = figures_of(path), json.loads(path.read_text())
    assert figures.instances + figures.crowds == len(dataset["annotations"])
    assert figures.crowds == sum(a["iscrowd"] for a in dataset["annotations"]) > 0
    assert figures.occlusion.known == 0
    compare(figures, dataset)


def test_crowds_are_counted_apart(tmp_path):
    crowd = annotation(20, iscrowd=1, area=1e6)
    figures = figures_of(saved(tmp_path / "a.json", [annotation(), crowd], images=3))
    assert (figures.annotations, figures.instances, figures.crowds) == (2, 1, 1)
    assert figures.area.large == 0
    assert figures.images_without_annotations == 1
    assert figures.objects_per_image.distribution == [2, 1]


def test_instances_without_an_area_are_in_no_size_class(tmp_path, here):
    path = saved(tmp_path / "a.json", [annotation(), annotation(area=None)])
    area = figures_of(path).area
    assert (area.known, area.small, area.mean) == (1, 1, 100)
    assert "note: a: 1 instances have no area" in here("stats", "a.json").stdout


def test_a_file_without_images_or_annotations_has_figures_too(tmp_path, here):
    figures = figures_of(saved(tmp_path / "a.json", [], images=0, categories=()))
    assert (figures.images, figures.instances, figures.area.median) == (0, 0, None)
    assert here("stats", "a.json").returncode == 0


def test_visibility_of_our_datasets_comes_from_their_scenes(made):
    parts = [p for scene in scenes_of(made) for p in scene["placements"]]
    occlusion = figures_of(made / "annotations/instances_train.json").occlusion
    visible = [part["visibility"] for part in parts]
    assert occlusion.known == len(annotations_of(made)["annotations"]) == len(parts)
    assert occlusion.hidden == sum(fraction < 1 for fraction in visible) > 0
    assert occlusion.mean_visibility == pytest.approx(np.mean(visible), abs=1e-4)
    assert sum(occlusion.visibility) == len(visible)


@pytest.mark.parametrize(
    ("here", "name"),
    [
        (".", "out/annotations/instances_train.json"),
        ("out/annotations", "instances_train.json"),
        ("out/annotations/sub", "../instances_train.json"),
        ("out/scenes", "../annotations/../annotations/instances_train.json"),
        (".", "linked/instances_train.json"),
        (".", "link.json"),
    ],
)
def test_scenes_are_found_however_the_file_is_named(made, tmp_path, monkeypatch, here, name):
    out = shutil.copytree(made, tmp_path / "out")
    (out / "annotations/sub").mkdir()
    (tmp_path / "linked").symlink_to(out / "annotations")
    (tmp_path / "link.json").symlink_to(out / "annotations/instances_train.json")
    known = measure(read_columns(out / "annotations/instances_train.json")).occlusion
    assert known.known > 0
    monkeypatch.chdir(tmp_path / here)
    assert measure(read_columns(name)).occlusion == known


def test_occlusion_is_read_from_attributes(tmp_path):
    annotations = [
        annotation(attributes={"occluded": True, "rotation": 0.0}),
        annotation(attributes={"occluded": False}),
        annotation(attributes={"visibility": 0.25}),
        annotation(attributes={"visibility": 1}),
        annotation(attributes={"visibility": "mostly", "occluded": "maybe"}),
        annotation(attributes=["left"]),
        annotation(),
    ]
    occlusion = figures_of(saved(tmp_path / "a.json", annotations)).occlusion
    assert (occlusion.known, occlusion.hidden, occlusion.hidden_fraction) == (4, 2, 0.5)
    assert occlusion.mean_visibility == 0.625
    assert occlusion.visibility == [0, 0, 1, 0, 0, 0, 0, 0, 0, 1]


BAD = {
    "an image that is not there": (annotation(77), r"annotations\[0\].image_id: no image .* 77"),
    "a category that is not there": (annotation(10, 9), "no category has the id 9"),
    "an area of text": (annotation(area="big"), r"\$.annotations\[0\].area: expected a number"),
    "a negative area": (annotation(area=-1), r"annotations\[0\].area: expected a number >= 0"),
    "a crowd of two": (
        annotation(iscrowd=2),
        r"iscrowd: expected an integer <= 1",
    ),
    "no category": ({"image_id": 10}, "the key 'category_id' is missing"),
}


@pytest.mark.parametrize(("record", "message"), BAD.values(), ids=BAD)
def test_a_broken_record_is_named(tmp_path, record, message):
    path = saved(tmp_path / "a.json", [record])
    with pytest.raises(CocosynthError, match=message) as error:
        figures_of(path)
    assert str(path) in str(error.value)
    assert "validate" in str(error.value)


def test_an_id_that_occurs_twice_is_refused(tmp_path):
    path = saved(tmp_path / "a.json", [])
    path.write_text(path.read_text().replace('"id": 20', '"id": 10'))
    with pytest.raises(CocosynthError, match="two image records have the id 10"):
        figures_of(path)


def test_text_that_is_no_utf8_is_refused(tmp_path):
    path = saved(tmp_path / "a.json", [])
    path.write_bytes(path.read_bytes().replace(b"dog", b"d\xffg"))
    with pytest.raises(CocosynthError, match=r"a.json: .* it is not UTF-8, .* 0xff"):
        figures_of(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"images": 1}', '{"images": [], "x": NaN}'])
def test_what_is_no_coco_file_is_refused_in_a_line(tmp_path, here, content):
    (tmp_path / "a.json").write_text(content)
    done = here("stats", "a.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cocosynth: error: a.json: " in done.stderr
    assert "Traceback" not in done.stderr


def test_names_are_short_and_tell_files_apart(tmp_path):
    a, b = tmp_path / "a/instances_train.json", tmp_path / "b/instances_train.json"
    assert list(named([a])) == ["train"]
    assert list(named([a, b])) == ["a/train", "b/train"]
    with pytest.raises(CocosynthError, match="named twice"):
        named([a, b, a])


@pytest.mark.parametrize("split", ["..", ".", ""])
def test_a_file_name_does_not_lead_out_of_the_folder_of_the_plots(tmp_path, here, split):
    out, _ = ready(tmp_path, splits={"train": 1})
    path = out / "annotations/instances_train.json"
    path.rename(path.with_name(f"instances_{split}.json"))
    before = sorted(tmp_path.rglob("*"))
    assert here("stats", "out", "--plots", "made/plots").returncode == 0
    new = {path.relative_to(tmp_path).as_posix() for path in {*tmp_path.rglob("*")} - {*before}}
    inside = f"made/plots/instances_{split}"
    assert {name for name in new if not name.startswith(inside)} == {"made", "made/plots"}


def test_a_name_is_shown_without_what_a_terminal_obeys(tmp_path, here):
    out, _ = ready(tmp_path, splits={"train": 1})
    path = out / "annotations/instances_train.json"
    path.rename(path.with_name("instances_\x1b[2J.json"))
    done = here("stats", "out")
    assert done.returncode == 0
    assert "\x1b[2J" not in done.stdout
    assert "\\x1b[2J" in done.stdout


def test_metrics_are_nested_numbers_and_plots_lists_of_objects(tmp_path):
    figures = figures_of(saved(tmp_path / "a.json", [annotation()]))
    [leaves] = [metrics_of({"a": figures})["a"]]
    assert leaves["area"]["small"] == 1
    nested = [*leaves["area"].values(), *leaves["objects_per_image"].values(), leaves["images"]]
    assert all(type(value) in (int, float) for value in nested)
    plots = dict(plots_of(figures))
    assert set(plots) == {"objects_per_image", "sizes", "visibility", "categories"}
    assert plots["objects_per_image"][1] == {"objects": 1, "images": 1, "fraction": 0.5}
    assert [row["instances"] for row in plots["categories"]] == [1, 0]


def test_the_command_takes_a_dataset_and_writes_what_programs_read(made, tmp_path, here):
    out = shutil.copytree(made, tmp_path / "out")
    done = stats("out", "--json", "--metrics", "s/m.json", "--plots", "s/p", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert list(figures) == ["train", "val"]
    metrics = json.loads((tmp_path / "s/m.json").read_text())
    assert metrics["val"]["images"] == figures["val"]["images"] == 2
    assert len(list((tmp_path / "s/p").rglob("*.json"))) == 8
    again = here("stats", "out", "--metrics", "s/n.json")
    assert (tmp_path / "s/n.json").read_bytes() == (tmp_path / "s/m.json").read_bytes()
    table = again.stdout
    assert "objects per image" in table
    assert "partly hidden" in table
    assert out.name not in {line.split()[0] for line in table.splitlines() if line}


def test_a_folder_without_annotation_files_is_refused(tmp_path, here):
    done = here("stats", ".")
    assert done.returncode == 2
    assert "annotations/instances_<split>.json" in done.stderr


def test_names_that_would_move_a_terminal_are_escaped(tmp_path, here):
    saved(tmp_path / "a.json", [annotation()], categories=("\x1b[2Jdog", "[red]cat"))
    done = here("stats", "a.json")
    assert "\\x1b[2Jdog" in done.stdout
    assert "[red]cat" in done.stdout
