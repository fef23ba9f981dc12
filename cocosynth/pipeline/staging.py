"""The folder a dataset is built in: as it was until the build is whole, then new.

While a build runs, all it makes lies in a folder of its own inside of the dataset's, beside a
fingerprint of what it is built from. Only when everything is complete and checked does it take its
place, and that of an earlier dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from cocosynth.coco.layout import is_split_name
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.versions import difference

_WORK = ".build"
_KEY = "fingerprint.json"
_PRODUCTS = ("annotations", "scenes", "config.yaml", "preview.png", "manifest.json")

Start = Literal["new", "overwrite", "resume"]


@dataclass(frozen=True)
class Staging:
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
        cls, path: Path, splits: Sequence[str], *, key: dict[str, Any], start: Start
    ) -> Iterator[Staging]:
        """Take hold of the folder of a dataset.

        If the build ends for a reason that lies outside of it, all that was made stays to be
        continued; if it cannot succeed, all of it is taken away. Either way, what was in the folder
        before is still there.

        Parameters
        ----------
        path : Path
        splits : sequence of str
        key : dict
            The fingerprint of the build.
        start : str
            ``new``: the folder must be empty; ``overwrite``: replace a dataset of ours;
            ``resume``: continue an unfinished build of the same fingerprint, or begin.

        Raises
        ------
        CocosynthError
            If the folder holds what it must not, or is in use.
        """
        output = cls(path, tuple(splits))
        output._refuse_foreign(start)
        fresh = not path.exists()
        files.make_folder(output.work)
        with files.locked(output.work / "lock", busy=f"{path}: another build is writing to it"):
            resumes = output._settle(key, start)
            try:
                output._lay_out(key, resumes=resumes)
                yield output
            except CocosynthError as error:
                if not resumes and not isinstance(error, StoppedError):
                    files.remove(output.work)
                    if fresh and not any(path.iterdir()):
                        path.rmdir()
                raise

    @property
    def work(self) -> Path:
        """What is needed during the build only."""
        return self.path / _WORK

    @property
    def bank_folder(self) -> Path:
        return self.work / "bank"

    @property
    def background_file(self) -> Path:
        return self.work / "backgrounds"

    @property
    def shard_folder(self) -> Path:
        return self.work / "shards"

    @property
    def stage(self) -> Path:
        """The dataset to be, until it is whole."""
        return self.work / "dataset"

    def image_folder(self, split: str) -> Path:
        """Return where the images of a split are now: on stage, or in their place already."""
        staged = self.stage / split
        return staged if staged.is_dir() else self.path / split

    def annotation_file(self, split: str) -> Path:
        return self.stage / "annotations" / f"instances_{split}.json"

    def scene_file(self, split: str) -> Path:
        return self.stage / "scenes" / f"{split}.jsonl"

    def finish(self, manifest: dict[str, Any]) -> None:
        """Put everything in its place; the manifest, last, says that the dataset is whole.

        A finish that is cut short can be done again: each part is either still on stage, or in its
        place.
        """
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        files.write_atomic(self.stage / "manifest.json", text + b"\n")
        files.remove(self.path / "manifest.json")
        for outdated in self._replaced():
            files.remove(self.path / outdated)
        for part in (*self.splits, *_PRODUCTS):
            staged = self.stage / part
            if staged.exists():
                files.remove(self.path / part)
                staged.replace(self.path / part)
        for folder in (self.bank_folder, self.shard_folder, self.work):  # the fingerprint last
            files.remove(folder)

    def _replaced(self) -> list[str]:
        """Return the splits of the dataset to be replaced that the new one does not have."""
        earlier = files.read_bytes(self.work / "replaces.json")
        return [split for split in msgspec.json.decode(earlier) if split not in self.splits]

    def _refuse_foreign(self, start: Start) -> None:
        """Refuse a folder that holds what is not ours, or what was not meant to be replaced."""
        if self.path.exists() and not self.path.is_dir():
            raise CocosynthError(f"{self.path}: is a file; name a folder")
        if not self.path.exists() or not any(map(self._counts, self.path.iterdir())):
            return
        unfinished = can_resume(self.path)
        earlier = _splits_of(self.path / "manifest.json")
        if earlier is None and not unfinished:
            raise CocosynthError(f"{self.path}: is not empty and no dataset of ours; take another")
        if start == "resume" and unfinished:
            return
        if start != "overwrite":
            state = "an unfinished build; --resume continues it," if unfinished else "a dataset;"
            raise CocosynthError(f"{self.path}: holds {state} --overwrite replaces it")
        for split in set(self.splits) - set(earlier or ()):
            if (self.path / split).exists():
                raise CocosynthError(f"{self.path / split}: is not of the earlier dataset; move it")

    def _counts(self, entry: Path) -> bool:
        """Say whether an entry of the folder is more than the lock of a build that never began."""
        return entry != self.work or any(part.name != "lock" for part in entry.iterdir())

    def _settle(self, key: dict[str, Any], start: Start) -> bool:
        """Continue an unfinished build, and say so, or clear it away."""
        if start == "resume" and can_resume(self.path):
            self._refuse_another_build(key)
            return True
        for leftover in self.work.iterdir():
            if leftover.name != "lock":
                files.remove(leftover)
        return False

    def _refuse_another_build(self, key: dict[str, Any]) -> None:
        before = msgspec.json.decode(files.read_bytes(self.work / _KEY))
        change = difference(before, key)
        if change:
            raise CocosynthError(
                f"{self.path}: cannot be continued: {change}; --overwrite builds it anew"
            )
        for partial in self.stage.glob("*/.*.partial"):
            files.remove(partial)

    def _lay_out(self, key: dict[str, Any], *, resumes: bool) -> None:
        if not resumes:
            earlier = _splits_of(self.path / "manifest.json") or []
            files.write_atomic(self.work / "replaces.json", msgspec.json.encode(earlier))
            files.write_atomic(self.work / _KEY, msgspec.json.encode(key))
        finishing = (self.stage / "manifest.json").exists()
        for split in () if finishing else self.splits:
            files.make_folder(self.stage / split)
        for part in ("annotations", "scenes"):
            files.make_folder(self.stage / part)
        for folder in (self.bank_folder, self.shard_folder):
            files.make_folder(folder)


def can_resume(path: Path) -> bool:
    """Say whether a folder holds an unfinished build of ours."""
    return _is_ours(path / _WORK / _KEY)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        content = msgspec.json.decode(files.read_bytes(path))
        return bool(content["generator"]["name"] == "cocosynth")
    except (msgspec.DecodeError, KeyError, TypeError):
        return False


def _splits_of(manifest: Path) -> list[str] | None:
    """Return the splits of an earlier dataset, None where the file is another program's."""
    if not _is_ours(manifest):
        return None
    splits = msgspec.json.decode(files.read_bytes(manifest)).get("splits", {})
    return [split for split in splits if is_split_name(split)]
