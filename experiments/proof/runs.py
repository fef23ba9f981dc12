"""Runs and their results: small JSON files, so that nothing is run twice, on any machine."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
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
            "composed": self.workshop.key(self.arm),
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
        What `merge --held-out` says of the composed images of each arm.
    """
    left = [run for run in runs if not (results / run.kind / run.file_name).is_file()]
    print(f"{len(runs)} runs, {len(left)} of them without a result", flush=True)
    said: dict[str, str] = {}
    pool: Executor = (
        ProcessPoolExecutor(at_once, mp_context=get_context("spawn"))
        if device == "cpu"
        else ThreadPoolExecutor(at_once)
    )
    torch.set_num_threads(1)
    with pool:
        asked = []
        for run in left:  # the first are trained while features of more are computed
            if time.time() < until:
                _prepare(run, said, device)
                asked.append(pool.submit(_do, run, results / run.kind, device, until))
        for done in as_completed(asked):
            done.result()
    return said


def _prepare(run: Run, said: dict[str, str], device: str) -> None:
    """Build what a run learns from, let `merge` look at it, compute features."""
    workshop, arm = run.workshop, run.arm
    name = f"{workshop.folder.name}: {run.name}"
    if arm.composed and name not in said:
        begun = time.perf_counter()
        said[name] = workshop.held_out(arm)
        print(f"{name}: composed in {time.perf_counter() - begun:.0f} s", flush=True)
    _views(run, device)


def _views(run: Run, device: str) -> tuple[Views, Views | None, Views]:
    """Return what a run learns from, real and composed, and what it is tested on."""
    workshop, arm, used = run.workshop, run.arm, run.used
    composed = None
    if arm.composed:
        composed = _kept(*workshop.composed(arm), run.names, used, used.composed_views, device)
    return (
        _kept(*workshop.real(arm.real), run.names, used, used.real_views, device),
        composed,
        _kept(*workshop.test(), run.names, used, 0, device),
    )


def _kept(
    coco: Path, folder: Path, names: tuple[str, ...], used: Settings, each: int, device: str
) -> Views:
    """Return views of images, of files if they were computed before; none of each: for a test."""
    file = coco.with_suffix(f".{used.backbone}-{used.side}-{used.crop if each else 0}-{each}.pt")
    if not file.is_file():
        begun = time.perf_counter()
        images = load(coco, folder, names, used.cached).to(torch.device(device))
        backbone = Backbone(used.backbone).to(device)
        views = (
            of_training(backbone, images, used.side, used.crop, each, seed=1)
            if each
            else of_test(backbone, images, used.side)
        )
        views.save(file)
        print(f"{file.name}: {time.perf_counter() - begun:.0f} s", flush=True)
    return Views.load(file)


def _do(run: Run, results: Path, device: str, until: float) -> None:
    if time.time() > until:
        return
    torch.set_num_threads(1)
    begun, work = time.perf_counter(), time.thread_time()
    real, composed, tested = _views(run, device)
    workshop = run.workshop
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
            share=run.arm.share,
            seed=run.seed,
            settings=run.used,
            device=torch.device(device),
            say=say,
        )
        trained = time.perf_counter() - begun
        found = detect(model, tested, run.names)
        figures = judge(workshop.test()[0], found, run.names)
        say(f"AP {figures['AP']} AP50 {figures['AP50']}")
    kept = workshop.folder / "detections" / run.file_name
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps([one for one in found if one[2] >= KEPT]))
    seconds = {
        "training": round(trained),
        "all": round(time.perf_counter() - begun),
        "of a processor": round(time.thread_time() - work),
    }
    result = run.question | {
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
