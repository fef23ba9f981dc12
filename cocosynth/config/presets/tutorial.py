"""The tutorial that this package began with."""

from __future__ import annotations

from cocosynth.config.presets.preset import Part, Preset

_CODE = "the code of the tutorial"

TUTORIAL = Preset(
    "The tutorial of Viraf Patrawala (Towards Data Science, 2021): one object on each background, "
    "turned, scaled, moved and flipped, pasted with a hard edge.",
    (
        Part("objects_per_image", [1, 1], "one object on each background"),
        Part("augment[]", {"flip": {"direction": "horizontal", "p": 0.5}}, _CODE),
        Part("augment[]", {"rotate": {"angle_range": [-10, 10], "p": 1}}, _CODE),
        Part(
            "augment[]",
            {"scale": {"like": "source", "factor_range": [0.8, 1.2], "p": 1}},
            f"{_CODE}; the background is resized to the object's photograph there, so the size is "
            "relative to that",
        ),
        Part(
            "augment[]",
            {"translate": {"x_range": [-0.3333, 0.3333], "y_range": [-0.3333, 0.3333], "p": 1}},
            f"{_CODE} moves by up to a third of the picture, in one direction; here it is all",
        ),
        Part("placement", {"source": {"jitter": 0}}, "the object stays where it was, then moves"),
        Part("flush", False, "objects are not set to the border of the image"),
        Part("blend", "paste", "background where the mask is 0, object where it is 1"),
    ),
)
