"""detectron2: the printed registration and the mapper, masks bit for bit, and a few steps."""

import numpy as np
from client import falling, figures_of, iou, run
from detectron2.data import DatasetCatalog, DatasetMapper


def reads(dataset):
    snippet = dataset.run_snippet("detectron2")
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
    snippet = dataset.run_snippet("detectron2")
    config = small(snippet["make_cfg"]())
    config.OUTPUT_DIR = f"{dataset.root.name}-work"
    losses = []

    class Trainer(snippet["Trainer"]):
        def after_step(self):
            losses.append(self.storage.history("total_loss").latest())
            super().after_step()

    Trainer(config).train()
    return f"trained: {falling(losses, count=6)}"


if __name__ == "__main__":
    run("detectron2", reads, trains)
