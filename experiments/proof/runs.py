"""Runs and their results: small JSON files, so that nothing is run twice, on any machine."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from experiments.proof.arms import Arm
from experiments.proof.backbone import Backbone
from experiments.proof.composing import Workshop
from experiments.proof.evaluation import detect, judge
from experiments.proof.images import load
from experiments.proof.settings import Settings
from experiments.proof.training import train
from experiments.proof.views import Views, of_test, of_training

FEW = "few"
"""The kind of runs whose photographs are drawn for each seed."""

KEPT = 0.1  # score of the detections that pictures are drawn of


@dataclass(frozen=True)
class Run:
    """One arm with one seed."""

    name: str
    arm: Arm
    seed: int
    settings: Settings
    workshop: Workshop
    kind: str  # folder of its result

    @property
    def names(self) -> tuple[str, ...]:
        return self.workshop.photographs.categories

    @property
    def question(self) -> dict[str, Any]:
        """Return all that decides the figures, but for versions and machines."""
        return {
            "arm": self.name,
            "seed": self.seed,
            "photographs": self.workshop.photographs.digest,
            "real": self.arm.real,
            "share": self.arm.share,
            "real_last": self.arm.real_last,
            "composed": self.workshop.key(self.arm, self.seed),
            "composed_images": self.workshop.images if self.arm.composed else 0,
            "settings": asdict(self.used),
        }

    @property
    def used(self) -> Settings:
        return replace(self.settings, **self.arm.settings)

    @property
    def file_name(self) -> str:
        key = hashlib.sha256(json.dumps(self.question, sort_keys=True).encode()).hexdigest()[:8]
        return f"{file_stem(self.name, self.seed)}-{key}.json"


def file_stem(arm: str, seed: int) -> str:
    """Return how the names of all that a run leaves begin."""
    return f"{re.sub(r'[^a-z0-9]+', '-', arm).strip('-')}-{seed}"


def run_all(
    runs: Sequence[Run], results: Path, device: str, at_once: int, *, until: float = float("inf")
) -> dict[str, str]:
    """Do the runs that have no result yet; those not begun at a time of the clock are skipped.

    Returns
    -------
    dict
        What `merge --held-out` says of the composed images of each run.
    """
    left = [run for run in runs if not (results / run.kind / run.file_name).is_file()]
    print(f"{len(runs)} runs, {len(left)} of them without a result", flush=True)
    said: dict[str, str] = {}
    torch.set_num_threads(1)
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
        asked = []
        for run in left:  # the first are trained while features of more are computed
            if time.time() < until:
                _of_real(run, device)
                asked.append(pool.submit(_do, run, results / run.kind, device, until))
        for done in as_completed(asked):
            said |= done.result()
    return dict(sorted(said.items()))


def _of_real(run: Run, device: str) -> tuple[Views, Views]:
    """Return views of the real images that a run learns from and is tested on."""
    workshop, used = run.workshop, run.used
    return (
        _kept(*workshop.real(run.arm.real), run.names, used, used.real_views, device),
        _kept(*workshop.test(), run.names, used, 0, device),
    )


def _kept(
    coco: Path, folder: Path, names: tuple[str, ...], used: Settings, each: int, device: str
) -> Views:
    """Return views of images, of a file if they were computed before."""
    file = coco.with_suffix(f".{used.backbone}-{used.side}-{used.crop if each else 0}-{each}.pt")
    if not file.is_file():
        begun = time.perf_counter()
        _computed(coco, folder, names, used, each, device).save(file)
        print(f"{file.name}: {time.perf_counter() - begun:.0f} s", flush=True)
    return Views.load(file)


def _computed(
    coco: Path, folder: Path, names: tuple[str, ...], used: Settings, each: int, device: str
) -> Views:
    """Compute so many views of each image; none: for a test."""
    images = load(coco, folder, names, used.cached).to(torch.device(device))
    backbone = Backbone(used.backbone).to(device)
    if each:
        return of_training(backbone, images, used.side, used.crop, each, seed=1)
    return of_test(backbone, images, used.side)


def _do(run: Run, results: Path, device: str, until: float) -> dict[str, str]:
    """Compose, compute features, train, test; return what `merge` says of the composed images."""
    if time.time() > until:
        return {}
    torch.set_num_threads(1)
    begun, work = time.perf_counter(), time.thread_time()
    workshop, used, said, composed = run.workshop, run.used, {}, None
    if run.arm.composed:
        name = f"{workshop.folder.name}: {run.name}, {run.seed}"
        said[name] = workshop.held_out(run.arm, run.seed)
        files = workshop.composed(run.arm, run.seed)
        composed = _computed(*files, run.names, used, used.composed_views, device)
    real, tested = _of_real(run, device)
    prepared = time.perf_counter() - begun
    log = workshop.folder / "logs" / run.file_name.replace(".json", ".log")
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as stream:

        def say(text: str) -> None:
            stream.write(text + "\n")
            stream.flush()

        model, losses = train(
            real,
            composed,
            len(run.names),
            arm=run.arm,
            seed=run.seed,
            settings=used,
            device=torch.device(device),
            say=say,
        )
        trained = time.perf_counter() - begun
        found = detect(model, tested, run.names)
        figures = judge(workshop.test()[0], found, run.names)
        say(f"AP {figures['AP']} AP50 {figures['AP50']}")
    if run.kind == "folds":  # nothing is drawn anew from them
        for one in figures["categories"].values():
            del one["in"], one["ranked"]
    kept = workshop.folder / "detections" / run.file_name
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps([one for one in found if one[2] >= KEPT]))
    seconds = {
        "preparing": round(prepared),
        "training": round(trained - prepared),
        "all": round(time.perf_counter() - begun),
        "of a processor": round(time.thread_time() - work),
    }
    result = run.question | {
        **({"drawn": len(workshop.photographs.train)} if run.kind == FEW else {}),
        "figures": figures,
        "losses": losses,
        "seconds": seconds,
        "made_with": made_with(device),
    }
    results.mkdir(parents=True, exist_ok=True)
    part = (results / run.file_name).with_suffix(".part")
    part.write_text(json.dumps(result) + "\n")
    part.replace(results / run.file_name)
    print(f"{run.kind}: {run.name}, seed {run.seed}: AP50 {figures['AP50']:.2f}"
          f", AP {figures['AP']:.2f}, {seconds['all']} s", flush=True)  # fmt: skip
    return said


def made_with(device: str) -> dict[str, str]:
    """Return the versions, the commit and the machine of a result."""
    packages = ("torch", "numpy", "opencv-python-headless", "pycocotools")
    found = {package: version(package) for package in packages}
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    return found | {"python": platform.python_version(), "commit": commit(), "device": name}


def commit() -> str:
    """Return the commit of these files, or what a file COMMIT beside them says of it."""
    beside = Path(__file__).with_name("COMMIT")
    if beside.is_file():
        return beside.read_text().strip()
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
