"""The arms: what stands beside the real images in training."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Arm:
    """What a detector learns from.

    Attributes
    ----------
    composed : dict or None
        Keys of the configuration of the composed images; those of `foregrounds` are under `cut`.
    share : float
        Of the composed images in each batch.
    real : int or None
        How many real images there are; none is all.
    scenes : float
        How many images are composed, as a part of the number asked for.
    real_last : float
        Part of the steps, the last ones, that take real images alone.
    settings : dict
        Settings that differ from those of the other arms.
    """

    composed: dict[str, Any] | None = None
    share: float = 0.5
    real: int | None = None
    scenes: float = 1.0
    real_last: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)


FEATHER: dict[str, Any] = {"blend": "feather"}
CROWDED = FEATHER | {"objects_per_image": [3, 8]}
REALISTIC: dict[str, Any] = {"preset": "realistic"}
BY_SIZE = (33, 65)
LONG = {"steps": 4000}

MAIN = ("real", "feather of 3 to 8, then real")
"""The main comparison: of all that was tried on the folds, the second was the best."""


def first(composed: dict[str, Any], **others: Any) -> Arm:
    """Return an arm that learns from composed images alone first, from as many real ones then."""
    return Arm(composed, share=1, real_last=0.5, **others)


PARTS_OF = "realistic, then real"
PARTS = [f"realistic, no {part}, then real" for part in ("whole", "harmonize", "ground")]

ARMS: dict[str, Arm] = {
    "real": Arm(share=0),
    MAIN[1]: first(CROWDED),
    "feather, then real": first(FEATHER),
    "paste, then real": first({"blend": "paste"}),
    "simple-copy-paste, then real": first({"preset": "simple-copy-paste"}),
    "cut-paste-learn, then real": first({"preset": "cut-paste-learn"}, scenes=1 / 3),
    "realistic, then real": first(REALISTIC),
    "realistic, no whole, then real": first(REALISTIC | {"cut": {"whole": 0}}),
    "realistic, no harmonize, then real": first(REALISTIC | {"harmonize": []}),
    "realistic, no ground, then real": first(REALISTIC | {"placement": "uniform"}),
    "feather of 3 to 8 alone": Arm(CROWDED, share=1),
    "feather of 3 to 8, 25 %": Arm(CROWDED, share=0.25),
    "feather of 3 to 8, 50 %": Arm(CROWDED, share=0.5),
    "feather of 3 to 8, 75 %": Arm(CROWDED, share=0.75),
} | {
    f"{name}, {count} photographs": replace(arm, real=count)
    for count in BY_SIZE
    for name, arm in ((MAIN[0], Arm(share=0)), (MAIN[1], first(CROWDED)))
}
ARMS |= {
    f"{name}, 4000 steps": replace(arm, settings=LONG)
    for name, arm in ((MAIN[0], Arm(share=0)), (MAIN[1], first(CROWDED)))
}

TRIED: dict[str, Arm] = {
    f"{name}, {steps} steps": replace(arm, settings={"steps": steps})
    for steps in (450, 1500, 3000, 4000)
    for name, arm in {
        "real": Arm(share=0),
        "feather": Arm(FEATHER),
        "paste": Arm({"blend": "paste"}),
        "simple-copy-paste": Arm({"preset": "simple-copy-paste"}),
        "realistic": Arm(REALISTIC),
        "feather, 3 to 8 objects": Arm(CROWDED),
        "feather, categories as in the source": Arm(FEATHER | {"balance": {"like": "source"}}),
        "feather, objects of one photograph": Arm(FEATHER | {"sampling": "one_photo"}),
        "feather, 1,800 images": Arm(FEATHER, scenes=3),
        "feather, 25 %": Arm(FEATHER, share=0.25),
        "feather, 75 %": Arm(FEATHER, share=0.75),
        "feather, real last": Arm(FEATHER, real_last=0.3),
        "feather alone, real last": Arm(FEATHER, share=1, real_last=0.5),
        "feather, 3 to 8 objects, real last": Arm(CROWDED, real_last=0.3),
        "feather, 3 to 8 objects alone, real last": Arm(CROWDED, share=1, real_last=0.5),
        "feather, 3 to 8 objects, 1,800 images": Arm(CROWDED, scenes=3),
    }.items()
}
"""What can be tried on the folds, to fix `MAIN` and the steps before the comparison."""


@dataclass(frozen=True)
class Sources:
    """The COCO file and the images that everything is composed from."""

    coco: Path
    images: Path
    categories: tuple[str, ...] = field(default=())

    def configuration(self, arm: Arm, count: int, seed: int) -> dict[str, Any]:
        """Return the configuration of the composed images of an arm."""
        assert arm.composed is not None
        files = {"coco": str(self.coco), "images": str(self.images)}
        asked = copy.deepcopy(arm.composed)
        cut = asked.pop("cut", {})
        return {
            "seed": seed,
            "splits": {"train": max(1, round(count * arm.scenes))},
            "canvas": "background",
            "foregrounds": [files | {"categories": list(self.categories)} | cut],
            "backgrounds": [files | {"annotations": "keep"}],
            "licenses": {"no_derivatives": "allow"},  # nothing is handed on
            "export": {"quality": 90},
        } | asked
