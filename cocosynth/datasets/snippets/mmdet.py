"""mmdet 3: a configuration file."""

from __future__ import annotations

from string import Template

from cocosynth.coco.layout import annotation_name
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
        data_prefix=dict(img=$train),
        filter_cfg=dict(filter_empty_gt=True)))  # False: train on images without objects, too
auto_scale_lr = dict(enable=True, base_batch_size=16)  # the learning rate is for 16 images a step
""")

_EVALUATION = Template("""
${loop}_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        metainfo=metainfo,
        ann_file=$annotations,
        data_prefix=dict(img=$split)))
${loop}_evaluator = dict(ann_file=data_root + $annotations)
""")

_NO_EVALUATION = Template("""
# There is no split to ${verb}.
${loop}_cfg = None
${loop}_dataloader = None
${loop}_evaluator = None
""")


def snippet(dataset: BuiltDataset) -> str:
    train = _TRAIN.substitute(
        root=literal(f"{dataset.root}/"),
        classes=literals(dataset.classes),
        count=len(dataset.classes),
        train=literal(f"{dataset.train}/"),
        annotations=literal(annotation_name(dataset.train)),
    )
    loops = {"val": dataset.val, "test": dataset.test or dataset.val}
    return train + "".join(
        (_EVALUATION if split else _NO_EVALUATION).substitute(
            loop=loop,
            split=literal(f"{split}/"),
            annotations=literal(annotation_name(str(split))),
            verb={"val": "validate on", "test": "test on"}[loop],
        )
        for loop, split in loops.items()
    )
