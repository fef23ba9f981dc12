"""Images that look alike are listed with their distance, and nothing is decided by that."""

import importlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from small_builds import tree

from cocosynth.check.pictures.contents import Images
from cocosynth.check.pictures.hamming import within
from cocosynth.check.pictures.near import SHOWN, Near, NearImages, near_images, near_text
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes, Serial


@st.composite
def hashes(draw):
    """Draw numbers of 64 bits, some of which are others with a few bits flipped."""
    base = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=6))
    flips = st.lists(st.integers(0, 63), max_size=14, unique=True)
    changed = [
        draw(st.sampled_from(base)) ^ sum(1 << bit for bit in draw(flips))
        for _ in range(draw(st.integers(0, 12)))
    ]
    return base, [*base, *changed]


@settings(max_examples=40, deadline=None)
@given(hashes(), st.integers(0, 11))
def test_all_numbers_are_found_that_a_slow_comparison_finds(drawn, limit):
    queries, numbers = (np.array(each, dtype=np.uint64) for each in drawn)
    found = {
        (int(i), int(j), int(d))
        for rows, others, bits in within(limit, queries, numbers)
        for i, j, d in zip(rows, others, bits, strict=True)
    }
    distances = {
        (i, j, bin(a ^ b).count("1"))
        for i, a in enumerate(drawn[0])
        for j, b in enumerate(drawn[1])
    }
    assert found == {each for each in distances if each[2] <= limit}


def test_nothing_is_near_where_there_is_nothing():
    none, one = np.empty(0, np.uint64), np.zeros(1, np.uint64)
    for queries, numbers in ((none, one), (one, none), (none, none)):
        assert not [rows for rows, _, _ in within(5, queries, numbers) if len(rows)]


@pytest.fixture
def package():
    return pytest.importorskip("imagehash")


def picture(seed, size=(240, 320)):
    """Make a picture with coarse and fine structure."""
    rng = np.random.default_rng(seed)
    levels = sum(
        np.kron(rng.random((size[0] // step, size[1] // step, 3)), np.ones((step, step, 1))) * step
        for step in (40, 16, 8)
    )
    return Image.fromarray((levels / levels.max() * 255).astype(np.uint8))


def write(folder, pictures, **options):
    folder.mkdir()
    for name, image in pictures.items():
        image.save(folder / name, **options)
    names = sorted(pictures)
    records = [{"id": n, "file_name": name, "width": pictures[name].width,
                "height": pictures[name].height} for n, name in enumerate(names)]  # fmt: skip
    content = {"images": records, "annotations": [], "categories": []}
    (folder.parent / f"{folder.name}.json").write_text(json.dumps(content))
    files = [str(folder / name) for name in names]
    return Images(f"{folder.name}.json", names, files, [()] * len(names))


def copies(seed):
    """Make the copies of a picture that people make."""
    original = picture(seed)
    stream = io.BytesIO()
    original.save(stream, "JPEG", quality=40)
    return {
        "again.jpg": Image.open(stream),
        "half.jpg": original.resize((160, 120)),
        "cropped.jpg": original.crop((20, 10, 308, 226)),
        "other.jpg": picture(seed + 100),
    }


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("seed", range(3))
def test_copies_are_found_encoded_again_resized_or_cropped_and_others_are_not(tmp_path, seed):
    a = write(tmp_path / "a", {"1.png": picture(seed), "2.png": picture(seed + 50)})
    b = write(tmp_path / "b", copies(seed))
    near = near_images([a, b], executor=Serial())
    found = {pair.images: pair for pair in near.pairs}
    assert set(found) == {("1.png", name) for name in ("again.jpg", "half.jpg", "cropped.jpg")}
    assert found["1.png", "again.jpg"].distance <= 2
    assert found["1.png", "cropped.jpg"].is_crop
    turned = near_images([b, a], executor=Processes(2))
    assert {(pair.distance, *pair.images[::-1]) for pair in turned.pairs} == {
        (pair.distance, *pair.images) for pair in near.pairs
    }


@pytest.mark.usefixtures("package")
def test_one_file_is_compared_with_itself_each_pair_once(tmp_path):
    images = write(tmp_path / "a", {"1.png": picture(0), "2.png": picture(0), "3.png": picture(9)})
    near = near_images([images], executor=Serial())
    assert near.pairs == [Near(0, False, ("a.json", "a.json"), ("1.png", "2.png"))]
    assert near.unread == 0


@pytest.mark.usefixtures("package")
def test_images_that_cannot_be_read_are_counted(tmp_path):
    a = write(tmp_path / "a", {"1.png": picture(0), "2.png": picture(0)})
    (tmp_path / "a/1.png").write_bytes(b"x")
    gone = Images("b.json", ["x.png"], [None], [()])
    near = near_images([a, gone], executor=Serial())
    assert near == NearImages([], 2)
    assert "note: 2 images cannot be read and were not compared" in near_text(near)


def test_people_see_the_nearest_and_how_many_more_there_are():
    pairs = [Near(n // 10, n > 30, ("a", "b"), (f"{n}", "x\ny")) for n in range(SHOWN + 3)]
    lines = near_text(NearImages(pairs, 0)).splitlines()
    assert len(lines) == SHOWN + 2
    assert lines[-1] == "  and 3 more: --json lists all"
    assert lines[-2].startswith("  4 (crop): 49 (a), x")


def test_a_missing_package_names_the_extra(monkeypatch, tmp_path):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(CocosynthError, match=r'pip install "cocosynth\[near\]"'):
        near_images([Images("a", [], [], [])], executor=Serial())


@pytest.mark.usefixtures("package")
def test_the_command_lists_pairs_and_its_exit_code_is_what_it_was(here, tmp_path):
    write(tmp_path / "a", {"1.png": picture(0)})
    write(tmp_path / "b", {"2.jpg": picture(0)})
    before = tree(tmp_path)
    command = ("validate", "a.json", "b.json", "--images", "a", "--images", "b", "--near")
    done = here(*command)
    assert done.returncode == 0, done.stderr
    assert "near: 1 pair of images look alike" in done.stdout
    assert "  0: 1.png (a.json), 2.jpg (b.json)" in done.stdout
    told = json.loads(here(*command, "--json").stdout)
    assert told["errors"] == 0
    [pair] = told["near"]["pairs"]
    assert (pair["distance"], pair["images"]) == (0, ["1.png", "2.jpg"])
    assert tree(tmp_path) == before


def test_without_image_folders_there_is_nothing_to_look_at(here, tmp_path):
    write(tmp_path / "a", {"1.png": picture(0)})
    done = here("validate", "a.json", "--near")
    assert done.returncode == 2
    assert "--near: looks at image files; give their folder as --images" in done.stderr


def test_the_report_for_programs_has_one_shape_for_one_file_and_for_several(here, tmp_path):
    for name in "ab":
        write(tmp_path / name, {f"{name}.png": picture(0)})
    one, two = (json.loads(here("validate", *files, "--json").stdout)
                for files in (["a.json"], ["a.json", "b.json"]))  # fmt: skip
    assert set(one) == set(two) == {"errors", "warnings", "reports"}
    assert [len(told["reports"]) for told in (one, two)] == [1, 3]
    assert len({frozenset(report) for told in (one, two) for report in told["reports"]}) == 1
