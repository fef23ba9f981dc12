"""Simple Copy-Paste."""

from __future__ import annotations

from cocosynth.config.presets.preset import Part, Preset

_PAPER = "the paper"

SIMPLE_COPY_PASTE = Preset(
    'Ghiasi and others, "Simple Copy-Paste is a Strong Data Augmentation Method for Instance '
    'Segmentation" (CVPR 2021): some objects of one photograph onto another one, both flipped and '
    "with large-scale jitter. Objects keep their places towards each other.",
    (
        Part(
            "sampling",
            "one_photo",
            f"{_PAPER}: a random subset of the objects of one photograph",
        ),
        Part("objects_per_image", [1, 100], f"{_PAPER}: any number of them; at least one is ours"),
        Part(
            "augment_background[]",
            {"flip": {"direction": "horizontal", "p": 0.5}},
            _PAPER,
        ),
        Part(
            "augment_background[]",
            {"zoom": {"zoom_range": [0.1, 2.0], "padding": 128, "p": 1}},
            f"{_PAPER}: large-scale jitter, padded in grey",
        ),
        Part("augment", [], f"{_PAPER}: nothing else is changed"),
        Part(
            "placement",
            {"large_scale_jitter": {"zoom_range": [0.1, 2.0], "p": 0.5}},
            f"{_PAPER}: the same, of the photograph that the objects come from",
        ),
        Part("flush", False, f"{_PAPER}: objects stay where they are"),
        Part("limits.max_truncation", 0.99, f"{_PAPER}: crops cut objects anywhere"),
        Part("limits.max_overlap", 1.0, f"{_PAPER}: what is pasted hides what is there"),
        Part(
            "limits.min_visibility",
            0.01,
            f"{_PAPER}: only what is hidden as a whole is removed; here a paste that would leave "
            "less of an object is",
        ),
        Part("limits.max_upscale", 8.0, f"{_PAPER}: no limit but the jitter's"),
        Part("blend", "paste", f"{_PAPER}: a blended edge made no difference"),
    ),
    {
        "cutouts": "a picture in a folder of cut-outs shows one object, so one is pasted into each "
        "image",
        "plain": "the backgrounds bring no annotations along (`annotations: keep`), as those of "
        "the paper do",
    },
)
