"""InstaBoost."""

from __future__ import annotations

from cocosynth.config.presets.preset import Part, Preset

_CODE = "the authors' code"

INSTABOOST = Preset(
    'Fang and others, "InstaBoost" (ICCV 2019): objects close to where they were, hardly turned, '
    "nearly as large. InstaBoost moves an object in its own photograph and fills the hole; here it "
    "goes to the same place of another photograph.",
    (
        Part("augment[]", {"rotate": {"angle_range": [-1, 1], "p": 1}}, _CODE),
        Part(
            "augment[]",
            {"scale": {"like": "source", "factor_range": [0.8, 1.2], "p": 1}},
            "the paper and its code: relative to the object's own size",
        ),
        Part(
            "augment[]",
            {"brightness": {"factor_range": [0.8, 1.2], "p": 0.5}},
            f"{_CODE} changes colours with a probability of 0.5; how far is ours",
        ),
        Part(
            "placement",
            {"near": {"jitter": 0.06667}},
            "the paper and its code: a fifteenth of its width and height",
            note="objects go to the place they had in their photograph, but on another one: "
            "nothing here fills the hole that an object moved in its own would leave",
        ),
        Part("foregrounds.matte", "guided", "the paper makes its edges by alpha matting, too"),
        Part("blend", {"feather": {"radius": 1, "rim": 0}}, "ours: the matte is the edge"),
    ),
)
