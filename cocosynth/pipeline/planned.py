"""All that can be known of an image without a pixel of it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from cocosynth.coco.masks import box_of
from cocosynth.core.geometry import rebased
from cocosynth.core.sample import Origin
from cocosynth.core.values import FullMask, Layer, Placement, Scene
from cocosynth.foregrounds.bank import Entry
from cocosynth.foregrounds.warped import Warper
from cocosynth.labels.label_image import LabelImage
from cocosynth.pipeline.set_up import Setup


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


def carrying(made: Plan, setup: Setup) -> tuple[list[Origin], tuple[Layer, ...]]:
    """Return where the instances come from, and the layers with what is known of theirs."""
    bank, placements = setup.inputs.bank, made.scene.placements
    origins = [_origin(placement, bank.entry(placement.instance)) for placement in placements]

    def carried(layer: Layer) -> Layer:
        number = layer.placement
        if number is None or layer.category_id < 0:
            return layer
        placement = placements[number]
        return msgspec.structs.replace(
            layer,
            keypoints=bank.keypoints(placement.instance),
            matrix=origins[number].matrix,
            truncated=layer.truncated or any(bank.entry(placement.instance).borders),
            blend=placement.blend or made.scene.variant or setup.blend,
            full=full_mask(made, number) if setup.amodal else None,
        )

    return origins, tuple(map(carried, made.label_image.layers))


def _origin(placement: Placement, entry: Entry) -> Origin:
    number = None if entry.annotation_id < 0 else entry.annotation_id
    return Origin(entry.photo, number, rebased(placement.matrix, -entry.left, -entry.top))
