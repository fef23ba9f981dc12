"""The examples run as their first lines say, and what they print is true."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from small_builds import (
    annotations_of,
    built,
    scenes_of,
    tree,
    write_annotated,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth import load_config
from cocosynth.core.errors import CocosynthError

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*command, cwd=None, **variables):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | variables,  # tests share the cores
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def torch_python():
    """Return a Python that has torch, numpy, OpenCV and pycocotools."""
    if importlib.util.find_spec("torch"):
        return sys.executable
    if "COCOSYNTH_TORCH_PYTHON" not in os.environ:
        pytest.skip("torch is not installed, and COCOSYNTH_TORCH_PYTHON names no Python with it")
    return os.environ["COCOSYNTH_TORCH_PYTHON"]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Build red disks, green rings and blue bars on grey noise."""
    folder = tmp_path_factory.mktemp("shapes")
    write_cutouts(folder / "cutouts", copies=4)
    augment = [{"scale": {"factor_range": [0.8, 1.6]}}]
    out, _ = built(folder, splits={"train": 24, "val": 6}, augment=augment)
    return out


def train(python, dataset, *runs):
    """Train several times in one process, as importing torch takes seconds; return the logs."""
    script = f"""if True:
        import json, sys
        sys.path.insert(0, {str(EXAMPLES)!r})
        import train_pytorch
        for options in json.loads(sys.argv[1]):
            sys.argv[1:] = [{str(dataset)!r}, "--size", "60", "80", *options]
            train_pytorch.main()
            print("=" * 9)
    """
    options = [[str(option) for option in options] for options in runs]
    return run(python, "-c", script, json.dumps(options)).split("=" * 9 + "\n")[:-1]


def iou_of(log):
    return {name: float(value) for name, value in re.findall(r"^  (\S+) +(\S+)$", log, re.M)}


def test_training_lowers_the_loss_and_finds_the_objects(torch_python, shapes):
    log = run(
        *(torch_python, EXAMPLES / "train_pytorch.py", shapes),
        *("--steps", 60, "--size", 60, 80),
    )
    first, last = map(float, re.search(r"loss (\S+) -> (\S+);", log).groups())
    assert last < first / 2
    iou = iou_of(log)
    assert set(iou) == {"(background)", "disk", "ring", "bar"}
    assert iou["(background)"] > 0.8
    assert max(iou["disk"], iou["ring"], iou["bar"]) > 0.4


def test_the_same_seed_trains_the_same_whatever_the_number_of_workers(torch_python, shapes):
    few = ("--steps", 2, "--batch", 4)
    val = (shapes / "annotations/instances_val.json", shapes / "val")
    once, again, named, other = train(
        *(torch_python, shapes),
        *(few, (*few, "--workers", 2), (*few, "--val", *val), (*few, "--seed", 1)),
    )
    assert once == again == named
    assert once != other


def test_the_label_image_shows_each_mask_under_the_number_of_its_category(torch_python, shapes):
    content = annotations_of(shapes)
    [disk] = (c["id"] for c in content["categories"] if c["name"] == "disk")
    shown = next(a["image_id"] for a in content["annotations"] if a["category_id"] == disk)
    place = sorted(record["id"] for record in content["images"]).index(shown)
    script = f"""if True:
        import json, sys
        from pathlib import Path
        sys.path.insert(0, {str(EXAMPLES)!r})
        from train_pytorch import SemanticCoco
        data = SemanticCoco(Path(sys.argv[1]), Path(sys.argv[2]), (120, 160))
        image, labels = data[{place}]
        assert image.shape == (3, 120, 160) and 0 <= image.min() < image.max() <= 1
        coco = data.coco
        covered = 0
        for annotation in coco.imgToAnns[{shown}]:
            [category] = coco.loadCats(annotation["category_id"])
            mask = coco.annToMask(annotation) == 1
            assert (labels.numpy()[mask] == 1 + data.names.index(category["name"])).all()
            covered += mask.sum()
        assert covered == (labels > 0).sum() > 0
        red, green, blue = image[:, labels == 1 + data.names.index("disk")].mean(1)
        assert red > 2 * blue, "colours are in the wrong order"
        data.size = (60, 80)
        assert (data[{place}][1] == labels[::2, ::2]).all(), "resizing mixes categories"
    """
    run(torch_python, "-c", script, shapes / "annotations/instances_train.json", shapes / "train")


def test_categories_go_by_their_names_where_another_file_has_other_ids(
    torch_python, shapes, tmp_path
):
    content = annotations_of(shapes, "val")
    for category in content["categories"]:
        category["id"] = 100 - category["id"]
    for annotation in content["annotations"]:
        annotation["category_id"] = 100 - annotation["category_id"]
    content["categories"].append({"id": 1, "name": "unknown", "supercategory": ""})
    (tmp_path / "other.json").write_text(json.dumps(content))
    script = f"""if True:
        import sys
        from pathlib import Path
        sys.path.insert(0, {str(EXAMPLES)!r})
        from train_pytorch import SemanticCoco
        file, other, folder = map(Path, sys.argv[1:])
        own = SemanticCoco(file, folder, (60, 80))
        elsewhere = SemanticCoco(other, folder, (60, 80), own.names)
        assert len(own) == len(elsewhere) == 6
        for index in range(6):
            assert (own[index][1] == elsewhere[index][1]).all()
    """
    file = shapes / "annotations/instances_val.json"
    run(torch_python, "-c", script, file, tmp_path / "other.json", shapes / "val")


