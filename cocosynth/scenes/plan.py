"""From (seed, split, index) to a scene: every random choice of a build is made in this room.

Planning looks at the shapes of instances, never at their colours. Each decision has a stream of
random numbers of its own, so that a change of one leaves the others as they were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import structs

from cocosynth.core.randomness import rng_for
from cocosynth.core.values import Background, Placement, Scene, Step
from cocosynth.foregrounds.warped import Warper
from cocosynth.labels.label_image import LabelImage
from cocosynth.scenes.inputs import NamedTone, SceneInputs
from cocosynth.scenes.place import Placer
from cocosynth.scenes.sampling.wanted import Wanted

Key = tuple[int, str, int]

_DISTRACTORS = ("distractors",)


def plan(
    inputs: SceneInputs,
    split: str,
    index: int,
    *,
    background: Background,
    label_image: LabelImage,
    warper: Warper,
    variant: str = "",
) -> tuple[Scene, int, int, int]:
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
    lost : int
        Distractors that were wanted but fitted nowhere.
    capped : int
        Objects that `max_upscale` has kept smaller than they were drawn.
    """
    key = (inputs.seed, split, index)
    wanted, more = wanted_of(inputs, split, index)
    about = (inputs, key, background, label_image, warper)
    objects = _Hand(about, variant, len(wanted), ())
    others = _Hand(about, variant, len(more), _DISTRACTORS) if more else None
    placements: list[Placement] = []
    turns = _turns(key, wanted, more)
    for number, (one, is_object) in enumerate(turns):
        hand = objects if is_object or others is None else others
        placement = hand.placed(one, remaining=len(turns) - number)
        if placement is not None:
            placements.append(placement)
    if inputs.order == "lower_in_front":
        order = label_image.z_order()
        label_image.reorder(order)
        warper.reorder(order)
        placements = [placements[number] for number in order]
    finish = _steps(inputs.finish, _rngs(key, "finish", inputs.finish))
    size = label_image.size
    scene = Scene(split, index, size, background, tuple(placements), finish, variant)
    missing, capped = len(wanted) - objects.count, objects.placer.capped
    if others is None:
        return scene, missing, 0, capped
    return scene, missing, len(more) - others.count, capped + others.placer.capped


def wanted_of(
    inputs: SceneInputs, split: str, index: int
) -> tuple[Sequence[Wanted], Sequence[Wanted]]:
    """Return the objects that a scene is to have, and its distractors."""
    key, pool = (inputs.seed, split, index), inputs.pools[split]
    wanted = pool.sampler.sample(rng_for(*key, "instances"), index)
    distract = pool.distractors
    return wanted, distract.sample(rng_for(*key, *_DISTRACTORS), index) if distract else []


def _turns(
    key: Key, objects: Sequence[Wanted], distractors: Sequence[Wanted]
) -> list[tuple[Wanted, bool]]:
    """Put distractors in between the objects, anywhere; say of each whether it is an object."""
    kinds = [True] * len(objects) + [False] * len(distractors)
    if distractors:
        kinds = rng_for(*key, *_DISTRACTORS, "order").permutation(kinds).tolist()
    each = {True: iter(objects), False: iter(distractors)}
    return [(next(each[kind]), kind) for kind in kinds]


class _Hand:
    """Places objects, or distractors, one after the other, and draws how each is coloured.

    Each of the two has streams of random numbers of its own: with distractors, the same objects
    are pasted, in the same colours.
    """

    def __init__(
        self,
        about: tuple[SceneInputs, Key, Background, LabelImage, Warper],
        variant: str,
        wanted: int,
        stream: tuple[str, ...],
    ) -> None:
        inputs, key, *_ = about
        own: tuple[Any, ...] = (*key, *stream)
        self._inputs, self._own, self._distracts = inputs, own, bool(stream)
        self._blends = [variant] * wanted if variant else _blends(inputs, own, wanted)
        self._tone_rngs = _rngs(own, "augment", inputs.tones)
        self._harmonize_rngs = _rngs(own, "harmonize", inputs.harmonize)
        self._shadow = _steps(inputs.shadow, _rngs(key, "shadow", inputs.shadow))  # one light
        self.placer = Placer(*about, stream)
        self.count = 0

    @cached_property
    def _blend_rng(self) -> np.random.Generator:
        return rng_for(*self._own, "blend values")

    def placed(self, wanted: Wanted, *, remaining: int) -> Placement | None:
        """Place the first of some instances that fits; None where none does."""
        inputs, blend = self._inputs, self._blends[self.count]
        found = self.placer.place(wanted, blend=blend, remaining=remaining)
        if found is None:
            return None
        self.count += 1
        number, matrix = found
        tones = _steps(inputs.tones, self._tone_rngs)
        harmonize = _steps(inputs.harmonize, self._harmonize_rngs)
        chance = inputs.chance_blends.get(blend)
        values = {} if chance is None else dict(chance.sample(self._blend_rng) or {})
        made = Placement(number, matrix, blend, tones, harmonize, self._shadow, values)
        if not self._distracts:
            return made
        name = inputs.distractors[inputs.bank.entry(number).category_id]
        return structs.replace(made, distractor=name)


def _blends(inputs: SceneInputs, key: tuple[Any, ...], count: int) -> list[str]:
    """Draw the blend mode of each placement."""
    if len(inputs.blends) == 1:
        return [inputs.blends[0][0]] * count
    names, chances = zip(*inputs.blends, strict=True)
    draws = rng_for(*key, "blend").random(count).tolist()
    return [names[min(bisect_right(chances, draw), len(names) - 1)] for draw in draws]


def _rngs(key: tuple[Any, ...], what: str, tones: Iterable[NamedTone]) -> list[np.random.Generator]:
    return [rng_for(*key, what, tone.stream) for tone in tones]


def _steps(tones: Iterable[NamedTone], rngs: Iterable[np.random.Generator]) -> tuple[Step, ...]:
    """Draw the values of the tones that happen."""
    drawn = ((named.name, named.tone.sample(rng)) for named, rng in zip(tones, rngs, strict=True))
    return tuple(Step(name, dict(values)) for name, values in drawn if values is not None)
