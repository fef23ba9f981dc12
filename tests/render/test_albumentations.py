"""The tone `albumentations`, with and without the package that it uses."""

import re
import subprocess
import sys

import numpy as np
import pytest
from small_builds import annotations_of, built, tree, write_config, write_cutouts

from cocosynth.config.file import load_config
from cocosynth.config.kinds import FINISH
from cocosynth.core.errors import CocosynthError, TechniqueError
from cocosynth.core.executors import Processes, Serial
from cocosynth.render.tones.albumentations import Albumentations

FOG = {"albumentations": {"transform": "RandomFog", "parameters": {"fog_coef_range": [0.3, 0.6]}}}
PICTURE = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)


@pytest.fixture
def package():
    return pytest.importorskip("albumentations")


def values(transform="RandomFog", seed=0, **parameters):
    return {"transform": transform, "parameters": parameters, "seed": seed}


def test_a_missing_package_is_one_line_that_names_its_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "albumentations", None)
    with pytest.raises(CocosynthError) as caught:
        FINISH.make([FOG])
    assert str(caught.value) == (
        "finish[0].albumentations: the package albumentations is not installed; "
        'run `pip install "cocosynth[albumentations]"`'
    )


def test_a_package_that_cannot_be_imported_says_why(tmp_path, monkeypatch):
    (tmp_path / "albumentations.py").write_text("raise ImportError('needs\\n  torch')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "albumentations", raising=False)
    with pytest.raises(CocosynthError, match="albumentations cannot be imported: needs torch$"):
        FINISH.make([FOG])


def test_the_package_is_not_imported_before_it_is_used():
    code = "import sys, cocosynth.pipeline.build; sys.exit('albumentations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_seed_decides(package):
    tone = Albumentations("RandomFog")
    first, again, other = (tone.apply(PICTURE, values(seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_scene_alone_says_what_is_applied(package):
    inverted = Albumentations("RandomFog").apply(PICTURE, values("InvertImg"))
    np.testing.assert_array_equal(inverted, 255 - PICTURE)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"transform": "RandomFogg"}, "has no pixel transform 'RandomFogg'; did you mean"),
        ({"transform": "HorizontalFlip"}, "HorizontalFlip is not an ImageOnlyTransform: it could"),
        ({"transform": "CoarseDropout"}, "CoarseDropout is not an ImageOnlyTransform: it could"),
        ({"transform": "Compose"}, "Compose is not an ImageOnlyTransform: it could move pixels"),
        ({"transform": "Normalize"}, "Normalize must give uint8 of shape (64, 64, 3), gave float"),
        ({"transform": "FDA"}, "FDA failed on 64 x 64 pixels: "),
        ({"transform": "RandomFog", "parameters": {"fog": 1}}, "RandomFog has no parameter 'fog'"),
        ({"transform": "RandomFog", "parameters": {"alpha_coef": 7}}, "RandomFog: alpha_coef: "),
        ({"transform": "RandomFog", "parameters": {"p": 0.5}}, "p stands beside parameters, not"),
        ({"transform": "RandomFog", "p": 2}, "p must lie in [0, 1], got 2.0"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(package, spec, message):
    with pytest.raises(CocosynthError, match=re.escape(message)) as caught:
        FINISH.make([{"albumentations": spec}])
    assert str(caught.value).startswith("finish[0].albumentations: ")
    assert "\\n" not in str(caught.value)


def test_a_failure_while_rendering_is_one_line(package):
    with pytest.raises(TechniqueError, match=r"^albumentations: Downscale failed on 1 x 1 pixels"):
        Albumentations("Downscale").apply(PICTURE[:1, :1], values("Downscale"))


def test_another_version_of_the_package_counts_as_other_code(package, tmp_path, monkeypatch):
    write_cutouts(tmp_path / "cutouts")
    config = load_config(write_config(tmp_path, finish=[FOG]))
    version = package.__version__
    assert config.source_code() == {"albumentations": f"albumentations {version}"}
    monkeypatch.setattr(package, "__version__", "2.99")
    assert config.source_code() == {"albumentations": "albumentations 2.99"}


def test_a_build_changes_no_label_and_has_the_same_bytes_in_workers(package, tmp_path):
    plain, _ = built(tmp_path, out="plain")
    shapes = [{"flip": {}}, {"rotate": {}}, {"scale": {"factor_range": [0.5, 1.2]}}]
    steps = {"augment": [*shapes, FOG], "finish": [FOG, {"albumentations": {"transform": "CLAHE"}}]}
    one, _ = built(tmp_path, out="one", executor=Serial(), **steps)
    two, _ = built(tmp_path, out="two", executor=Processes(2), **steps)
    assert tree(one) == tree(two)
    assert annotations_of(plain)["annotations"] == annotations_of(one)["annotations"]
    assert tree(plain / "train") != tree(one / "train")
