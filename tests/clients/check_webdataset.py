"""webdataset: shards are read, decoded and joined by its own pipeline; masks bit for bit."""

import webdataset
from client import figures_of, iou, run
from pycocotools import mask as rle


def reads(dataset):
    if not dataset.has("webdataset"):
        return None
    agreement, shards = [], 0
    for split in dataset.splits:
        coco = dataset.coco(split)
        paths = sorted(str(path) for path in (dataset.root / "webdataset").glob(f"{split}-*.tar"))
        shards += len(paths)
        read = webdataset.WebDataset(paths, shardshuffle=False).decode("rgb8")
        found = {}
        for sample in read.to_tuple("__key__", "jpg;png", "json"):
            key, pixels, content = sample
            assert content["file_name"].rpartition(".")[0] == key
            assert pixels.shape == (content["height"], content["width"], 3)
            found[content["id"]] = content
        assert list(found) == sorted(coco.imgs)
        for number, content in found.items():
            expected = coco.imgToAnns[number]
            for each, annotation in zip(content["annotations"], expected, strict=True):
                assert each["category"] == coco.cats[annotation["category_id"]]["name"]
                assert [each[key] for key in ("id", "bbox", "iscrowd")] == [
                    annotation[key] for key in ("id", "bbox", "iscrowd")
                ]
                mask = rle.decode(each["segmentation"])
                agreement.append(iou(mask, coco.annToMask(annotation)))
    assert min(agreement) == 1
    return f"{shards} shards, {figures_of(agreement)}"


if __name__ == "__main__":
    run("webdataset", reads)
