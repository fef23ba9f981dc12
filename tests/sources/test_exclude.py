"""What a person does not like is not cut out, and counted; a wrong list is an error."""

import pytest
from small_builds import built, scenes_of, write_annotated, write_cutouts

from cocosynth.core.errors import CocosynthError
from cocosynth.pipeline.build import build
from cocosynth.sources.exclude import REASON

BOXES = [(10, 10, 40, 30), (60, 60, 30, 30), (100, 5, 20, 40)]


@pytest.fixture
def project(tmp_path):
    write_annotated(tmp_path / "photos", BOXES, count=3)
    write_cutouts(tmp_path / "cutouts")
    return tmp_path


def photos(**options):
    return {"coco": "photos/instances.json", "images": "photos/images", **options}


def pasted(out):
    parts = [part for scene in scenes_of(out) for part in scene["placements"]]
    return {part.get("source_annotation_id", part["file_name"]) for part in parts}


def build_of(project, source, out="out", **changes):
    return built(project, out, foregrounds=[source], splits={"train": 30}, **changes)


FILES = {
    "one a line": "1\n2\n3\n4\n5\n7\n8\n9\n",
    "commas and remarks": "# not these\n1, 2,3 4\n5 # a bad one\n\n7,8,9,\n",
    "a mark of byte order": "\ufeff1 2 3 4 5 7 8 9",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_of_ids(project, text):
    (project / "not_these.txt").write_text(text, encoding="utf-8")
    out, summary = build_of(project, photos(exclude="not_these.txt"))
    assert pasted(out) == {6}
    assert summary.skipped["photos/instances.json", REASON] == 8


def test_a_list_of_ids_is_as_good(project):
    out, summary = build_of(project, photos(exclude=[1, 2, 3, 4, 5, 7, 8, 9, 9]))
    assert pasted(out) == {6}
    assert summary.skipped["photos/instances.json", REASON] == 8


def test_pictures_of_a_folder_are_named(project):
    names = [f"{kind}/{copy}.png" for kind in ("disk", "ring", "bar") for copy in range(3)]
    listed = {"folder": "cutouts", "exclude": names[1:]}
    out, summary = build_of(project, listed)
    assert pasted(out) == {"disk/0.png"}
    assert summary.skipped["cutouts", REASON] == 8
    (project / "bad.txt").write_text("\n".join([*names[1:], "# the end"]))
    other, _ = build_of(project, {"folder": "cutouts", "exclude": "bad.txt"}, "other")
    for path in sorted((out / "train").iterdir()):
        assert path.read_bytes() == (other / "train" / path.name).read_bytes()


WRONG = {
    "no such id": (
        {"exclude": [2, 99]},
        None,
        r"foregrounds\[0\].exclude: photos/instances.json has no annotation 99; take it out",
    ),
    "no such file": (
        {"exclude": "bad.txt"},
        None,
        r"foregrounds\[0\].exclude: .*bad.txt: there is no such file of ids",
    ),
    "a word": ({"exclude": "bad.txt"}, b"1\n2 dog\n", r"bad.txt, line 2: expected the id of"),
    "a negative number": ({"exclude": "bad.txt"}, b"-1\n", r"bad.txt, line 1: expected the id"),
    "other digits": ({"exclude": "bad.txt"}, "٣".encode(), r"bad.txt, line 1: expected the id"),
    "no text": ({"exclude": "bad.txt"}, b"\xff\xfe1", r"bad.txt: is not text in UTF-8"),
    "all of it": ({"exclude": [*range(1, 10)]}, None, f"no foreground can be used.*{REASON}"),
}


@pytest.mark.parametrize(("options", "content", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_list_is_one_line(project, options, content, message):
    if content is not None:
        (project / "bad.txt").write_bytes(content)
    with pytest.raises(CocosynthError, match=message) as error:
        build_of(project, photos(**options))
    assert "\n" not in str(error.value)


def test_a_picture_that_is_not_there_is_an_error_that_names_the_closest(project):
    with pytest.raises(CocosynthError, match=r"no picture 'disk/7.png' in cutouts; did you mean"):
        build_of(project, {"folder": "cutouts", "exclude": ["disk/7.png"]})


def test_a_changed_list_is_another_build(project, monkeypatch):
    """A build that was interrupted is not continued with another list."""
    (project / "list.txt").write_text("1")
    source = photos(exclude="list.txt")

    def stopped(*args, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cocosynth.pipeline.build.manifest_of", stopped)
        with pytest.raises(KeyboardInterrupt):
            build_of(project, source)
    (project / "list.txt").write_text("2")
    config = project / "cocosynth.yaml"
    with pytest.raises(CocosynthError, match=r"list.txt has changed"):
        build(config, project / "out", start="resume")
