"""ultralytics: exported or converted labels, read back by its own dataset, and a short training."""

import csv
from pathlib import Path

import cv2
import numpy as np
import yaml
from client import falling, figures_of, iou, run
from ultralytics import YOLO
from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import polygon2mask


def reads(dataset):
    described = labels_of(dataset)
    data = yaml.safe_load(described.read_text()) | {"channels": 3}
    agreement = []
    for split in dataset.splits:
        coco = dataset.coco(split)
        names = {record["file_name"]: record for record in coco.imgs.values()}
        images = described.parent / data[split]
        loaded = YOLODataset(img_path=str(images), data=data, task="segment", augment=False)
        assert len(loaded.labels) == len(names)
        for label in loaded.labels:
            record = names[label["im_file"].rpartition("/")[2]]
            expected = [a for a in coco.imgToAnns[record["id"]] if not a["iscrowd"]]
            assert len(label["cls"]) == len(label["segments"]) == len(expected)
            size = record["height"], record["width"]
            found = [
                (data["names"][int(number)], polygon2mask(size, [outline * size[::-1]]))
                for number, outline in zip(label["cls"][:, 0], label["segments"], strict=True)
            ]
            for annotation in expected:
                name = coco.cats[annotation["category_id"]]["name"]
                truth = coco.annToMask(annotation)
                agreement.append(max(iou(mask, truth) for as_, mask in found if as_ == name))
                if cv2.connectedComponents(truth)[0] == 2:  # the background and one part
                    assert agreement[-1] == 1, f"{name}: IoU {agreement[-1]}"
    assert np.mean(agreement) > 0.98, figures_of(agreement)
    return figures_of(agreement)


def labels_of(dataset, *, convert=True):
    """Return the file that describes the labels: exported by the build, or made by the script."""
    printed = dataset.run_snippet("ultralytics")
    if "DATA" in printed:
        return Path(printed["DATA"])
    return printed["convert"]() if convert else printed["YOLO_ROOT"] / "data.yaml"


def trains(dataset):
    """From scratch, on the labels that `reads` has read."""
    model = YOLO("yolo11n-seg.yaml")
    model.train(
        data=str(labels_of(dataset, convert=False)),
        epochs=6,
        imgsz=160,
        batch=4,
        workers=0,
        device="cpu",
        seed=0,
        plots=False,
        warmup_epochs=0.5,
        project=str(Path.cwd() / dataset.root.name),  # else it writes into the repository
    )
    with (model.trainer.save_dir / "results.csv").open() as stream:
        rows = [
            {key.strip(): value for key, value in row.items()} for row in csv.DictReader(stream)
        ]
    losses = [
        sum(float(value) for key, value in row.items() if key.startswith("train/")) for row in rows
    ]
    return f"trained: {falling(losses, count=1).replace('steps', 'epochs')}"


def detects(dataset):
    return boxes_of(dataset, "detect", "yolo11n.yaml")


def poses(dataset):
    return boxes_of(dataset, "pose", "yolo11n-pose.yaml")


def boxes_of(dataset, task, network):
    """Read the labels of a task, compare boxes and keypoints, and train for an epoch."""
    if not dataset.has(f"yolo_{task}"):
        return None
    described = dataset.root / f"yolo_{task}/data.yaml"
    data = yaml.safe_load(described.read_text()) | {"channels": 3}
    count = 0
    for split in dataset.splits:
        coco = dataset.coco(split)
        records = {record["file_name"]: record for record in coco.imgs.values()}
        images = described.parent / data[split]
        loaded = YOLODataset(img_path=str(images), data=data, task=task, augment=False)
        assert len(loaded.labels) == len(records)
        for label in loaded.labels:
            record = records[label["im_file"].rpartition("/")[2]]
            size = record["width"], record["height"]
            expected = [
                annotation
                for annotation in coco.imgToAnns[record["id"]]
                if not annotation["iscrowd"] and (task == "detect" or "keypoints" in annotation)
            ]
            assert len(label["cls"]) == len(expected)
            for number, annotation in enumerate(expected):
                name = data["names"][int(label["cls"][number, 0])]
                assert name == coco.cats[annotation["category_id"]]["name"]
                centre, extent = label["bboxes"][number].reshape(2, 2) * size
                assert np.allclose([*(centre - extent / 2), *extent], annotation["bbox"], atol=0.01)
                if task == "pose":
                    points = label["keypoints"][number] * (*size, 1)
                    wanted = np.reshape(annotation["keypoints"], (-1, 3))
                    assert np.allclose(points, wanted, atol=0.01)
                count += 1
    loss = one_epoch(described, network, dataset)
    return f"{task}: {count} objects, boxes to 0.01 pixels; an epoch, loss {loss:.2f}"


def one_epoch(described, network, dataset):
    model = YOLO(network)
    model.train(
        data=str(described),
        epochs=1,
        imgsz=160,
        batch=4,
        workers=0,
        device="cpu",
        seed=0,
        plots=False,
        project=str(Path.cwd() / f"{dataset.root.name}-{described.parent.name}"),
    )
    with (model.trainer.save_dir / "results.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    losses = [float(value) for key, value in row.items() if key.strip().startswith("train/")]
    assert np.isfinite(losses).all()
    return sum(losses)


if __name__ == "__main__":
    run("ultralytics", reads, trains, more=(detects, poses))
