"""From (seed, split, index) to a scene: every random choice of a build is made in this room.

Planning looks at the shapes of instances, never at their colours. Each decision has a stream of
random numbers of its own, so that a change of one leaves the others as they were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np

from cocosynth.core.randomness import rng_for
from cocosynth.core.values import Background, Placement, Scene, Step
from cocosynth.foregrounds.warped import Warper
from cocosynth.labels.label_image import LabelImage
from cocosynth.scenes.inputs import NamedTone, SceneInputs
from cocosynth.scenes.place import Placer

Key = tuple[int, str, int]


def plan(
    inputs: SceneInputs,
    split: str,
    index: int,
    *,
    background: Background,
    label_image: LabelImage,
    warper: Warper,
    variant: str = "",
) -> tuple[Scene, int, int]:
    """Decide what is pasted where, and how it is coloured.

    Each instance is tried at several places, and where it fits at none another one is tried, so
    that no object falls below the limits of visibility and area.

    Parameters
    ----------
    inputs : SceneInputs
    split : str
    index : int
    background : Background
        As `plan_background` chose it.
    label_image : LabelImage
        Of the canvas with the background's own annotations; takes up what is pasted.
    warper : Warper
        Warps the instances that are tried.
    variant : str
        The blend mode of all objects; drawn or the only one by default.

    Returns
    -------
    scene : Scene
    missing : int
        Objects that were wanted but fitted nowhere.
    capped : int
        Objects that `max_upscale` has kept smaller than they were drawn.
    """
    key = (inputs.seed, split, index)
    wanted = inputs.pools[split].sampler.sample(rng_for(*key, "instances"), index)
    blends = [variant] * len(wanted) if variant else _blends(inputs, key, len(wanted))
    tone_rngs = _rngs(key, "augment", inputs.tones)
    harmonize_rngs = _rngs(key, "harmonize", inputs.harmonize)
    blend_rng = rng_for(*key, "blend values")
    shadow = _steps(inputs.shadow, _rngs(key, "shadow", inputs.shadow))
    placer = Placer(inputs, key, background, label_image, warper)
    placements: list[Placement] = []
    for number, one in enumerate(wanted):
        blend, remaining = blends[len(placements)], len(wanted) - number
        found = placer.place(one, blend=blend, remaining=remaining)
        if found is not None:
            instance, matrix = found
            tones = _steps(inputs.tones, tone_rngs)
            harmonize = _steps(inputs.harmonize, harmonize_rngs)
            chance = inputs.chance_blends.get(blend)
            values = {} if chance is None else dict(chance.sample(blend_rng) or {})
            placements.append(Placement(instance, matrix, blend, tones, harmonize, shadow, values))
    if inputs.order == "lower_in_front":
        order = label_image.z_order()
        label_image.reorder(order)
        warper.reorder(order)
        placements = [placements[number] for number in order]
    finish = _steps(inputs.finish, _rngs(key, "finish", inputs.finish))
    size = label_image.size
    scene = Scene(split, index, size, background, tuple(placements), finish, variant)
    return scene, len(wanted) - len(placements), placer.capped


def _blends(inputs: SceneInputs, key: Key, count: int) -> list[str]:
    """Draw the blend mode of each placement."""
    if len(inputs.blends) == 1:
        return [inputs.blends[0][0]] * count
    names, chances = zip(*inputs.blends, strict=True)
    draws = rng_for(*key, "blend").random(count).tolist()
    return [names[min(bisect_right(chances, draw), len(names) - 1)] for draw in draws]


def _rngs(key: Key, what: str, tones: Iterable[NamedTone]) -> list[np.random.Generator]:
    return [rng_for(*key, what, tone.stream) for tone in tones]


def _steps(tones: Iterable[NamedTone], rngs: Iterable[np.random.Generator]) -> tuple[Step, ...]:
    """Draw the values of the tones that happen."""
    drawn = ((named.name, named.tone.sample(rng)) for named, rng in zip(tones, rngs, strict=True))
    return tuple(Step(name, dict(values)) for name, values in drawn if values is not None)
