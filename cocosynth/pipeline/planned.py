"""All that can be known of an image without a pixel of it."""

from __future__ import annotations

from dataclasses import dataclass

from cocosynth.coco.masks import box_of
from cocosynth.core.values import FullMask, Scene
from cocosynth.foregrounds.warped import Warper
from cocosynth.labels.label_image import LabelImage


@dataclass(frozen=True, eq=False)
class Plan:
    """A scene and its labels."""

    scene: Scene
    label_image: LabelImage
    warper: Warper
    position: int  # of the background in `SceneInputs.backgrounds`
    attempt: int  # which choice of a background it is
    empty: int  # annotations of the background that nobody can see
    missing: int  # objects that fitted nowhere
    lost: int  # distractors that fitted nowhere
    capped: int  # objects that are smaller than they were drawn


def full_mask(made: Plan, number: int) -> FullMask:
    """Return what the canvas would show of a placement if nothing were in front of it."""
    warped, region = made.warper.of(number, made.scene.placements[number])
    inside = region.clipped(made.scene.size)
    shown = warped.mask[inside.moved(-region.top, -region.left).slices]
    tight = box_of(shown)
    assert tight is not None, "a placement is always seen"
    return FullMask(shown[tight.slices], tight.moved(inside.top, inside.left))
