"""Compare detectors trained on real images with detectors trained on composed images beside them.

python -m experiments.proof --coco instances_train.json:images --test instances_val.json:images \
        --out work
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

from experiments.proof.arms import ARMS, MAIN, TRIED
from experiments.proof.composing import Workshop
from experiments.proof.photographs import Photographs, Source, few, fold, read
from experiments.proof.runs import FEW, Run, run_all
from experiments.proof.settings import Settings

FOLDS = 3
QUICK = Settings(steps=20, batch=4, side=128, crop=96, cached=192, real_views=2)
RESULTS = Path(__file__).parent / "results"


def main(words: list[str] | None = None) -> None:
    """Run what has no result yet."""
    options = parser().parse_args(words)
    settings = QUICK if options.quick else Settings()
    every = read(
        [Source.parsed(text) for text in options.coco],
        [Source.parsed(text) for text in options.test],
        options.categories,
    )
    print(told(every), flush=True)
    arms = TRIED if options.folds else ARMS
    unknown = [name for name in options.arms or () if name not in arms]
    if unknown:
        raise SystemExit(f"no arm {unknown[0]!r}; there are {', '.join(arms)}")
    if options.quick:
        arms = {name: replace(arm, settings={}) for name, arm in arms.items()}
    asked = options.arms or list(arms)
    images = options.images or (24 if options.quick else 600)
    parts = (
        [(f"fold{n}", fold(every, n, FOLDS)) for n in range(FOLDS)]
        if options.folds
        else [("comparison", every)]
    )
    if options.both_ways:
        parts.append(("swapped", every.swapped))
    begun = time.time()
    runs = []
    for folder, photographs in parts:
        workshop = Workshop(options.out / folder, photographs, images)
        workshop.folder.mkdir(parents=True, exist_ok=True)
        for name in asked if folder != "swapped" else [one for one in asked if one in MAIN]:
            seeds = options.main_seeds if name in MAIN and not options.folds else options.seeds
            kind = "folds" if options.folds else folder
            runs += [Run(name, arms[name], seed, settings, workshop, kind) for seed in seeds]
    for seed in options.main_seeds if options.few else ():
        workshop = Workshop(options.out / f"few{seed}", few(every, options.few, seed), images)
        workshop.folder.mkdir(parents=True, exist_ok=True)
        runs += [
            Run(name, arms[name], seed, settings, workshop, FEW) for name in asked if name in MAIN
        ]
    runs.sort(key=lambda run: (run.name not in MAIN, run.seed))
    results = options.results or (RESULTS if not options.quick else options.out / "results")
    until = begun + options.minutes * 60
    said = run_all(runs, results, options.device, options.at_once, until=until)
    if said:
        (options.out / "held-out.json").write_text(json.dumps(said, indent=1))
    print(f"{(time.time() - begun) / 60:.1f} minutes", flush=True)


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    made = argparse.ArgumentParser("python -m experiments.proof", description=__doc__)
    made.add_argument("--coco", nargs="+", required=True, help="FILE.json:FOLDER, to learn from")
    made.add_argument("--test", nargs="+", required=True, help="FILE.json:FOLDER, to test on")
    made.add_argument("--out", type=Path, required=True, help="where composed images and logs go")
    made.add_argument("--results", type=Path, help="where results go, and are looked for")
    made.add_argument("--arms", nargs="+", help="; ".join(ARMS))
    made.add_argument("--categories", nargs="+", default=[], help="by default the frequent ones")
    made.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    made.add_argument("--main-seeds", type=int, nargs="+", default=list(range(5)))
    made.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    made.add_argument("--at-once", type=int, default=1, help="runs at the same time")
    made.add_argument("--quick", action="store_true", help="test the machinery")
    made.add_argument("--folds", action="store_true", help="try, on folds of the photographs")
    made.add_argument("--minutes", type=float, default=1e9, help="begin no run after that")
    made.add_argument("--images", type=int, help="composed for an arm")
    made.add_argument(
        "--both-ways",
        action="store_true",
        help="the main arms also learn from --test and are tested on --coco",
    )
    made.add_argument(
        "--few",
        type=int,
        help="the main arms also learn from so many of all photographs, others for each seed, and "
        "are tested on the rest",
    )
    return made


def told(photographs: Photographs) -> str:
    """Say what there is to learn from and to test on."""
    learnt, tested = (photographs.counts(p) for p in (photographs.train, photographs.test))
    counts = ", ".join(f"{name} {learnt[name]}/{tested[name]}" for name in photographs.categories)
    return f"{len(photographs.train)} photographs, {len(photographs.test)} to test on: {counts}"


if __name__ == "__main__":
    main()
