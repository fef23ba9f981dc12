"""mmdet: the printed configuration, its masks bit for bit, and a short training with validation."""

from client import falling, figures_of, iou, run
from mmdet.registry import DATASETS
from mmdet.utils import register_all_modules
from mmengine.config import Config
from mmengine.runner import Runner

AS_STORED = [
    {"type": "LoadImageFromFile"},
    {"type": "LoadAnnotations", "with_bbox": True, "with_mask": True},
    {"type": "PackDetInputs"},
]
SIZE = (160, 120)
SMALL = {
    "model": {
        "backbone": {"depth": 18, "init_cfg": None, "frozen_stages": -1, "norm_eval": False},
        "neck": {"in_channels": [64, 128, 256, 512]},
        "train_cfg": {"rpn_proposal": {"max_per_img": 200}, "rcnn": {"sampler": {"num": 32}}},
        "test_cfg": {"rpn": {"max_per_img": 100}, "rcnn": {"max_per_img": 20}},
    },
    "train_cfg": {"max_epochs": 3, "val_interval": 3},
    "optim_wrapper": {"clip_grad": {"max_norm": 10}},
    "param_scheduler": [{"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "end": 10}],
    "default_hooks": {"logger": {"interval": 1}, "checkpoint": None},
    "randomness": {"seed": 0},
}


def reads(dataset):
    register_all_modules()
    config = Config.fromfile(str(dataset.snippet("mmdet")))
    agreement = []
    for split, loader in (("train", config.train_dataloader), ("val", config.val_dataloader)):
        coco = dataset.coco(split)
        loader.dataset.update(
            pipeline=AS_STORED, test_mode=False, filter_cfg={"filter_empty_gt": False}
        )
        loaded = DATASETS.build(loader.dataset)
        assert list(loaded.metainfo["classes"]) == [
            category["name"] for category in dataset.content(split)["categories"]
        ]
        assert len(loaded) == len(coco.imgs)
        for packed in loaded:
            sample = packed["data_samples"]
            annotations = coco.imgToAnns[sample.img_id]
            for found, iscrowd in ((sample.gt_instances, 0), (sample.ignored_instances, 1)):
                expected = [a for a in annotations if a["iscrowd"] == iscrowd]
                assert len(found) == len(expected)
                for number, annotation in enumerate(expected):
                    name = coco.cats[annotation["category_id"]]["name"]
                    assert loaded.metainfo["classes"][found.labels[number]] == name
                    truth = coco.annToMask(annotation)
                    agreement.append(iou(found.masks.masks[number], truth))
    assert min(agreement) == 1, figures_of(agreement)
    return figures_of(agreement)


def trains(dataset):
    """From scratch, on small images; everything else is as it was printed."""
    register_all_modules()
    config = Config.fromfile(str(dataset.snippet("mmdet")))
    config.merge_from_dict(SMALL)
    config.work_dir = f"{dataset.root.name}-work"
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
        for step in loader.dataset.pipeline:
            if step.type == "Resize":
                step.scale = SIZE
    runner = Runner.from_cfg(config)
    runner.train()
    scalars = runner.message_hub.log_scalars
    fell = falling(scalars["train/loss"].data[0], count=6)
    box, segm = (scalars[f"val/coco/{kind}_mAP"].current() for kind in ("bbox", "segm"))
    return f"trained: {fell}; val AP {box:.3f} box {segm:.3f} segm"


if __name__ == "__main__":
    run("mmdet", reads, trains)
