"""An exporter of the user's own, named by its dotted path."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_builds import built, scenes_of, tree, write_config

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.executors import Processes
from cocosynth.export.manifest import read_manifest
from cocosynth.pipeline.build import build

OWN = '''
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec

from cocosynth.export import ExportContext, Numbered, Sample


class Line(msgspec.Struct):
    file_name: str
    areas: list[int]


@dataclass(frozen=True)
class Boxes:
    """A text file for each image in a folder of its own, and a list of all."""

    context: ExportContext
    digits: int = 3

    products: ClassVar[tuple[str, ...]] = ("labels/", "boxes.txt")

    def write(self, sample: Sample) -> Line:
        boxes = [[round(side, self.digits) for side in a.box] for a in sample.annotations]
        name = f"labels/{sample.scene.split}-{sample.file_name}.txt"
        Path(self.context.folder, name).write_text(repr(boxes))
        return Line(sample.file_name, [a.area for a in sample.annotations])

    def finish(self, split, parts):
        lines = [f"{split} {p.image_id} {[*p.annotation_ids]} {p.part.areas}\\n" for p in parts]
        with Path(self.context.folder, "boxes.txt").open("a") as stream:
            stream.writelines(lines)


@dataclass(frozen=True)
class Fails(Boxes):
    def write(self, sample: Sample) -> Line:
        if sample.scene.index == 3 and Path("fail").exists():
            raise KeyError("no such thing")
        return super().write(sample)


@dataclass(frozen=True)
class ReturnsAnother(Boxes):
    def write(self, sample: Sample) -> Line:
        return {"file_name": 7}


@dataclass(frozen=True)
class WritesElsewhere(Boxes):
    products: ClassVar[tuple[str, ...]] = ("labels/",)


@dataclass(frozen=True)
class Unreadable(Boxes):
    def write(self, sample: Sample) -> "complex | Line":
        return 1j


@dataclass(frozen=True)
class Unknown(Boxes):
    def write(self, sample: Sample) -> "Lien":
        return None


@dataclass(frozen=True)
class TakesData(Boxes):
    products: ClassVar[tuple[str, ...]] = ("data.yaml", "labels/")


@dataclass(frozen=True)
class TakesManifest(Boxes):
    products: ClassVar[tuple[str, ...]] = ("Manifest.json",)


@dataclass(frozen=True)
class Climbs(Boxes):
    products: ClassVar[tuple[str, ...]] = ("../labels",)


@dataclass(frozen=True)
class OneName(Boxes):
    products: ClassVar[str] = "labels"


@dataclass(frozen=True)
class Unfinished:
    context: ExportContext
    products: ClassVar[tuple[str, ...]] = ()

    def write(self, sample: Sample) -> None: ...


@dataclass(frozen=True)
class Untold:
    products: ClassVar[tuple[str, ...]] = ()

    def write(self, sample: Sample) -> None: ...

    def finish(self, split, parts): ...
'''


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    (tmp_path / "own_exporters.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)


def export(*names, **parameters):
    spec = [{f"own_exporters:{name}": parameters} for name in names]
    return {"image_format": "png", "formats": ["coco", *spec]}


def again(folder, out="out", start="overwrite", executor=None, **changes):
    config = load_config(write_config(folder, **changes))
    return build(config, folder / out, folder=folder, start=start, executor=executor)


def test_it_writes_in_workers_and_at_the_end_with_the_ids_of_the_dataset(tmp_path):
    out, _ = built(tmp_path, export=export("Boxes", digits=1))
    other, _ = built(tmp_path, "other", export=export("Boxes", digits=1), executor=Processes(2))
    assert tree(out) == tree(other)
    assert len(list((out / "labels").iterdir())) == 8
    ids = [
        [part["annotation_id"] for part in (*s["background_annotations"], *s["placements"])]
        for split in ("train", "val")
        for s in scenes_of(out, split)
    ]
    lines = (out / "boxes.txt").read_text().splitlines()
    assert [json.loads(line.split(" ", 2)[2].partition("]")[0] + "]") for line in lines] == ids


def test_its_source_code_counts_in_what_a_build_depends_on(tmp_path):
    config = load_config(write_config(tmp_path, export=export("Boxes")))
    assert {*config.source_code()} == {"own_exporters:Boxes"}


def test_overwrite_leaves_nothing_of_it_and_the_manifest_says_what_it_owns(tmp_path):
    out, _ = built(tmp_path, export=export("Boxes"))
    assert {"labels/", "boxes.txt"} < {*read_manifest(out / "manifest.json").products}
    plain, _ = built(tmp_path, "plain")
    assert not {"labels/", "boxes.txt"} & {*read_manifest(plain / "manifest.json").products}
    again(tmp_path)
    assert tree(out) == tree(plain)
    assert not (out / "labels").exists()


def test_a_folder_that_was_of_a_split_becomes_its_product_and_the_other_way_round(tmp_path):
    out, _ = built(tmp_path, splits={"labels": 5})
    again(tmp_path, splits={"train": 3}, export=export("Boxes"))
    assert len(list((out / "labels").iterdir())) == 3
    again(tmp_path, splits={"labels": 5})
    fresh, _ = built(tmp_path, "fresh", splits={"labels": 5})
    assert tree(out) == tree(fresh)


def test_no_split_may_have_the_name_of_its_product(tmp_path):
    with pytest.raises(
        CocosynthError, match="'Labels' cannot .*annotations.* labels.* report_files"
    ):
        load_config(write_config(tmp_path, splits={"Labels": 3}, export=export("Boxes")))


def test_what_lies_where_it_would_write_is_not_replaced(tmp_path):
    out, _ = built(tmp_path)
    (out / "boxes.txt").write_text("mine")
    with pytest.raises(CocosynthError, match=r"boxes.txt: is not of the earlier dataset; move it"):
        again(tmp_path, export=export("Boxes"))
    assert (out / "boxes.txt").read_text() == "mine"


@pytest.mark.slow
def test_its_exception_is_one_line_that_names_class_and_image_and_the_build_goes_on(tmp_path):
    built(tmp_path)
    write_config(tmp_path, export=export("Fails"))
    (tmp_path / "fail").touch()
    command = [sys.executable, "-m", "cocosynth", "build", "--overwrite"]
    done = subprocess.run(
        [*command, "-o", "failed"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "own_exporters:Fails failed at " in done.stderr
    assert "000000000004.png: KeyError: 'no such thing'" in done.stderr
    assert "Traceback" not in done.stderr
    assert "--resume" in done.stderr
    (tmp_path / "fail").unlink()
    done = subprocess.run(
        [*command[:-1], "--resume", "-o", "failed"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    fresh, _ = built(tmp_path, "fresh", export=export("Boxes"))
    assert {n: c for n, c in tree(tmp_path / "failed").items() if n != "config.yaml"} == {
        n: c for n, c in tree(fresh).items() if n != "config.yaml"
    }


def test_a_part_of_another_type_than_it_says_is_one_line(tmp_path):
    with pytest.raises(StoppedError, match=r"ReturnsAnother failed at train/.*png: Validation"):
        built(tmp_path, export=export("ReturnsAnother"))


def test_a_file_that_no_product_names_is_not_lost_silently(tmp_path):
    with pytest.raises(StoppedError, match=r"boxes.txt: was written by an exporter whose `prod"):
        built(tmp_path, export=export("WritesElsewhere"))


REFUSED = {
    "Unfinished": r"formats\[1\]: 'own_exporters:Unfinished' has no finish; see docs/config.md",
    "Untold": r"formats\[1\]: 'own_exporters:Untold' has no field context; see docs/config.md",
    "Unreadable": r"formats\[1\]: own_exporters:Unreadable: what `write` returns must be annotated",
    "Unknown": r"formats\[1\]: own_exporters:Unknown: what `write` returns .*'Lien' is not defined",
    "TakesManifest": r"Manifest.json is written by every build and by own_exporters:TakesManifest",
    "Climbs": r"Climbs: its products are \('../labels',\); give a tuple of names",
    "OneName": r"OneName: its products are 'labels'; give a tuple of names",
    "Missing": r"formats\[1\]: cannot import 'own_exporters:Missing'",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_class_that_is_no_exporter_is_one_line_before_the_build(tmp_path, name):
    with pytest.raises(CocosynthError, match=REFUSED[name]):
        load_config(write_config(tmp_path, export=export(name)))


WRONG = [
    (["yolo"], "export.formats: 'coco' is missing; a build is checked"),
    ([], "export.formats: 'coco' is missing"),
    (["coco", {"coco": {}}], "export.formats: 'coco' stands there twice"),
    (["coco", "yollo"], r"export.formats\[1\]: no technique 'yollo'; did you mean 'yolo'\?"),
    (["coco", "vocs"], r"export.formats\[1\]: no technique 'vocs'; did you mean 'voc'"),
    (["coco", {"yolo": {"size": 1}}], r"export.formats\[1\].yolo: no parameter 'size'"),
    (["coco", {"yolo": {"context": 1}}], r"export.formats\[1\].yolo: no parameter 'context'"),
    (["coco", 3], r"export.formats\[1\]: expected"),
    ("coco", r"export.formats: expected a list, such as `formats: \[coco\]`; got the text .coco."),
]


@pytest.mark.parametrize(("formats", "message"), WRONG)
def test_formats_that_are_none_are_one_line(tmp_path, formats, message):
    with pytest.raises(CocosynthError, match=message) as caught:
        load_config(write_config(tmp_path, export={"formats": formats}))
    assert "\n" not in str(caught.value)


def test_two_exporters_do_not_write_to_one_place(tmp_path):
    formats = ["coco", "yolo", "own_exporters:TakesData"]
    with pytest.raises(CocosynthError, match=r"data.yaml is written by yolo and by own_exporters:"):
        load_config(write_config(tmp_path, export={"formats": formats}))


def test_formats_come_back_from_the_configuration_beside_a_dataset(tmp_path):
    out, _ = built(tmp_path, export=export("Boxes", digits=2))
    config = load_config(out / "config.yaml", allow_code=True)
    assert config.export.formats == ("coco", {"own_exporters:Boxes": {"digits": 2}})
    usual, _ = built(tmp_path, "usual", export={"formats": ["coco"]})
    assert load_config(usual / "config.yaml").export.formats == ("coco",)


def test_the_exporter_in_the_docs_works(tmp_path):
    page = (Path(__file__).parents[2] / "docs/config.md").read_text()
    codes = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [code] = [code for code in codes if "ExportContext" in code]
    (tmp_path / "my_steps.py").write_text(code)
    export = {"formats": ["coco", {"my_steps:Counts": {"separator": ";"}}]}
    out, _ = built(tmp_path, splits={"train": 3}, objects_per_image=[2, 2], export=export)
    assert (out / "counts/train.csv").read_text() == "1;2\n2;2\n3;2\n"