def test_two_datasets_built_in_python_differ_in_the_one_choice_only(tmp_path):
    built(tmp_path)  # makes the photographs, too
    config = write_config(tmp_path, splits={"train": 3, "val": 1})
    lines = run(
        *(sys.executable, EXAMPLES / "build_in_python.py", config, tmp_path / "ablation"),
        *("--workers", 1),
    ).splitlines()
    assert [line.replace("feather", "paste") for line in lines[2:]] == lines[:2]
    hard, soft = (tree(tmp_path / "ablation" / blend) for blend in ("paste", "feather"))
    assert set(hard) == set(soft)
    different = {name.split("/")[0] for name in hard if hard[name] != soft[name]}
    assert different == {
        *("train", "val", "preview.png", "report.html", "report_files", "config.yaml")
    }


@pytest.fixture(scope="module")
def learned(torch_python, tmp_path_factory):
    """Photographs whose objects all stand low, two nets learned from them, and a configuration."""
    folder = tmp_path_factory.mktemp("learned")
    env = {"PYTHONPATH": os.pathsep.join(map(str, (EXAMPLES, EXAMPLES.parent))), "cwd": folder}
    try:
        run(torch_python, "-c", "import cocosynth.pipeline.build", **env)
    except AssertionError as error:
        pytest.skip(f"the Python with torch lacks what cocosynth needs: {str(error)[-80:]}")
    low = [(x, 80, 30, 36) for x in (10, 60, 110)]
    write_annotated(folder / "photos", low, category="box", count=4)
    (folder / "photos/annotations").mkdir()
    (folder / "photos/instances.json").rename(folder / "photos/annotations/instances.json")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    for name in ("weights", "again"):
        script = EXAMPLES / "learned_techniques.py"
        run(torch_python, script, "photos", "--out", f"{name}.pt", **env)
    weights = {"weights": "weights.pt"}
    write_config(
        folder,
        splits={"train": 8},
        objects_per_image=[1, 2],
        harmonize=[{"learned_techniques:LearnedHarmoniser": weights}],
        placement={"learned_techniques:LearnedPlacement": weights},
    )
    for workers in (1, 2):
        out = ("--out", f"out{workers}", "--workers", workers)
        run(torch_python, "-m", "cocosynth", "build", "cocosynth.yaml", *out, **env)
    return folder, env


@pytest.mark.slow
def test_learned_techniques_put_objects_where_objects_stand(learned):
    folder, _ = learned
    feet = [a["bbox"][1] + a["bbox"][3] for a in annotations_of(folder / "out1")["annotations"]]
    built(folder, out="uniform", splits={"train": 8}, objects_per_image=[1, 2])
    anywhere = annotations_of(folder / "uniform")["annotations"]
    assert np.mean(feet) > np.mean([a["bbox"][1] + a["bbox"][3] for a in anywhere]) + 10
    assert {tuple(step["values"]) for s in scenes_of(folder / "out1") for p in s["placements"]
            for step in p["harmonize"]} == {("strength",)}  # fmt: skip


@pytest.mark.slow
def test_learned_techniques_are_the_same_learned_again_in_workers_and_replayed(
    learned, torch_python
):
    folder, env = learned
    assert tree(folder / "out1") == tree(folder / "out2")
    same = (
        "import torch\n"
        "a, b = (torch.load(n, weights_only=True) for n in ('weights.pt', 'again.pt'))\n"
        "print(all((a[n][k] == b[n][k]).all() for n in a for k in a[n]))"
    )
    assert run(torch_python, "-c", same, **env).strip() == "True"
    render = ("-m", "cocosynth", "render", "out1", "--image-id", 1, "--out", "one.png")
    run(torch_python, *render, "--allow-code", **env)
    built_image = folder / "out1/train/000000000001.png"
    assert (folder / "one.png").read_bytes() == built_image.read_bytes()


@pytest.mark.slow
def test_a_dataset_with_learned_techniques_is_not_replayed_without_being_trusted(learned):
    folder, _ = learned
    with pytest.raises(CocosynthError, match="allow-code"):
        load_config(folder / "out1/config.yaml")


def test_every_option_of_the_training_is_in_the_docs():
    page = (EXAMPLES.parent / "docs/train-pytorch.md").read_text()
    options = re.findall(r'"(--[a-z]+)"', (EXAMPLES / "train_pytorch.py").read_text())
    assert len(options) > 4
    for option in options:
        assert f"| `{option}` |" in page


KUBERAY = {  # fields of ray.io/v1, as the reference of KubeRay lists them
    "spec": {
        *("entrypoint", "entrypointNumCpus", "backoffLimit", "shutdownAfterJobFinishes"),
        *("ttlSecondsAfterFinished", "rayClusterSpec"),
    },
    "cluster": {
        *("rayVersion", "enableInTreeAutoscaling", "autoscalerOptions", "headGroupSpec"),
        "workerGroupSpecs",
    },
    "workers": {
        *("groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"),
    },
}


def test_the_job_for_kuberay_has_fields_that_exist_and_runs_a_command_that_does(tmp_path):
    job = YAML(typ="safe", pure=True).load((EXAMPLES / "kuberay.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    assert set(job["spec"]) <= KUBERAY["spec"]
    cluster = job["spec"]["rayClusterSpec"]
    assert set(cluster) <= KUBERAY["cluster"]
    assert set(cluster["headGroupSpec"]) == {"rayStartParams", "template"}
    for group in cluster["workerGroupSpecs"]:
        assert set(group) <= KUBERAY["workers"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
    program, *arguments = job["spec"]["entrypoint"].split()
    assert program == "cocosynth"
    shown = run(sys.executable, "-m", "cocosynth", arguments[0], "--help", COLUMNS="200")
    for option in (argument for argument in arguments if argument.startswith("--")):
        assert f"{option} " in shown
