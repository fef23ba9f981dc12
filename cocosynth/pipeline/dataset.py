"""The images of a build, one by one, in memory: the very ones that `build` writes."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from copy import copy
from operator import index
from pathlib import Path
from typing import SupportsIndex

from cocosynth.config.file import Source, read_config
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.progress import Progress, silent
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import Skipped
from cocosynth.core.urls import place
from cocosynth.core.values import Category, Scene
from cocosynth.labels.background_store import store_backgrounds
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.compositor_page import page_of
from cocosynth.pipeline.extract import kept_instances, read_sources, survey_instances
from cocosynth.pipeline.of_dataset import refuse_its_own_folder
from cocosynth.pipeline.pasted import settled
from cocosynth.pipeline.set_up import at_epoch, set_up
from cocosynth.pipeline.tried import cut_when_tried
from cocosynth.sources.value_ranges import find_value_ranges

Key = SupportsIndex | tuple[str, SupportsIndex]


class Compositor:
    """The images of a build as a sequence; no dataset is written.

    ``compositor[i]`` is image i of the first split that has images, ``compositor["val", i]`` of
    another one: the very image that `build` writes, whoever asks for it, in whatever order, thread
    or process. Any integer will do, those of numpy and torch as well; -1 is the last one.

    Parameters
    ----------
    config : str, Path, mapping or Config
        As for `load_config`.
    folder : str or Path, optional
        What the paths of the configuration are relative to; by default the folder of the file, or
        the current one.
    bank : str or Path, optional
        Where `extract` left the instances of these foregrounds. By default they are cut out into a
        temporary folder that goes with the compositor: here where the splits have many objects for
        the instances there are, else each when an image tries it.
    executor : Executor, optional
        Where instances are cut out; in this process by default.
    progress : Progress, optional

    Attributes
    ----------
    categories : tuple of Category
        By id: all that its samples may name. `build` writes those that are used
        (`export.categories`); the ids are the same unless they are contiguous.
    splits : dict of str to int
        How many images each has.
    skipped : Skipped
        What of the sources cannot be used, and why.
    seed : int
    context : ExportContext
        What exporters are handed, as in a build: its categories are those that are written.

    Raises
    ------
    CocosynthError
        If the sources cannot make this dataset, or the bank does not fit.

    Examples
    --------
    >>> compositor = Compositor("cocosynth.yaml")  # doctest: +SKIP
    >>> sample = compositor["val", 3]  # doctest: +SKIP
    >>> sample.image.shape, sample.labels.shape  # doctest: +SKIP
    ((480, 640, 3), (480, 640))
    """

    def __init__(
        self,
        config: Source,
        *,
        folder: str | Path | None = None,
        bank: str | Path | None = None,
        executor: Executor | None = None,
        progress: Progress = silent,
    ) -> None:
        loaded = read_config(config, folder=folder)
        run, settings = executor or Serial(), loaded.config
        refuse_its_own_folder(loaded)
        catalogue = read_sources(settings, loaded.folder, run, is_cut=bank is not None)
        find_value_ranges(settings, catalogue, run, progress)
        work = Path(tempfile.mkdtemp(prefix="cocosynth-"))
        self._folder = _Folder()
        weakref.finalize(self._folder, _remove, work, os.getpid())
        if bank is None:
            kept = survey_instances(settings, catalogue, work, run, progress)
        else:
            kept = kept_instances(settings, catalogue, place(bank), run, progress)
        backgrounds = store_backgrounds(work / "backgrounds", catalogue.backgrounds)
        setup = set_up(settings, catalogue, kept, backgrounds, loaded.folder)
        if bank is None:
            setup = cut_when_tried(settings, catalogue, setup, work, run, progress)
        self._setup = setup
        self._composer = Composer(self._setup)
        context = settings.export_context(categories=catalogue.categories, photos=catalogue.photos)
        self.context = settled(settings, context, catalogue, setup.inputs.bank)
        self.categories: tuple[Category, ...] = catalogue.categories
        self.splits: dict[str, int] = self._setup.inputs.images(settings.splits)
        self.skipped: Skipped = catalogue.skipped
        self.seed: int = settings.seed

    @property
    def split(self) -> str:
        """The split that integers alone count: the first that has images."""
        return next(split for split, count in self.splits.items() if count)

    def __len__(self) -> int:
        return self.splits[self.split]

    def __getitem__(self, key: Key) -> Sample:
        """Compose an image.

        Parameters
        ----------
        key : int or (str, int)

        Returns
        -------
        Sample
            Its image, label image, annotations and scene.

        Raises
        ------
        IndexError
            If the split has no such image.
        KeyError
            If there is no such split.
        """
        return self._composer(*self._place(key), Skipped())

    def scene(self, key: Key) -> Scene:
        """Return what is decided about an image, without a pixel of it being made or read."""
        return self._composer.plan(*self._place(key), Skipped()).scene

    def epoch(self, number: int) -> Compositor:
        """Return the compositor of an epoch of training: other scenes of the same photographs.

        Each split keeps its photographs and its number of images. Nothing is cut out again.

        Parameters
        ----------
        number : int
            0 has the images that `build` writes; the scenes of any other depend on it and on the
            seed alone.
        """
        other = copy(self)
        other._composer = Composer(at_epoch(self._setup, number))
        return other

    def _place(self, key: Key) -> tuple[str, int]:
        split, position = key if isinstance(key, tuple) else (self.split, key)
        if split not in self.splits:
            raise KeyError(f"there is no split {split!r}; there are {', '.join(self.splits)}")
        count, number = self.splits[split], index(position)
        if not -count <= number < count:
            raise IndexError(f"{split} has {count} images, and none of the number {number}")
        return split, number % count

    def __iter__(self) -> Iterator[Sample]:
        return (self[number] for number in range(len(self)))

    def __repr__(self) -> str:
        return f"Compositor(splits={self.splits})"

    def _repr_html_(self) -> str:
        """Show the first images in a notebook, and how many there are of each category."""
        return page_of(self)


class _Folder:
    """Stands for the folder of a compositor: it is removed when nobody holds this any more."""


def _remove(folder: Path, owner: int) -> None:
    """Remove the folder of a compositor, but not from a process forked of the one that made it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
