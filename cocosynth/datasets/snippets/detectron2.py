"""detectron2: registration of every split, and a trainer."""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from string import Template

from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.snippets.built import BuiltDataset
from cocosynth.datasets.snippets.literals import literal, literals, places

_TEMPLATE = Template("""\
# detectron2: save it as train.py, then
#     python train.py
import os

from detectron2 import model_zoo
from detectron2.config import get_cfg
from detectron2.data.datasets import register_coco_instances
from detectron2.engine import DefaultTrainer
from detectron2.evaluation import COCOEvaluator

ROOT = $root
CLASSES = [  # by category id: detectron2 numbers them so
$classes
]
FILES = {  # the annotation file and the image folder of each split, from ROOT
$places
}
SPLITS = {
$splits
}
for split, name in SPLITS.items():
    annotations, images = (os.path.join(ROOT, path) for path in FILES[split])
    register_coco_instances(name, {"thing_classes": CLASSES}, annotations, images)


def make_cfg():
    cfg = get_cfg()
    model = "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_1x.yaml"
    cfg.merge_from_file(model_zoo.get_config_file(model))
    cfg.MODEL.WEIGHTS = model_zoo.get_checkpoint_url(model)
    cfg.DATASETS.TRAIN = (SPLITS[$train],)
    cfg.DATASETS.TEST = ($test)
    cfg.INPUT.MASK_FORMAT = "$mask_format"  # $why
    cfg.MODEL.ROI_HEADS.NUM_CLASSES = len(CLASSES)
    cfg.SOLVER.IMS_PER_BATCH = 2
    cfg.SOLVER.BASE_LR = 0.0025
    epoch = $epoch  # steps
    cfg.SOLVER.MAX_ITER = 12 * epoch
    cfg.SOLVER.STEPS = (8 * epoch, 11 * epoch)
    return cfg


class Trainer(DefaultTrainer):
    @classmethod
    def build_evaluator(cls, cfg, dataset_name):
        return COCOEvaluator(dataset_name, output_dir=cfg.OUTPUT_DIR)


if __name__ == "__main__":
    cfg = make_cfg()
    os.makedirs(cfg.OUTPUT_DIR, exist_ok=True)
    trainer = Trainer(cfg)
    trainer.resume_or_load(resume=False)
    trainer.train()
""")

_WHY = {
    "rle": "the masks are RLE, which the default, polygon, cannot read",
    "polygon": "the masks are polygons; bitmask would do as well",
}


def snippet(dataset: BuiltDataset) -> str:
    if dataset.others:
        raise CocosynthError(
            f"detectron2 takes the classes of every file from its categories, and the one held out "
            f"has others, first {dataset.others[0]!r}: remove them from it"
        )
    folder = PurePosixPath(dataset.root).name
    by_id = sorted(dataset.categories, key=lambda category: category.id)
    return _TEMPLATE.substitute(
        root=literal(dataset.root),
        places=places(dataset),
        classes=literals(category.name for category in by_id),
        splits="\n".join(
            f"    {literal(split)}: {literal(f'{folder}_{split}')}," for split in dataset.splits
        ),
        train=literal(dataset.train),
        test=f"SPLITS[{literal(dataset.val)}]," if dataset.val else "",
        epoch=math.ceil(dataset.images[dataset.train] / 2),
        mask_format={"rle": "bitmask", "polygon": "polygon"}[dataset.encoding],
        why=_WHY[dataset.encoding],
    )
