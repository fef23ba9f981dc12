"""A dataset at a URL while it is built: its files are put in their places, and the manifest last.

A store moves nothing. So what there was before goes as soon as the first image is made, and until
the manifest is there, nothing counts as a dataset. All that workers share lies in the store, too:
any machine that reaches it can make any shard.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from cocosynth.coco.layout import Layout
from cocosynth.core import files
from cocosynth.core.locks import refuse_lost
from cocosynth.core.urls import is_url
from cocosynth.export.manifest import Manifest
from cocosynth.pipeline.staging import CLEARED, MOVED, REPLACES, Staging


def staging_of(path: Path) -> type[Staging]:
    """Return how a dataset is built in this place."""
    return UrlStaging if is_url(path) else Staging


class UrlStaging(Staging):
    """Where the parts of a dataset go while it is built at a URL."""

    def refuse_lost(self) -> None:
        """Stop where another build has taken over."""
        refuse_lost(self.path)

    def ready(self) -> None:
        """Delete what an earlier dataset wrote, its manifest first: it is whole no longer."""
        if files.is_there(self.work / CLEARED):  # by an earlier run of this build
            return
        names = msgspec.json.encode(self._names)
        files.write_atomic(self.work / MOVED, names)  # what a later build may delete of this one
        files.remove(Layout(self.path).manifest)
        for name in sorted(self._listed(REPLACES) | {*self._names}):
            files.remove(self.path / name)
        files.write_atomic(self.work / CLEARED, b"")

    def finish(self, manifest: Manifest) -> None:
        """Put the manifest: it says that the dataset is whole."""
        self.refuse_lost()
        files.write_atomic(Layout(self.path).manifest, manifest.encoded())
        self._clear_away()

    def _undo(self) -> None:
        if files.is_there(self.work / CLEARED):
            for name in self._names:
                files.remove(self.path / name)
        super()._undo()

    def _clear_partials(self) -> None:
        """Do nothing: a store has no half of a file."""

    def _unfinish(self) -> None:
        """Do nothing: nothing was moved."""

    def _lay_out(self) -> None:
        """Do nothing: a store has no folders."""
