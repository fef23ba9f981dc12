"""A dataset of torch gives the images and labels of a build, in workers of either start method."""

import gc
import json
import pickle  # noqa: TID251 - spawned workers do

import cv2
import numpy as np
import pytest
from small_builds import annotations_of, built, write_annotated

from cocosynth import Compositor
from cocosynth.core.errors import CocosynthError

torch = pytest.importorskip("torch", reason="torch is not installed (extra `torch`)")

from torch.utils.data import DataLoader  # noqa: E402

from cocosynth.torch import CompositeDataset  # noqa: E402

KEPT = {"coco": "annotated/instances.json", "images": "annotated/images", "annotations": "keep"}
CHOICES = {
    "backgrounds": [KEPT, {"folder": "backgrounds"}],
    "splits": {"train": 6, "val": 3},
    "blend": {"choose": {"paste": 1, "gaussian": 1}},
    "canvas": {"width": 96, "height": 72},
}
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_annotated(folder / "annotated", [[10, 10, 40, 30]], category="box", count=3)
    built(folder, **CHOICES)
    return folder


@pytest.fixture(scope="module")
def dataset(project):
    return CompositeDataset(project / "cocosynth.yaml")


def raw(item):
    """Return an item as bytes, so that any difference shows."""
    image, target = item
    return image.numpy().tobytes(), {
        name: value.numpy().tobytes() if torch.is_tensor(value) else value
        for name, value in target.items()
    }


def first(batch):
    return batch[0]


def written(project, split, index):
    content = annotations_of(project / "out", split)
    record = content["images"][index]
    pixels = cv2.imread(str(project / "out" / split / record["file_name"]))[..., ::-1]
    found = [one for one in content["annotations"] if one["image_id"] == record["id"]]
    return content, record, pixels, found


@pytest.mark.parametrize("split", ["train", "val"])
def test_pixels_and_records_are_those_of_the_build_index_by_index(project, split):
    dataset = CompositeDataset(project / "cocosynth.yaml", split, "coco")
    for index in range(len(dataset)):
        image, target = dataset[index]
        content, record, pixels, found = written(project, split, index)
        assert image.dtype == torch.uint8
        np.testing.assert_array_equal(image.numpy().transpose(1, 2, 0), pixels)  # PNG
        assert target["image_id"] == record["id"]
        mine = [{**one, "id": 0} for one in target["annotations"]]
        assert mine == [{**one, "id": 0} for one in found]
        assert dataset.classes == tuple(one["name"] for one in content["categories"])


def test_variants_of_a_scene_follow_each_other_as_in_the_build(tmp_path):
    out, _ = built(tmp_path, splits={"train": 3}, variants=["paste", "gaussian"])
    dataset = CompositeDataset(tmp_path / "cocosynth.yaml", target="coco")
    records = annotations_of(out)["images"]
    assert len(dataset) == len(records) == 6
    for (image, target), record in zip(dataset, records, strict=True):
        assert target["image_id"] == record["id"]
        pixels = cv2.imread(str(out / "train" / record["file_name"]))[..., ::-1]
        np.testing.assert_array_equal(image.numpy().transpose(1, 2, 0), pixels)


def test_boxes_labels_and_masks_for_torchvision_are_those_of_the_file(project, dataset):
    for index in range(len(dataset)):
        image, target = dataset[index]
        content, _, pixels, found = written(project, "train", index)
        np.testing.assert_array_equal(
            (image * 255).round().byte().numpy().transpose(1, 2, 0), pixels
        )
        assert image.min() >= 0
        assert image.max() <= 1
        ids = [one["id"] for one in content["categories"]]
        labels = [1 + ids.index(one["category_id"]) for one in found]
        assert target["labels"].tolist() == labels
        corners = [[x, y, x + w, y + h] for x, y, w, h in (one["bbox"] for one in found)]
        assert target["boxes"].tolist() == corners
        assert target["masks"].sum((1, 2)).tolist() == [one["area"] for one in found]
        for mask, (left, top, right, bottom) in zip(target["masks"], corners, strict=True):
            assert mask[top:bottom, left:right].sum() == mask.sum()


def test_an_image_without_objects_has_empty_tensors(project):
    content = json.loads((project / "cocosynth.yaml").read_text())
    content |= {"objects_per_image": [0, 0], "backgrounds": [{"folder": "backgrounds"}]}
    _, target = CompositeDataset(content, folder=project)[0]
    assert target["boxes"].shape == (0, 4)
    assert target["masks"].shape == (0, 72, 96)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_give_the_same_and_see_the_epoch_change(dataset, method):
    expected = {}
    for epoch in (0, 1):
        dataset.set_epoch(epoch)
        expected[epoch] = [raw(dataset[index]) for index in range(6)]
    loader = DataLoader(
        dataset,
        num_workers=2,
        multiprocessing_context=method,
        persistent_workers=True,
        collate_fn=first,
    )
    for epoch in (1, 0, 1):  # the workers live on
        dataset.set_epoch(epoch)
        assert [raw(item) for item in loader] == expected[epoch]
    dataset.set_epoch(0)


