"""Runs and their results: small JSON files, so that nothing is run twice, on any machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from experiments.proof.arms import Arm
from experiments.proof.composing import Workshop
from experiments.proof.evaluation import detect, judge
from experiments.proof.images import Images, load
from experiments.proof.training import Settings, train

KEPT = 0.1  # score of the detections that pictures are drawn of


@dataclass(frozen=True)
class Run:
    """One arm with one seed."""

    name: str
    arm: Arm
    seed: int
    settings: Settings
    workshop: Workshop

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
    left = [run for run in runs if not (results / run.file_name).is_file()]
    print(f"{len(runs)} runs, {len(left)} of them without a result", flush=True)
    results.mkdir(parents=True, exist_ok=True)
    said: dict[str, str] = {}
    pool: Executor = (
        ProcessPoolExecutor(at_once, mp_context=get_context("spawn"))
        if device == "cpu"
        else ThreadPoolExecutor(at_once)
    )
    with pool:
        asked = []
        for run in left:  # the first are trained while more is composed
            _prepare(run, said)
            asked.append(pool.submit(_in_stream, run, results, device, until))
        for done in as_completed(asked):
            done.result()
    return said


def _prepare(run: Run, said: dict[str, str]) -> None:
    """Build what a run learns from, and let `merge` look at it."""
    workshop, arm = run.workshop, run.arm
    workshop.test()
    workshop.real(arm.real)
    name = f"{workshop.folder.name}: {run.name}"
    if arm.composed and name not in said:
        begun = time.perf_counter()
        said[name] = workshop.held_out(arm)
        print(f"{name}: composed in {time.perf_counter() - begun:.0f} s", flush=True)


def _in_stream(run: Run, results: Path, device: str, until: float) -> None:
    """Do a run in a stream of its own, where there is a GPU: others go on beside it."""
    if device == "cpu":
        torch.set_num_threads(1)
        _do(run, results, device, until)
        return
    with torch.cuda.stream(torch.cuda.Stream()):
        _do(run, results, device, until)


def _do(run: Run, results: Path, device: str, until: float) -> None:
    if time.time() > until:
        return
    begun = time.perf_counter()
    workshop, names = run.workshop, run.workshop.photographs.categories
    asked = (names, run.used.cached, device)
    real = _images(*workshop.real(run.arm.real), *asked)
    composed = _images(*workshop.composed(run.arm), *asked) if run.arm.composed else None
    log = workshop.folder / "logs" / run.file_name.replace(".json", ".log")
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as stream:

        def say(text: str) -> None:
            stream.write(text + "\n")
            stream.flush()

        model, losses = train(
            real,
            composed,
            len(names),
            share=run.arm.share,
            seed=run.seed,
            settings=run.used,
            say=say,
        )
        trained = time.perf_counter() - begun
        found = detect(model, _images(*workshop.test(), *asked), names, run.used.side)
        figures = judge(workshop.test()[0], found, names)
        say(f"AP {figures['AP']} AP50 {figures['AP50']}")
    kept = workshop.folder / "detections" / run.file_name
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps([one for one in found if one[2] >= KEPT]))
    result = run.question | {
        "figures": figures,
        "losses": losses,
        "seconds": {"training": round(trained), "all": round(time.perf_counter() - begun)},
        "made_with": made_with(device),
    }
    part = (results / run.file_name).with_suffix(".part")
    part.write_text(json.dumps(result) + "\n")
    part.replace(results / run.file_name)
    print(f"{run.name}, seed {run.seed}: AP50 {figures['AP50']:.2f}, AP {figures['AP']:.2f}"
          f", {result['seconds']['all']} s", flush=True)  # fmt: skip


@lru_cache(maxsize=40)
def _lock(coco: Path, device: str) -> threading.Lock:
    return threading.Lock()


def _images(
    coco: Path, folder: Path, categories: tuple[str, ...], side: int, device: str
) -> Images:
    """Read images once on a machine, and keep them decoded."""
    with _lock(coco, device):
        return _decoded(coco, folder, categories, side, device)


@lru_cache(maxsize=40)
def _decoded(
    coco: Path, folder: Path, categories: tuple[str, ...], side: int, device: str
) -> Images:
    kept = coco.with_suffix(f".{side}.pt")
    if kept.is_file():
        images = Images(*torch.load(kept, weights_only=True))
    else:
        images = load(coco, folder, categories, side)
        part = kept.with_suffix(f".{os.getpid()}.part")
        torch.save([getattr(images, name) for name in Images.__dataclass_fields__], part)
        part.replace(kept)
    images = images.to(torch.device(device))
    if device == "cuda":
        torch.cuda.current_stream().synchronize()  # other streams read them
    return images


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
