"""The configuration of mmdet: its Mask R-CNN, and how real and composed images share a batch."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from mmengine.config import Config

from experiments.mask_rcnn.sampler import ArmSampler

BASE = "configs/mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py"
WARM_UP = 500  # steps

SMALL: dict[str, Any] = {  # a network from scratch that a processor trains for a few steps
    "model": {
        "backbone": {"depth": 18, "init_cfg": None, "frozen_stages": -1, "norm_eval": False},
        "neck": {"in_channels": [64, 128, 256, 512]},
        "train_cfg": {"rpn_proposal": {"max_per_img": 200}, "rcnn": {"sampler": {"num": 32}}},
        "test_cfg": {"rpn": {"max_per_img": 100}, "rcnn": {"max_per_img": 20}},
    },
    "optim_wrapper": {"clip_grad": {"max_norm": 10}},
    "default_hooks": {"logger": {"interval": 1}, "checkpoint": None},
}
SMALL_SIZE = (160, 120)


def configuration(
    learnt: Sequence[tuple[Path, Path]],
    tested: tuple[Path, Path],
    classes: Sequence[str],
    *,
    arm: str,
    steps: int,
    batch: int,
    seed: int,
    small: bool,
) -> Config:
    """Return what mmdet trains by.

    Parameters
    ----------
    learnt : sequence of (Path, Path)
        The COCO file and the folder of the real images, and of the composed ones if there are any.
    tested : (Path, Path)
    classes : sequence of str
        In the order of all these files.
    arm : str
        Its name says when a batch has composed images. The order of real ones is that of all arms.
    steps, batch, seed : int
    small : bool
        A small network on small images, to try the machinery.
    """
    config = Config.fromfile(str(files("mmdet") / ".mim" / BASE))
    config.merge_from_dict(SMALL if small else {})
    config.randomness = {"seed": seed}
    for head in ("bbox_head", "mask_head"):
        config.model.roi_head[head].num_classes = len(classes)
    workers = {"num_workers": 0, "persistent_workers": False} if small else {"num_workers": 4}

    train = config.train_dataloader
    one = train.dataset
    one.metainfo = {"classes": tuple(classes)}
    parts = [_placed(one, *place) for place in learnt]
    sampler = {
        "type": ArmSampler.__name__,
        "arm": arm,
        "seed": seed,
        "steps": steps,
        "batch": batch,
    }
    train.pop("sampler")
    train.update(batch_size=batch, batch_sampler=None, sampler=sampler, **workers)
    train.dataset = {"type": "ConcatDataset", "datasets": parts}

    config.val_dataloader.dataset.metainfo = one.metainfo
    config.val_dataloader.dataset = _placed(config.val_dataloader.dataset, *tested)
    config.val_dataloader.update(workers)
    config.val_evaluator.ann_file = str(tested[0].absolute())
    config.test_dataloader, config.test_evaluator = config.val_dataloader, config.val_evaluator
    for pipeline in (*(part.pipeline for part in parts), config.val_dataloader.dataset.pipeline):
        for step in pipeline:
            if step.type == "Resize" and small:
                step.scale = SMALL_SIZE

    config.train_cfg = {"type": "IterBasedTrainLoop", "max_iters": steps, "val_interval": steps}
    config.param_scheduler = [
        {"type": "LinearLR", "start_factor": 0.001, "by_epoch": False, "end": min(WARM_UP, steps)},
        {
            "type": "MultiStepLR",
            "by_epoch": False,
            "end": steps,
            "milestones": [steps * 2 // 3, steps * 8 // 9],
        },
    ]
    if config.default_hooks.checkpoint:
        config.default_hooks.checkpoint = {
            "type": "CheckpointHook",
            "by_epoch": False,
            "interval": steps,
        }
    config.auto_scale_lr = {"enable": True, "base_batch_size": 16}
    config.log_processor.by_epoch = False
    return config


def _placed(dataset: Any, coco: Path, images: Path) -> Any:
    """Return a dataset of mmdet with these files."""
    placed = dataset.copy()
    placed.data_root = ""
    placed.ann_file = str(coco.absolute())
    placed.data_prefix = {"img": f"{images.absolute()}/"}
    return placed
