"""The value range of each source whose pictures have more than 8 bits: measured once for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from cocosynth.core.executors import Executor
from cocosynth.core.progress import Progress
from cocosynth.core.spread import Spread, range_of, spread_of
from cocosynth.core.values import Photo
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.choices import SourceChoices, all_sources
from cocosynth.sources.readings import Source

MEASURED = 256
"""Pictures of a source that are looked at, spread evenly over it."""

_BATCH = 8  # pictures at a time
_NARROW = 0.1  # the share of the whole range below which little of a picture can be seen

Range = tuple[float, float]


def find_value_ranges(
    config: SourceChoices, catalogue: Catalogue, run: Executor, progress: Progress
) -> None:
    """Measure what is `auto`, and note where most of the range is not used.

    That depends on the photographs alone: on those that something is cut out of, or, where the
    source has none, on its backgrounds.
    """
    sources = {source.name: source.value_range for source in _sources(config)}
    deep = {name: _deep_photos(catalogue, name) for name in sources}
    wanted = [name for name in sources if isinstance(sources[name], str)]
    spreads = _measured({name: _spaced(deep[name]) for name in wanted}, run, progress)
    for name, choice in sources.items():
        found = range_of(spreads.get(name, ()))
        if choice != "full" and not deep[name]:
            _note_no_effect(catalogue, name)
        elif choice == "auto" and found:
            catalogue.value_ranges[name] = found
        elif choice == "full" and found:
            _note_narrow(catalogue, name, found, max(spread.white for spread in spreads[name]))
    set_value_ranges(catalogue, catalogue.value_ranges)


def set_value_ranges(catalogue: Catalogue, ranges: Mapping[str, Range]) -> None:
    """Read the photographs of more than 8 bits by the range of their source, where it has one."""
    for number in catalogue.photos.numbers_of(lambda of: of.deep and of.source in ranges):
        photo = catalogue.photos[number]
        reading = msgspec.structs.replace(photo.reading, value_range=ranges[photo.source])
        catalogue.photos[number] = msgspec.structs.replace(photo, reading=reading)


def _sources(config: SourceChoices) -> list[Source]:
    return [source for _, source in all_sources(config)]


def _deep_photos(catalogue: Catalogue, name: str) -> list[Photo]:
    deep = catalogue.photos.numbers_of(lambda of: of.deep and of.source == name)
    cut = [number for number in deep if number in catalogue.cuts]
    photos = [catalogue.photos[number] for number in cut or deep]
    return sorted(photos, key=lambda photo: photo.file_name)


def _spaced(photos: Sequence[Photo]) -> list[Photo]:
    count = min(len(photos), MEASURED)
    return [photos[n * len(photos) // count] for n in range(count)]


def _measured(
    chosen: Mapping[str, Sequence[Photo]], run: Executor, progress: Progress
) -> dict[str, list[Spread]]:
    """Measure pictures, wherever the work runs; the answers come in order."""
    named = [(name, photo) for name, photos in chosen.items() for photo in photos]
    if not named:
        return {}
    tasks = [(photo.path, photo.reading.bands) for _, photo in named]
    batches = (tasks[start : start + _BATCH] for start in range(0, len(tasks), _BATCH))
    answers = progress("measuring values", run(measure, batches), len(tasks), len)
    spreads: dict[str, list[Spread]] = {}
    for (name, _), spread in zip(named, chain.from_iterable(answers), strict=True):
        if spread is not None:
            spreads.setdefault(name, []).append(spread)
    return spreads


def measure(pictures: Sequence[tuple[str, Sequence[int] | None]]) -> list[Spread | None]:
    """Measure some pictures, each given by its path and bands."""
    return [spread_of(path, bands) for path, bands in pictures]


def _note_no_effect(catalogue: Catalogue, name: str) -> None:
    if catalogue.photos.numbers_of(lambda of: of.source == name):
        text = "value_range has no effect: none of the pictures has more than 8 bits"
        catalogue.note(name, text)


def _note_narrow(catalogue: Catalogue, name: str, found: Range, white: float) -> None:
    low, high = found
    if min(high, white) - max(low, 0) < _NARROW * white:
        used = f"{_text(low)} to {_text(high)}"
        catalogue.note(
            name,
            f"the pictures use {used} of 0 to {white:g} and come out nearly flat: set "
            f"value_range: auto, or value_range: [{_text(low)}, {_text(high)}]",
        )


def _text(number: float) -> str:
    return str(int(number)) if number.is_integer() else f"{number:.6g}"
