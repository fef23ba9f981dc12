"""What the configuration says of sources, and the list of all of them."""

from __future__ import annotations

from typing import Protocol

from cocosynth.sources.options import (
    BackgroundSource,
    Distractors,
    Foreground,
    Licenses,
    OnBadInput,
    OnLookalikes,
)

NamedSource = tuple[str, Foreground | BackgroundSource]
"""Where a source stands in the configuration, and the source."""


class SourceChoices(Protocol):
    """What the configuration says of sources; `config.Config` is one."""

    @property
    def foregrounds(self) -> tuple[Foreground, ...]: ...
    @property
    def backgrounds(self) -> tuple[BackgroundSource, ...]: ...
    @property
    def distractors(self) -> Distractors | None: ...
    @property
    def licenses(self) -> Licenses: ...
    @property
    def on_bad_input(self) -> OnBadInput: ...
    @property
    def lookalikes(self) -> OnLookalikes: ...
    @property
    def weights(self) -> dict[str, float]: ...
    @property
    def categories_named(self) -> dict[str, tuple[str, ...]]: ...
    @property
    def keypoint_flip_map(self) -> dict[str, tuple[tuple[str, str], ...]]: ...
    @property
    def contiguous_ids(self) -> bool: ...


def cut_sources(config: SourceChoices) -> list[NamedSource]:
    """Return what is cut out of, in order: the foregrounds, then the distractors."""
    distractors = config.distractors.sources if config.distractors else ()
    keys = {"foregrounds": config.foregrounds, "distractors.from": distractors}
    return [
        (f"{key}[{n}]", source) for key, sources in keys.items() for n, source in enumerate(sources)
    ]


def all_sources(config: SourceChoices) -> list[NamedSource]:
    """Return every source that the configuration names: what is cut out of, then backgrounds."""
    backgrounds = [(f"backgrounds[{n}]", source) for n, source in enumerate(config.backgrounds)]
    return [*cut_sources(config), *backgrounds]
