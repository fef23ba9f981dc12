"""The folder a dataset is built in: as it was until the build is whole, then new.

While a build runs, all it makes lies in a folder of its own inside of the dataset's, beside a
fingerprint of what it is built from. Only when everything is complete and checked does it take its
place, and that of an earlier dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from cocosynth.coco.layout import FILES, Layout
from cocosynth.coco.splits import is_split_name
from cocosynth.core import files, links
from cocosynth.core.decoding import decode_as
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.locks import Note, locked
from cocosynth.core.versions import difference
from cocosynth.export.formats import is_product
from cocosynth.export.manifest import Manifest
from cocosynth.pipeline.earlier import FINGERPRINT, can_resume, owned_names, stage_of, work_of

REPLACES = "replaces.json"
MOVED = "moved.json"
_LOCK = "lock"
CLEARED = "cleared"
_MADE = ("bank", "shards", "backgrounds", "dataset", CLEARED, MOVED, FINGERPRINT, REPLACES, _LOCK)
"""What a build has in its folder. The list of what it replaces comes first and goes last but for
the lock: where it is, the others were made by a build of ours."""

Start = Literal["new", "overwrite", "resume"]


@dataclass(frozen=True)
class Staging:
    """Where the parts of a dataset go while it is built.

    Attributes
    ----------
    path : Path
        The dataset.
    splits : tuple of str
    products : tuple of str
        What the exporters own in it; folders end in a slash.
    """

    path: Path
    splits: tuple[str, ...]
    products: tuple[str, ...]

    @classmethod
    @contextmanager
    def opened(
        cls,
        path: Path,
        splits: Iterable[str],
        products: Iterable[str],
        *,
        key: dict[str, Any],
        start: Start,
        note: Note,
    ) -> Iterator[Staging]:
        """Take hold of the folder of a dataset.

        If the build ends for a reason that lies outside of it, all that was made stays to be
        continued; if it cannot succeed, all of it is taken away. Either way, what was in the folder
        before is still there.

        Parameters
        ----------
        path : Path
        splits, products : iterable of str
            The folders of images, and what the exporters own besides.
        key : dict
            The fingerprint of the build.
        start : str
            ``new``: the folder must be empty; ``overwrite``: replace a dataset of ours;
            ``resume``: continue an unfinished build of the same fingerprint, or begin.
        note : callable
            Takes a line where the folder cannot be locked.

        Raises
        ------
        CocosynthError
            If the folder holds what it must not, or is in use.
        """
        output = cls(path, tuple(splits), tuple(products))
        output._refuse_foreign(start)
        fresh = not path.exists()
        files.make_folder(output.work)
        busy = f"{path}: another build is writing to it"
        with locked(output.work / _LOCK, busy=busy, note=note):
            resumes = output._settle(key, start)
            try:
                output._lay_out()
                yield output
            except CocosynthError as error:
                if not resumes and not isinstance(error, StoppedError):
                    output._undo()
                    if fresh and not any(path.iterdir()):
                        path.rmdir()
                raise

    @property
    def work(self) -> Path:
        """What is needed during the build only."""
        return work_of(self.path)

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
        return stage_of(self.path)

    @property
    def _names(self) -> tuple[str, ...]:
        """The entries of the folder of the dataset, the manifest last."""
        return (*self.splits, *(product.rstrip("/") for product in self.products), *FILES)

    def refuse_lost(self) -> None:
        """Stop where another build has taken over, as may happen in object storage."""

    def ready(self) -> None:
        """Make place for images, now that nothing of what was asked for is known to be wrong."""

    def finish(self, manifest: Manifest) -> None:
        """Put everything in its place; the manifest, last, says that the dataset is whole.

        Raises
        ------
        StoppedError
            If something was written that no exporter owns: it would be lost.
        """
        self._clear_partials()
        files.write_atomic(Layout(self.stage).manifest, manifest.encoded())
        made = [name for name in self._names if (self.stage / name).exists()]
        strangers = {entry.name for entry in self.stage.iterdir()} - {*made}
        if strangers:
            raise StoppedError(
                f"{self.stage / min(strangers)}: was written by an exporter whose `products` do "
                "not name it"
            )
        files.write_atomic(self.work / MOVED, msgspec.json.encode(made))
        files.remove(Layout(self.path).manifest)
        for outdated in self._listed(REPLACES) - {*made}:
            files.remove(self.path / outdated)
        for name in made:
            files.remove(self.path / name)
            (self.stage / name).replace(self.path / name)
        self._clear_away()

    def _undo(self) -> None:
        """Take away all that was made."""
        self._clear_away()

    def _clear_away(self) -> None:
        """Delete what was needed during the build only."""
        for entry in self.work.iterdir():
            if _is_partial(entry.name):
                files.remove(entry)
        for name in _MADE:
            files.remove(self.work / name)
        with suppress(OSError):  # somebody has put something there: it is not ours
            self.work.rmdir()

    def _unfinish(self) -> None:
        """Put back on stage what a finish that was cut short had put in its place."""
        files.make_folder(self.stage)
        for name in self._listed(MOVED):
            if not (self.stage / name).exists():
                if not (self.path / name).exists():
                    raise CocosynthError(
                        f"{self.path / name}: is missing; --overwrite builds the dataset again"
                    )
                (self.path / name).replace(self.stage / name)
        files.remove(self.work / MOVED)
        links.refuse_links(self.stage)

    def _listed(self, name: str) -> set[str]:
        """Read a list of entries of the dataset that was written down.

        Raises
        ------
        CocosynthError
            If it is no such list: what it names may be deleted.
        """
        path = self.work / name
        content = files.read_bytes(path) if path.exists() else b"[]"
        listed = decode_as(content, set[str], what=f"{path}: not a list of ours")
        for entry in sorted(listed):
            if not (is_product(entry) or is_split_name(entry)) or entry.endswith("/"):
                raise CocosynthError(f"{path}: names {entry!r}, which no build makes; remove it")
        return listed

    def _refuse_foreign(self, start: Start) -> None:
        """Refuse a folder that holds what is not ours, or what was not meant to be replaced."""
        if self.path.exists() and not self.path.is_dir():
            raise CocosynthError(f"{self.path}: is a file; name a folder")
        links.refuse_links(self.work)
        if self.work.exists() and not self.work.is_dir():
            raise CocosynthError(f"{self.work}: is not a folder that a build made; move it")
        if not self.path.exists() or not any(map(self._counts, self.path.iterdir())):
            return
        unfinished = can_resume(self.path)
        earlier = self._earlier()
        if earlier is None:
            raise CocosynthError(f"{self.path}: is not empty and no dataset of ours; take another")
        if start != "overwrite" and not (start == "resume" and unfinished):
            state = "an unfinished build; --resume continues it," if unfinished else "a dataset;"
            raise CocosynthError(f"{self.path}: holds {state} --overwrite replaces it")
        self._refuse_strangers()
        for name in sorted({*self._names} - earlier):
            if (self.path / name).exists():
                raise CocosynthError(f"{self.path / name}: is not of the earlier dataset; move it")

    def _refuse_strangers(self) -> None:
        """Refuse what no build has put into its own folder: that is going to be deleted."""
        found = {entry.name for entry in self.work.iterdir()} if self.work.exists() else set()
        strangers = {name for name in found if not _is_partial(name)} - {*_MADE}
        if REPLACES not in found:
            strangers |= found - {_LOCK} - {name for name in found if _is_partial(name)}
        if strangers:
            raise CocosynthError(
                f"{self.work / min(strangers)}: was not made by a build; move it away"
            )

    def _earlier(self) -> set[str] | None:
        """Return what there is of earlier builds, finished or not; None where there is nothing."""
        unfinished = can_resume(self.path)
        begun = self._listed(REPLACES) | self._listed(MOVED) if unfinished else set()
        owned = owned_names(self.path)
        return begun if owned is None and unfinished else owned

    def _counts(self, entry: Path) -> bool:
        """Say whether an entry of the folder is more than the lock of a build that never began."""
        begun = {_LOCK, REPLACES}
        return entry != self.work or any(part.name not in begun for part in entry.iterdir())

    def _settle(self, key: dict[str, Any], start: Start) -> bool:
        """Continue an unfinished build, and say so, or clear it away."""
        if start == "resume" and can_resume(self.path):
            self._refuse_another_build(key)
            self._clear_partials()
            self._unfinish()
            return True
        replaced = sorted(self._earlier() or ())
        files.write_atomic(self.work / REPLACES, msgspec.json.encode(replaced))
        for leftover in self.work.iterdir():
            if leftover.name not in (_LOCK, REPLACES):
                files.remove(leftover)
        files.write_atomic(self.work / FINGERPRINT, msgspec.json.encode(key))
        return False

    def _refuse_another_build(self, key: dict[str, Any]) -> None:
        before = msgspec.json.decode(files.read_bytes(self.work / FINGERPRINT))
        change = difference(before, key)
        if change:
            raise CocosynthError(
                f"{self.path}: cannot be continued: {change}; --overwrite builds it again"
            )

    def _clear_partials(self) -> None:
        """Delete what was not written to its end, by a run or a worker that was lost."""
        files.remove_partial(self.stage)

    def _lay_out(self) -> None:
        folders = (product for product in self.products if product.endswith("/"))
        for name in (*self.splits, *folders):
            files.make_folder(self.stage / name)
        for folder in (self.bank_folder, self.shard_folder):
            files.make_folder(folder)


def _is_partial(name: str) -> bool:
    """Say whether this is the name of a file that was not complete yet."""
    return name.startswith(".") and name.endswith(".partial")
