"""Train mmdet's Mask R-CNN on a part of real COCO, alone or with composed images beside it.

python -m experiments.mask_rcnn --coco instances_train2017.json:train2017 \
        --test instances_val2017.json:val2017 --percent 1 --arm feather --out work
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from experiments.proof.arms import ARMS
from experiments.proof.composing import Workshop
from experiments.proof.photographs import Photographs, Source, read

STEPS = {1: 6_000, 10: 30_000}
"""Steps of 16 images for a part of COCO in percent: 80 and 40 rounds over its images."""

FIGURES = {
    "box AP": "val/coco/bbox_mAP",
    "box AP50": "val/coco/bbox_mAP_50",
    "mask AP": "val/coco/segm_mAP",
    "mask AP50": "val/coco/segm_mAP_50",
}


def main(words: list[str] | None = None) -> dict[str, Any]:
    """Compose what is missing, train, test; return and write down the figures."""
    options = parser().parse_args(words)
    photographs = read(
        [Source.parsed(text) for text in options.coco],
        [Source.parsed(text) for text in options.test],
        percent=options.percent,
    )
    photographs = Photographs(photographs.train, photographs.test, shared_classes(photographs))
    print(f"{len(photographs.train)} photographs to learn from, {len(photographs.test)} to test on")
    workshop = Workshop(options.out, photographs, options.images or 8 * len(photographs.train))
    workshop.folder.mkdir(parents=True, exist_ok=True)
    arm = ARMS[options.arm]
    learnt, tested = [workshop.real(arm.real)], workshop.test()
    if arm.composed:
        print(workshop.held_out(arm, options.seed), end="")
        learnt.append(workshop.composed(arm, options.seed))
    classes = in_order([coco for coco, _ in (*learnt, tested)], photographs.categories)

    from mmdet.utils import register_all_modules
    from mmengine.runner import Runner

    from experiments.mask_rcnn.configuration import configuration

    register_all_modules()
    steps = options.steps or STEPS.get(round(options.percent), STEPS[10])
    config = configuration(
        learnt,
        tested,
        classes,
        arm=options.arm,
        steps=steps,
        batch=options.batch,
        seed=options.seed,
        small=options.small,
    )
    name = f"{options.arm.replace(' ', '-').replace(',', '')}-{options.seed}"
    config.work_dir = str(options.out / "trained" / name)
    runner = Runner.from_cfg(config)
    runner.train()
    scalars = runner.message_hub.log_scalars
    figures = {
        name: round(100 * float(scalars[key].current()), 2) if key in scalars else 0.0
        for name, key in FIGURES.items()  # mmdet has none where it found nothing at all
    }
    result = {
        "arm": options.arm,
        "seed": options.seed,
        "percent": options.percent,
        "photographs": len(photographs.train),
        "steps": steps,
        "figures": figures,
        "losses": [round(float(value), 4) for value in scalars["train/loss"].data[0]],
    }
    (options.out / f"{name}.json").write_text(json.dumps(result) + "\n")
    print(json.dumps(figures))
    return result


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    made = argparse.ArgumentParser("python -m experiments.mask_rcnn", description=__doc__)
    made.add_argument("--coco", nargs="+", required=True, help="FILE.json:FOLDER, to learn from")
    made.add_argument("--test", nargs="+", required=True, help="FILE.json:FOLDER, to test on")
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--percent", type=float, default=1, help="of the photographs; 1 by default")
    made.add_argument("--arm", choices=list(ARMS), default="real")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--images", type=int, help="composed; 8 for each photograph by default")
    made.add_argument("--steps", type=int)
    made.add_argument("--batch", type=int, default=16)
    made.add_argument("--small", action="store_true", help="a small network, to try the machinery")
    return made


def shared_classes(photographs: Photographs) -> tuple[str, ...]:
    """Return the categories that both parts have."""
    parts = [
        {annotation["category"] for photo in part for annotation in photo.annotations}
        for part in (photographs.train, photographs.test)
    ]
    return tuple(sorted(parts[0] & parts[1]))


def in_order(files: list[Path], classes: tuple[str, ...]) -> list[str]:
    """Return the categories as the files order them: mmdet takes the order of labels from there.

    Raises
    ------
    SystemExit
        If two files order them in another way.
    """
    orders = []
    for path in files:
        names = [category["name"] for category in json.loads(path.read_bytes())["categories"]]
        orders.append([name for name in names if name in classes])
    for path, order in zip(files, orders, strict=True):
        if order != orders[0]:
            raise SystemExit(f"{path}: its categories are not in the order of {files[0]}")
    return orders[0]


if __name__ == "__main__":
    main()
