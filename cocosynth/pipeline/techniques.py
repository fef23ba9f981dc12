"""From the configuration to the techniques that planning and rendering use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cocosynth.config.config import Config, chosen
from cocosynth.config.kinds import AUGMENT, FINISH
from cocosynth.core.registry import Kind, name_of
from cocosynth.foregrounds.cutter import Prepare
from cocosynth.render.blend import keeps_matte
from cocosynth.render.blend.choose import ChosenMode, chosen_modes, variant_modes
from cocosynth.render.harmonize import HARMONIZE
from cocosynth.render.render import Techniques
from cocosynth.render.shadow import SHADOW
from cocosynth.scenes.background_augment import BACKGROUND_AUGMENT
from cocosynth.scenes.inputs import NamedAugmentation, NamedBackgroundAugmentation, NamedTone


def augmentations_of(config: Config) -> tuple[NamedAugmentation, ...]:
    """Return the geometric steps of `augment`."""
    return tuple(
        NamedAugmentation(stream, made)
        for _, stream, made in _steps(config, AUGMENT)
        if not _is_tone(made)
    )


def background_augmentations_of(config: Config) -> tuple[NamedBackgroundAugmentation, ...]:
    """Return the changes of each background."""
    return tuple(
        NamedBackgroundAugmentation(stream, made)
        for _, stream, made in _steps(config, BACKGROUND_AUGMENT)
    )


def tones_of(config: Config) -> tuple[NamedTone, ...]:
    """Return the photometric steps of `augment`."""
    return tuple(NamedTone(*step) for step in _steps(config, AUGMENT) if _is_tone(step[2]))


def finish_of(config: Config) -> tuple[NamedTone, ...]:
    """Return the photometric steps on the whole image."""
    return tuple(NamedTone(*step) for step in _steps(config, FINISH))


def harmonizers_of(config: Config) -> tuple[NamedTone, ...]:
    """Return the steps by which objects take on the looks of their surroundings."""
    return tuple(NamedTone(*step) for step in _steps(config, HARMONIZE))


def shadows_of(config: Config) -> tuple[NamedTone, ...]:
    """Return the shadows that objects cast."""
    return tuple(NamedTone(*step) for step in _steps(config, SHADOW))


def _steps(config: Config, kind: Kind[Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the name of each step, that of its stream, and what it does.

    The stream is named by the step, not by its place in the list: one put in moves no other kind's.
    """
    seen: Counter[str] = Counter()
    value = chosen(config, kind)
    for (_, spec), made in zip(kind.parts(value), kind.make(value), strict=True):
        name = name_of(spec)
        yield name, f"{name} {seen[name]}", made
        seen[name] += 1


def _is_tone(made: Any) -> bool:
    return hasattr(made, "apply")


def techniques_of(config: Config) -> Techniques:
    """Return all that rendering may be asked for, by the names that scenes know it by."""
    tones = {
        name: made
        for kind in (AUGMENT, FINISH)
        for name, _, made in _steps(config, kind)
        if _is_tone(made)
    }
    return Techniques(
        blends={mode.called: mode.mode for mode in modes_of(config)},
        tones=tones,
        harmonizers={name: made for name, _, made in _steps(config, HARMONIZE)},
        shadows={name: made for name, _, made in _steps(config, SHADOW)},
    )


def modes_of(config: Config) -> tuple[ChosenMode, ...]:
    """Return the blend modes: of which one is drawn for each object, or the variants."""
    return variant_modes(config.variants) if config.variants else chosen_modes(config.blend)


def keeping_of(config: Config) -> list[bool]:
    """Return which of `prepares_of` are passed over for instances that have a matte."""
    ways: dict[str, bool] = {}
    for mode in modes_of(config):
        ways.setdefault(str(mode.preparation), keeps_matte(mode.mode))
    return list(ways.values())


def prepares_of(config: Config) -> list[Prepare]:
    """Return the different ways in which instances are made ready for pasting, in order."""
    ways: dict[str, Prepare] = {}
    for mode in modes_of(config):
        ways.setdefault(str(mode.preparation), mode.mode.prepare)
    return list(ways.values())
