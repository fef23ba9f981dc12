"""mmdet: a dataset, a transform and a hook that compose images while a detector trains.

``custom_imports = dict(imports=["cocosynth.torch.mmdet"])`` in a configuration of mmdet registers
``CompositeDetDataset``, ``ComposeOnTheFly`` and ``CompositeEpochHook``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cocosynth.core.errors import CocosynthError
from cocosynth.core.optional import optional
from cocosynth.core.randomness import rng_for
from cocosynth.torch.dataset import CompositeDataset

optional("mmcv")
optional("mmengine")
optional("mmdet")

from mmcv.transforms import BaseTransform, Compose  # noqa: E402
from mmdet.registry import DATASETS, HOOKS, TRANSFORMS  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402


@DATASETS.register_module()
class CompositeDetDataset:
    """The images of a build as a dataset of mmdet; each is rendered when it is asked for.

    Parameters
    ----------
    config : str or dict
        As for `load_config`.
    split : str, optional
    pipeline : sequence of dict
        mmdet's transforms without `LoadImageFromFile`; `LoadAnnotations` comes first.
    metainfo : dict, optional
        ``classes``: the names in the order of the labels; by default that of a build.
    **options
        Further ones of `CompositeDataset`, such as ``folder`` and ``bank``.
    """

    def __init__(
        self,
        config: Any,
        split: str | None = None,
        *,
        pipeline: Sequence[Any] = (),
        metainfo: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        made = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in pipeline]
        classes = (metainfo or {}).get("classes")
        self.composites = CompositeDataset(
            config, split, "mmdet", classes=classes, transforms=Compose(made), **options
        )
        self.metainfo = {**(metainfo or {}), "classes": self.composites.classes}

    def __len__(self) -> int:
        return len(self.composites)

    def __getitem__(self, index: int) -> Any:
        return self.composites[index]

    def full_init(self) -> None:
        """Nothing is left to load."""

    def set_epoch(self, epoch: int) -> None:
        """As that of `CompositeDataset`."""
        self.composites.set_epoch(epoch)


@TRANSFORMS.register_module()
class ComposeOnTheFly(BaseTransform):
    """Put a composite in place of an image that was loaded, or is about to be.

    It stands behind `LoadImageFromFile` and in front of `LoadAnnotations`. Which images it replaces
    and by what depends on the seed of the configuration, the epoch and the position of the image in
    its dataset alone.

    Parameters
    ----------
    config : str or dict
        As for `load_config`.
    classes : sequence of str
        Those of the dataset that it stands in, in the order of its `metainfo`.
    split : str, optional
    prob : float
        The share of images that are replaced.
    **options
        Further ones of `CompositeDataset`, such as ``folder`` and ``bank``.
    """

    def __init__(
        self,
        config: Any,
        classes: Sequence[str],
        split: str | None = None,
        *,
        prob: float = 1.0,
        **options: Any,
    ) -> None:
        if not 0 <= prob <= 1:
            raise CocosynthError(f"ComposeOnTheFly: prob must lie in [0, 1], got {prob}")
        self.prob = prob
        self.composites = CompositeDataset(config, split, "mmdet", classes=classes, **options)

    def set_epoch(self, epoch: int) -> None:
        """As that of `CompositeDataset`."""
        self.composites.set_epoch(epoch)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace pixels and instances; the id of the image stays."""
        position = int(results["sample_idx"])
        seed, epoch = self.composites.compositor.seed, self.composites.epoch
        if rng_for(seed, "on the fly", epoch, position).random() >= self.prob:
            return results
        composite = self.composites[position % len(self.composites)]
        return {**results, **composite, "img_id": results["img_id"]}


@HOOKS.register_module()
class CompositeEpochHook(Hook):
    """Give every epoch of training new scenes, workers that live on included."""

    def before_train_epoch(self, runner: Any) -> None:
        for one in _with_epochs(runner.train_dataloader.dataset):
            one.set_epoch(runner.epoch)


def _with_epochs(dataset: Any) -> Iterator[Any]:
    """Yield what composes in a dataset: itself, its transforms, and those of what it wraps."""
    if isinstance(dataset, CompositeDetDataset):
        yield dataset
    pipeline = getattr(dataset, "pipeline", None)
    for step in getattr(pipeline, "transforms", None) or ():
        if isinstance(step, ComposeOnTheFly):
            yield step
    inner = getattr(dataset, "dataset", None)
    for wrapped in (*getattr(dataset, "datasets", ()), *(() if inner is None else (inner,))):
        yield from _with_epochs(wrapped)
