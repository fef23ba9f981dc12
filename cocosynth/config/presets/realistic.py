"""What looks most like a photograph."""

from __future__ import annotations

from cocosynth.config.presets.preset import Part, Preset

_EYE = "by eye"

REALISTIC = Preset(
    "Our own: what looks most like a photograph. Whole objects with a soft edge, as large and "
    "where their category stands in your photographs.",
    (
        Part(
            "foregrounds.whole",
            0.8,
            f"{_EYE}: objects that another one hid have bites taken out",
        ),
        Part(
            "foregrounds.matte",
            "guided",
            "by `make look`, and by eye: outlines drawn by hand are off by pixels",
        ),
        Part("foregrounds.min_side", 24, f"{_EYE}: smaller objects are spots"),
        Part("objects_per_image", [1, 3], f"{_EYE}: few objects find a place that fits"),
        Part("augment[]", {"flip": {"direction": "horizontal", "p": 0.5}}, "a mirrored photograph"),
        Part(
            "augment[]",
            {"scale": {"like": "category", "factor_range": [0.9, 1.1], "p": 1}},
            f"{_EYE}: an object as large as its category is; `ground` decides it where it can",
            when="annotated",
        ),
        Part(
            "augment[]",
            {"scale": {"canvas_range": [0.25, 0.6], "p": 1}},
            f"{_EYE}; pictures of single objects do not say how large they are",
            when="cutouts",
        ),
        Part(
            "placement",
            {"ground": {"smoothing": 0.03}},
            f"{_EYE}: feet where feet of the category stand, and the size that goes with it",
            when="annotated",
        ),
        Part(
            "placement",
            {"region": {"polygons": [[[0, 0.5], [1, 0.5], [1, 1], [0, 1]]], "within": "foot"}},
            f"{_EYE}: feet in the lower half",
            when="cutouts",
            note="folders of cut-outs do not say where objects stand, nor how large they are: "
            "they stand anywhere in the lower half, in any size; a COCO foreground teaches both",
        ),
        Part("order", "lower_in_front", "what is nearer stands lower"),
        Part("limits.max_overlap", 0.3, f"{_EYE}: objects that hide much of others look stacked"),
        Part("limits.max_upscale", 1.25, f"{_EYE}: what is enlarged more is blurred"),
        Part(
            "harmonize[]",
            {"grayscale": {"strength_range": [1, 1], "p": 1}},
            "nothing is coloured in a photograph without colour; by `make look`, the other steps "
            "give objects away",
        ),
        Part(
            "shadow[]",
            {"contact": {"strength_range": [0.15, 0.4], "size": 0.04, "foot": 0.12, "p": 1}},
            f"{_EYE}: without one, objects hover; a strong one is seen where they hang",
        ),
        Part(
            "blend",
            {"feather": {"radius": 2, "rim": 2}},
            "by `make look`: its edges are found last of all modes; a matte takes their place",
        ),
    ),
)
