"""faster-coco-eval: the ground truth against itself."""

import numpy as np
from client import run
from faster_coco_eval import COCO, COCOeval_faster


def reads(dataset):
    figures = []
    for split in dataset.splits:
        coco = COCO(str(dataset.annotation_file(split)))
        found = [a | {"score": 1.0} for a in coco.anns.values() if not a["iscrowd"]]
        for kind in ("bbox", "segm"):
            evaluation = COCOeval_faster(coco, coco.loadRes([f.copy() for f in found]), kind)
            evaluation.run()
            assert np.isclose(evaluation.stats[0], 1.0), f"{kind} AP {evaluation.stats[0]}"
            figures.append(f"{split} {kind} AP {evaluation.stats[0]:.1f}")
    return ", ".join(figures)


if __name__ == "__main__":
    run("faster-coco-eval", reads)