@pytest.mark.slow
def test_forked_workers_end_though_opencv_has_had_threads_before(project):
    """They wait for ever where they touch the threads that the parent had."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(4)
    try:
        cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (31, 31), 5)
        cv2.resize(np.zeros((4000, 4000, 3), np.uint8), (1999, 1777))
        dataset = CompositeDataset(project / "cocosynth.yaml")
        loader = DataLoader(
            dataset, num_workers=2, multiprocessing_context="fork", collate_fn=first, timeout=60
        )
        assert [raw(item) for item in loader] == [raw(dataset[index]) for index in range(6)]
    finally:
        cv2.setNumThreads(threads)


def test_an_epoch_has_new_scenes_of_its_own_and_the_first_those_of_the_build(dataset):
    epochs = []
    for epoch in (0, 1, 2, 1):
        dataset.set_epoch(epoch)
        assert dataset.epoch == epoch
        epochs.append([raw(dataset[index]) for index in range(6)])
    dataset.set_epoch(0)
    assert epochs[1] == epochs[3]
    images = {item[0] for epoch in epochs[:3] for item in epoch}
    assert len(images) == 18
    assert raw(dataset[2]) == epochs[0][2]


def test_epochs_keep_the_splits_apart(project):
    """No photograph changes sides: what is held out stays held out."""
    photos = {}
    for split in ("train", "val"):
        dataset = CompositeDataset(project / "cocosynth.yaml", split)
        for epoch in range(4):
            dataset.set_epoch(epoch)
            for index in range(len(dataset)):
                photos.setdefault(split, set()).update(dataset.sample(index).photos)
    assert not photos["train"] & photos["val"]


def test_it_can_be_pickled_and_copied(dataset):
    again = pickle.loads(pickle.dumps(dataset))
    assert raw(again[3]) == raw(dataset[3])
    assert again.classes == dataset.classes


def compositors():
    gc.collect()
    return sum(type(one) is Compositor for one in gc.get_objects())


def test_memory_does_not_grow_with_images_and_epochs(project):
    """No epoch before the present one is kept."""
    dataset = CompositeDataset(project / "cocosynth.yaml")
    before = compositors()
    for epoch in range(6):
        dataset.set_epoch(epoch)
        dataset[0]
    assert compositors() <= before + 1


def test_classes_give_the_order_of_labels(project, dataset):
    names = tuple(reversed(dataset.classes))
    turned = CompositeDataset(project / "cocosynth.yaml", classes=("more", *names))
    for index in range(6):
        one = [dataset.classes[number - 1] for number in dataset[index][1]["labels"]]
        assert one == [turned.classes[number - 1] for number in turned[index][1]["labels"]]


def test_transforms_are_applied_to_image_and_target(project):
    dataset = CompositeDataset(
        project / "cocosynth.yaml", transforms=lambda image, target: (image.flip(-1), target)
    )
    plain = CompositeDataset(project / "cocosynth.yaml")
    assert torch.equal(dataset[1][0], plain[1][0].flip(-1))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"target": "torchvison"}, "target: 'torchvison' is unknown; did you mean 'torchvision'?"),
        ({"split": "trian"}, "split: 'trian' has no images; did you mean 'train'?"),
        ({"classes": ["disk", "ring", "box"]}, "classes: the category 'bar' of the configuration"),
    ],
)
def test_a_mistake_is_one_line_with_the_way_out(project, options, said):
    with pytest.raises(CocosynthError) as error:
        CompositeDataset(project / "cocosynth.yaml", **options)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_epoch_below_zero_is_refused(dataset):
    with pytest.raises(ValueError, match="an epoch is 0 or more, got -1"):
        dataset.set_epoch(-1)


@pytest.mark.slow
def test_a_network_learns_where_objects_are(project):
    """Of scenes that it sees once: every epoch has new ones."""
    dataset = CompositeDataset(project / "cocosynth.yaml")
    torch.manual_seed(0)
    layers = torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(8, 1, 1)
    network = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    loader = DataLoader(dataset, batch_size=3, shuffle=True, collate_fn=list)
    losses = []
    for epoch in range(15):
        dataset.set_epoch(epoch)
        for batch in loader:
            images = torch.stack([image for image, _ in batch])
            covered = torch.stack([target["masks"].amax(0) for _, target in batch]).float()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network(images - 0.4)[:, 0], covered
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert np.mean(losses[-4:]) < 0.7 * np.mean(losses[:4])
