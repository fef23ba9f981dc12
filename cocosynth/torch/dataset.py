"""A dataset of PyTorch whose images are rendered when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, SupportsIndex

import cv2

from cocosynth.config.file import Source
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor
from cocosynth.core.optional import optional
from cocosynth.core.sample import Sample
from cocosynth.core.suggest import choices
from cocosynth.pipeline.dataset import Compositor
from cocosynth.torch.targets import Labels, coco_target, mmdet_results, torchvision_target

torch: Any = optional("torch", extra="torch")

Target = Literal["torchvision", "coco", "mmdet"]


class CompositeDataset(torch.utils.data.Dataset):
    """The images of a build as a map-style dataset; each is rendered when it is asked for.

    Item i of epoch 0 is image i of the split as `build` writes it, pixels before they are encoded.
    Every other epoch has new scenes of the same photographs. Neither the number of workers nor
    their start method changes an image. OpenCV is set to one thread in this process, as workers
    that are forked of it could not use others.

    Parameters
    ----------
    config : str, Path, mapping or Config
        As for `load_config`.
    split : str, optional
        By default the first that has images.
    target : {"torchvision", "coco", "mmdet"}
        What an item is; see Notes.
    folder, bank, executor
        As for `Compositor`. Where several processes train, `extract` once and name its folder as
        `bank`: each process cuts out its own otherwise.
    classes : sequence of str, optional
        The names of the classes in the order of a network's labels; by default the order of the
        files of a build.
    transforms : callable, optional
        Takes an image and a target and returns both; of ``"mmdet"``, a dict and returns one.
        Workers that are spawned need one that can be pickled.

    Attributes
    ----------
    classes : tuple of str
    compositor : Compositor
        That of epoch 0.

    Raises
    ------
    CocosynthError
        If torch is missing, or as for `Compositor`.

    Notes
    -----
    ``"torchvision"``: a float image (3, H, W) from 0 to 1, and a dict of tensors: ``boxes``
    (x1, y1, x2, y2), ``labels`` from 1 on, ``masks``, and ``image_id``; crowds are skipped.
    ``"coco"``: a uint8 image (3, H, W), and a dict with ``image_id`` and ``annotations``, records
    of COCO. ``"mmdet"``: a dict as `LoadImageFromFile` of mmdet leaves it, in front of
    `LoadAnnotations`.

    Examples
    --------
    >>> dataset = CompositeDataset("cocosynth.yaml", "train")  # doctest: +SKIP
    >>> image, target = dataset[0]  # doctest: +SKIP
    """

    def __init__(
        self,
        config: Source,
        split: str | None = None,
        target: Target = "torchvision",
        *,
        folder: str | Path | None = None,
        bank: str | Path | None = None,
        executor: Executor | None = None,
        classes: Sequence[str] | None = None,
        transforms: Callable[..., Any] | None = None,
    ) -> None:
        _one_thread()
        if target not in _MAKERS:
            raise CocosynthError(f"target: {target!r} is unknown; {choices(target, _MAKERS)}")
        self.compositor = Compositor(config, folder=folder, bank=bank, executor=executor)
        self.split = self.compositor.split if split is None else split
        filled = [name for name, count in self.compositor.splits.items() if count]
        if self.split not in filled:
            raise CocosynthError(
                f"split: {self.split!r} has no images; {choices(self.split, filled)}"
            )
        self._labels = Labels.of(self.compositor.context, classes)
        self.classes = self._labels.names
        self.target, self._transforms = target, transforms
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # workers see it change
        self._current = (0, self.compositor)

    def __setstate__(self, state: dict[str, Any]) -> None:
        _one_thread()  # of a worker that was spawned
        self.__dict__.update(state)

    def __len__(self) -> int:
        return self.compositor.splits[self.split]

    @property
    def epoch(self) -> int:
        """The epoch that scenes are of: 0 has those of the build."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Give every image a new scene; 0 gives back those of the build.

        Call it before the loader is iterated. It reaches workers that live on
        (``persistent_workers``), too.
        """
        if epoch < 0:
            raise ValueError(f"an epoch is 0 or more, got {epoch}")
        self._epoch.fill_(int(epoch))

    def sample(self, index: SupportsIndex) -> Sample:
        """Return an image of the epoch as `Compositor` gives it."""
        epoch, compositor = self._current  # one read: another thread may change it
        if epoch != self.epoch:
            epoch = self.epoch
            compositor = self.compositor.epoch(epoch)
            self._current = (epoch, compositor)
        return compositor[self.split, index]

    def __getitem__(self, index: SupportsIndex) -> Any:
        sample = self.sample(index)
        number = index.__index__() % len(self)
        item = _MAKERS[self.target](sample, number + 1, self._labels)
        if self._transforms is None:
            return item
        return self._transforms(*item) if isinstance(item, tuple) else self._transforms(item)

    def __repr__(self) -> str:
        return f"CompositeDataset(split={self.split!r}, images={len(self)}, epoch={self.epoch})"


def _one_thread() -> None:
    """Keep OpenCV to one thread in this process, and in those that will be forked of it.

    A forked worker has none of the threads that OpenCV started before, and waits for them for ever;
    also where it asks for their number itself.
    """
    cv2.setNumThreads(1)


def _torchvision(sample: Sample, image_id: int, labels: Labels) -> tuple[Any, dict[str, Any]]:
    found = torchvision_target(sample, image_id, labels)
    arrays = ("boxes", "labels", "masks")
    tensors = {name: torch.from_numpy(found[name]) for name in arrays}
    return _pixels(sample).float().div_(255), found | tensors


def _coco(sample: Sample, image_id: int, labels: Labels) -> tuple[Any, dict[str, Any]]:
    return _pixels(sample), coco_target(sample, image_id, labels)


def _pixels(sample: Sample) -> Any:
    return torch.from_numpy(sample.image.transpose(2, 0, 1).copy())


_MAKERS: dict[str, Callable[[Sample, int, Labels], Any]] = {
    "torchvision": _torchvision,
    "coco": _coco,
    "mmdet": mmdet_results,
}
