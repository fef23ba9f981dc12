"""Cut, Paste and Learn."""

from __future__ import annotations

from cocosynth.config.presets.preset import Part, Preset

_PAPER = "the paper"
_CODE = "the authors' code"

CUT_PASTE_LEARN = Preset(
    'Dwibedi, Misra and Hebert, "Cut, Paste and Learn" (ICCV 2017): objects anywhere, every scene '
    "in several blend modes, so that a detector learns objects and not the traces of pasting. The "
    "paper adds views of each object from all sides, which your photographs must have, and other "
    "objects that distract, 2 to 4 in each image in the authors' code: name yours by `distractors: "
    "{from: [...], per_image: [2, 4]}` beside the preset.",
    (
        Part(
            "foregrounds.skip_truncated",
            True,
            f"{_PAPER} cuts whole objects out of pictures of their own; one that a border has cut "
            "would end in a straight line anywhere in the image",
            when="annotated",
        ),
        Part("objects_per_image", [3, 8], _CODE),
        Part("augment[]", {"rotate": {"angle_range": [-30, 30], "p": 1}}, f"{_PAPER} and its code"),
        Part(
            "augment[]",
            {"scale": {"canvas_range": [0.15, 0.6], "p": 1}},
            f"0.15 to 0.6 in {_CODE}, of photographs of about the size of the canvas; here of the "
            "canvas, so that it fits any source",
        ),
        Part("placement", {"no_overlap": {"max_iou": 0.75}}, f"{_PAPER} and its code"),
        Part("tries", 20, _CODE),
        Part("flush", False, "objects are not set to the border of the image"),
        Part("limits.max_truncation", 0.25, f"{_PAPER} and its code"),
        Part("limits.max_overlap", 1.0, "the largest IoU of boxes is the paper's only limit"),
        Part(
            "limits.min_visibility",
            0.2,
            "ours: a label without an object to be seen teaches nothing",
        ),
        Part("variants[]", "paste", f"{_PAPER}: no blending"),
        Part(
            "variants[]",
            {"gaussian": {"sigma": 1.3, "rim": 0}},
            f"{_PAPER}; in {_CODE} a Gaussian of 2 pixels that ends after 5 pixels, which is as "
            "wide as one of 1.3",
        ),
        Part("variants[]", {"poisson": {"mode": "normal", "rim": 0}}, _PAPER),
    ),
)
