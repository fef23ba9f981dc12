"""The folder a dataset is built in: empty at first, whole at the end, or as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cocosynth import files
from cocosynth.errors import CocosynthError
from cocosynth.options import Config

_WORK = ".build"
_PRODUCTS = ("annotations", "scenes", "manifest.json", "config.yaml", "preview.png", _WORK)


@dataclass(frozen=True)
class Output:
    """Where the parts of a dataset go while it is built.

    Attributes
    ----------
    path : Path
        The dataset.
    splits : tuple of str
    """

    path: Path
    splits: tuple[str, ...]

    @classmethod
    @contextmanager
    def opened(
        cls, path: Path, config: Config, folder: Path, *, overwrite: bool
    ) -> Iterator[Output]:
        """Make the folder; take away all that was made in it if the build does not end well.

        Raises
        ------
        CocosynthError
            If the folder holds anything, or lies in a source.
        """
        output = cls(path, tuple(config.splits))
        _refuse_inside_sources(path, config, folder)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            output._clear_earlier(overwrite=overwrite)
        fresh = not path.exists()
        try:
            for part in (*output.splits, "annotations", "scenes", _WORK):
                files.make_folder(path / part)
            for part in ("bank", "shards", "annotations"):
                files.make_folder(output.work / part)
            yield output
        except BaseException:
            output._remove((*output.splits, *_PRODUCTS))
            if fresh and path.exists() and not any(path.iterdir()):
                path.rmdir()
            raise

    @property
    def bank_folder(self) -> Path:
        return self.work / "bank"

    @property
    def shard_folder(self) -> Path:
        return self.work / "shards"

    @property
    def work(self) -> Path:
        """What is needed during the build only."""
        return self.path / _WORK

    def annotation_file(self, split: str) -> Path:
        """Return where the annotations of a split are written, to be checked before they count."""
        return self.work / "annotations" / f"instances_{split}.json"

    def scene_file(self, split: str) -> Path:
        return self.path / "scenes" / f"{split}.jsonl"

    def finish(self, manifest: dict[str, Any]) -> None:
        """Put the annotation files in their place and say that the dataset is whole."""
        for split in self.splits:
            checked = self.annotation_file(split)
            checked.replace(self.path / "annotations" / checked.name)
        files.remove(self.work)
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        files.write_atomic(self.path / "manifest.json", text + b"\n")

    def _clear_earlier(self, *, overwrite: bool) -> None:
        """Remove an earlier dataset of ours, and nothing else."""
        manifest = self.path / "manifest.json"
        splits = _splits_of(manifest) if manifest.is_file() else None
        if splits is None and not (self.path / _WORK).is_dir():
            raise CocosynthError(
                f"{self.path}: is not empty and no dataset of ours; choose another"
            )
        if not overwrite:
            raise CocosynthError(f"{self.path}: holds a dataset; --overwrite replaces it")
        self._remove((*_PRODUCTS, *(splits or ()), *self.splits))

    def _remove(self, parts: Iterable[str]) -> None:
        for part in parts:
            files.remove(self.path / part)


def _splits_of(manifest: Path) -> list[str] | None:
    """Return the splits of an earlier dataset, None where the file is another program's."""
    try:
        content = msgspec.json.decode(files.read_bytes(manifest))
        return list(content["splits"]) if content["generator"]["name"] == "cocosynth" else None
    except (msgspec.DecodeError, KeyError, TypeError):
        return None


def _refuse_inside_sources(path: Path, config: Config, folder: Path) -> None:
    """A dataset inside of a source folder would be read as a source the next time."""
    resolved = path.resolve()
    for source in (*config.foregrounds, *config.backgrounds):
        images = (folder / source.image_folder).resolve()
        if resolved == images or images in resolved.parents:
            raise CocosynthError(f"{path}: lies inside of the source {images.name}; choose another")
