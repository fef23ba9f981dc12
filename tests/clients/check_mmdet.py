"""mmdet: the printed configuration, its masks bit for bit, and a short training with validation."""

import math

from client import falling, figures_of, iou, run
from mmdet.registry import DATASETS
from mmdet.utils import register_all_modules
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.utils import import_modules_from_strings

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


def on_the_fly(dataset):
    """Images composed while training: the labels of the files, and a network that learns."""
    if not dataset.ordinary:
        return None
    register_all_modules()
    config = Config.fromfile(str(dataset.snippet("mmdet")))
    config.custom_imports = {"imports": ["cocosynth.torch.mmdet"]}
    import_modules_from_strings("cocosynth.torch.mmdet")
    given = {"config": f"{dataset.root}.json", "split": "train"}
    steps = AS_STORED[1:]
    composed = DATASETS.build({"type": "CompositeDetDataset", "pipeline": steps, **given})
    coco, agreement = dataset.built_here().coco("train"), []
    assert composed.metainfo["classes"] == tuple(config.classes)
    assert len(composed) == len(coco.imgs)
    for packed in composed:
        sample = packed["data_samples"]
        expected = coco.imgToAnns[sample.img_id]
        found = [*sample.gt_instances.masks.masks, *sample.ignored_instances.masks.masks]
        truths = [coco.annToMask(a) for a in sorted(expected, key=lambda a: a["iscrowd"])]
        agreement += [iou(mask, truth) for mask, truth in zip(found, truths, strict=True)]
    assert min(agreement) == 1, figures_of(agreement)
    return f"on the fly: {figures_of(agreement)}; {trained_on_the_fly(config, dataset, given)}"


def trained_on_the_fly(config, dataset, given):
    """Train with the transform in place of the files, in workers that live on."""
    config.merge_from_dict(SMALL)
    config.work_dir = f"{dataset.root.name}-on-the-fly"
    config.custom_hooks = [{"type": "CompositeEpochHook"}]
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    config.test_cfg = config.test_dataloader = config.test_evaluator = None
    loader = config.train_dataloader
    loader.update(num_workers=2, persistent_workers=True)
    for step in loader.dataset.pipeline:
        if step.type == "Resize":
            step.scale = SIZE
    compose = {"type": "ComposeOnTheFly", "classes": list(config.classes), **given}
    loader.dataset.pipeline[0] = compose
    runner = Runner.from_cfg(config)
    runner.train()
    [transform] = [
        step
        for step in runner.train_dataloader.dataset.pipeline.transforms
        if type(step).__name__ == "ComposeOnTheFly"
    ]
    assert transform.composites.epoch == runner.max_epochs - 1
    losses = runner.message_hub.log_scalars["train/loss"].data[0]
    return falling(losses, count=6)


def beside_real(dataset):
    """The experiment on a part of real COCO runs: composed images beside those of the dataset."""
    if not dataset.ordinary or dataset.encoding != "rle":
        return None
    from experiments.mask_rcnn.__main__ import main

    places = {
        split: f"{dataset.annotation_file(split)}:{dataset.root / split}"
        for split in dataset.splits
    }
    words = ["--coco", places["train"], "--test", places["val"]]
    words += ["--arm", "feather, then real", "--small"]
    words += ["--percent", "50", "--images", "8", "--steps", "6", "--batch", "4"]
    result = main([*words, "--out", f"{dataset.root.name}-beside-real"])
    assert len(result["losses"]) == 6
    assert all(map(math.isfinite, result["losses"])), result["losses"]
    return f"beside real images: 6 steps, loss {result['losses'][0]:.2f} at first"


if __name__ == "__main__":
    run("mmdet", reads, trains, more=[on_the_fly, beside_real])
