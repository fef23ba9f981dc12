"""Build two datasets that differ in one choice only, and read them back.

    python examples/build_in_python.py cocosynth.yaml ablation

The same scenes are composed once with hard and once with soft edges, for an ablation of blending:
same seed, same objects, same places, same annotations, other pixels.
"""

from __future__ import annotations

import argparse
from contextlib import redirect_stdout
from pathlib import Path

import msgspec
from pycocotools.coco import COCO

from cocosynth import build, load_config
from cocosynth.core.executors import Processes


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path, help="a folder for both datasets")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    args = parser.parse_args()

    config = load_config(args.config)
    for blend in ("paste", "feather"):
        choice = msgspec.structs.replace(config, blend=blend)
        out = args.out / blend
        summary = build(choice, out, folder=args.config.parent, executor=Processes(args.workers))
        for split, images in summary.images.items():
            with redirect_stdout(None):  # pycocotools tells how long it took
                coco = COCO(str(out / f"annotations/instances_{split}.json"))
            covered = sum(int(coco.annToMask(a).sum()) for a in coco.anns.values())
            print(f"{blend} {split}: {images} images, {len(coco.anns)} objects, {covered} pixels")


if __name__ == "__main__":  # workers import this file again
    main()
