"""detectron2: the printed registration and the mapper, masks bit for bit, and a few steps.

Reading and the mapper were run with the Python code of detectron2 0.5 and operators of mmcv; with
detectron2's own operators it was never run.
"""

import numpy as np
from client import falling, figures_of, iou, run
from detectron2.data import (
    DatasetCatalog,
    DatasetMapper,
    MetadataCatalog,
    build_detection_train_loader,
)
from detectron2.data.detection_utils import build_augmentation


def registered(dataset):
    """Run what was printed; forget what an earlier check registered under the same names."""
    DatasetCatalog.clear()
    MetadataCatalog.clear()
    return dataset.run_snippet("detectron2")


def reads(dataset):
    snippet = registered(dataset)
    config = small(snippet["make_cfg"]())
    mapper = DatasetMapper(config, is_train=True, augmentations=[])
    agreement = []
    for split in dataset.splits:
        coco = dataset.coco(split)
        records = DatasetCatalog.get(snippet["SPLITS"][split])
        assert len(records) == len(coco.imgs)
        for record in records:
            found = mapper(record)["instances"]
            expected = [a for a in coco.imgToAnns[record["image_id"]] if not a["iscrowd"]]
            assert len(found) == len(expected)
            for number, annotation in enumerate(expected):
                name = coco.cats[annotation["category_id"]]["name"]
                assert snippet["CLASSES"][found.gt_classes[number]] == name
                if dataset.encoding == "rle":
                    mask = found.gt_masks.tensor[number].numpy()
                    agreement.append(iou(mask, coco.annToMask(annotation)))
                else:
                    stored = [np.array(ring) for ring in annotation["segmentation"]]
                    rings = found.gt_masks.polygons[number]
                    agreement.append(float(all(map(np.array_equal, rings, stored))))
    assert min(agreement) == 1, figures_of(agreement)
    return figures_of(agreement)


def small(config):
    config.MODEL.DEVICE = "cpu"
    config.MODEL.WEIGHTS = ""
    config.MODEL.BACKBONE.FREEZE_AT = 0
    config.INPUT.MIN_SIZE_TRAIN = (240,)
    config.INPUT.MIN_SIZE_TEST = 240
    config.DATALOADER.NUM_WORKERS = 0
    config.SOLVER.MAX_ITER = 36
    config.SOLVER.STEPS = ()
    config.SOLVER.WARMUP_ITERS = 10
    config.SOLVER.CLIP_GRADIENTS.ENABLED = True
    return config


def trains(dataset):
    snippet = registered(dataset)
    config = small(snippet["make_cfg"]())
    config.OUTPUT_DIR = f"{dataset.root.name}-work"
    losses = []

    class Trainer(snippet["Trainer"]):
        def after_step(self):
            losses.append(self.storage.history("total_loss").latest())
            super().after_step()

    Trainer(config).train()
    return f"trained: {falling(losses, count=6)}"


def on_the_fly(dataset):
    """Images composed while training: the labels of the files, and a network that learns."""
    if not dataset.ordinary:
        return None
    from cocosynth.torch.detectron2 import CompositeMapper

    snippet = registered(dataset)
    config = small(snippet["make_cfg"]())
    mapper = CompositeMapper(
        f"{dataset.root}.json",
        "train",
        augmentations=build_augmentation(config, True),
        mask_format=config.INPUT.MASK_FORMAT,
    )
    assert list(mapper.classes) == list(snippet["CLASSES"])
    plain = CompositeMapper(f"{dataset.root}.json", "train", mask_format=config.INPUT.MASK_FORMAT)
    coco = dataset.built_here().coco("train")
    for record in plain.records:
        found = plain(record)["instances"]
        expected = [a for a in coco.imgToAnns[record["image_id"]] if not a["iscrowd"]]
        boxes = [[x, y, x + w, y + h] for x, y, w, h in (a["bbox"] for a in expected)]
        assert found.gt_boxes.tensor.tolist() == boxes
        names = [coco.cats[a["category_id"]]["name"] for a in expected]
        assert [mapper.classes[number] for number in found.gt_classes] == names
    losses = []

    class Trainer(snippet["Trainer"]):
        @classmethod
        def build_train_loader(cls, cfg):
            return build_detection_train_loader(
                mapper.records, mapper=mapper, total_batch_size=cfg.SOLVER.IMS_PER_BATCH
            )

        def after_step(self):
            losses.append(self.storage.history("total_loss").latest())
            super().after_step()

    config.OUTPUT_DIR = f"{dataset.root.name}-on-the-fly"
    Trainer(config).train()
    return f"on the fly: {falling(losses, count=6)}"


if __name__ == "__main__":
    run("detectron2", reads, trains, more=[on_the_fly])
