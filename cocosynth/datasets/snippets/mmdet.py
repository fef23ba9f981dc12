"""mmdet 3: a configuration file."""

from __future__ import annotations

from pathlib import PurePosixPath
from string import Template

from cocosynth.datasets.snippets.built import BuiltDataset
from cocosynth.datasets.snippets.literals import literal, literals

_TRAIN = Template("""\
# mmdet 3, a configuration: save it as cocosynth_mask_rcnn.py and hand it to mmdet's tools/train.py
_base_ = 'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py'

data_root = $root
classes = (  # in the order of the files: mmdet takes the order of the labels from there
$classes
)
metainfo = dict(classes=classes)

model = dict(
    roi_head=dict(
        bbox_head=dict(num_classes=$count),
        mask_head=dict(num_classes=$count)))

train_dataloader = dict(
    batch_size=2,
    dataset=dict(
        data_root=data_root,
        metainfo=metainfo,
        ann_file=$annotations,
        data_prefix=dict(img=$images),
        filter_cfg=dict(filter_empty_gt=True)))  # False: train on images without objects, too
auto_scale_lr = dict(enable=True, base_batch_size=16)  # the learning rate is for 16 images a step
""")

_EVALUATION = Template("""
${loop}_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        metainfo=metainfo,
        ann_file=$annotations,
        data_prefix=dict(img=$images)))
${loop}_evaluator = dict(ann_file=$path)
""")

_NO_EVALUATION = Template("""
# There is no split to ${verb}.
${loop}_cfg = None
${loop}_dataloader = None
${loop}_evaluator = None
""")


def _place(dataset: BuiltDataset, split: str) -> dict[str, str]:
    annotations, images = dataset.places[split]
    path = annotations if PurePosixPath(annotations).is_absolute() else None
    return {
        "annotations": literal(annotations),
        "images": literal(f"{images}/" if images else ""),
        "path": literal(path) if path else f"data_root + {literal(annotations)}",
    }


def snippet(dataset: BuiltDataset) -> str:
    train = _TRAIN.substitute(
        root=literal(f"{dataset.root}/"),
        classes=literals(dataset.classes),
        count=len(dataset.classes),
        **_place(dataset, dataset.train),
    )
    loops = {"val": dataset.val, "test": dataset.test or dataset.val}
    return train + "".join(
        (_EVALUATION if split else _NO_EVALUATION).substitute(
            loop=loop,
            **_place(dataset, split or dataset.train),
            verb={"val": "validate on", "test": "test on"}[loop],
        )
        for loop, split in loops.items()
    )
