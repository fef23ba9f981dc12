"""What the user chose, typed: every key of the configuration, its default and its limits."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cocosynth.coco.layout import is_split_name
from cocosynth.core.options import Fraction, Seed, Strict
from cocosynth.core.registry import Spec, make
from cocosynth.export.options import Export, Info
from cocosynth.render.blend import BLEND_MODES, BlendMode
from cocosynth.scenes.augment import AUGMENTATIONS, Augmentation
from cocosynth.scenes.options import Canvas
from cocosynth.scenes.placement import PLACEMENTS, PlacementStrategy
from cocosynth.sources.options import BackgroundSource, Foreground, Licenses, OnBadInput


class Config(Strict, frozen=True, kw_only=True):
    """A build, completely described."""

    seed: Seed = 0
    splits: Annotated[
        dict[str, Annotated[int, Meta(ge=0, le=10_000_000)]],
        Meta(min_length=1, description="number of images in each"),
    ]
    canvas: Canvas | Literal["background"]
    foregrounds: Annotated[tuple[Foreground, ...], Meta(min_length=1)]
    backgrounds: Annotated[tuple[BackgroundSource, ...], Meta(min_length=1)]
    objects_per_image: Annotated[
        tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0, le=1000)]],
        Meta(description="fewest and most objects pasted into an image"),
    ] = (1, 4)
    category_weights: Annotated[
        dict[str, Annotated[float, Meta(ge=0, le=1e6)]],
        Meta(description="how often a category is pasted; 1 where absent, 0 never"),
    ] = {}
    augment: tuple[Spec, ...] = ()
    placement: Spec = "uniform"
    min_visibility: Annotated[
        Fraction, Meta(description="visible fraction below which no object may fall")
    ] = 0.3
    min_area: Annotated[
        int, Meta(ge=1, description="visible pixels below which no pasted object may fall")
    ] = 64
    blend: Spec = "feather"
    share_sources: Annotated[
        bool, Meta(description="let one photograph feed several splits; this leaks")
    ] = False
    on_bad_input: Annotated[
        OnBadInput,
        Meta(
            description="records and files that cannot be used. skip: leave them out, counted and "
            "reported; fail: end the build at the first one"
        ),
    ] = "skip"
    export: Export = Export()
    licenses: Licenses = Licenses()
    info: Info = Info()

    def __post_init__(self) -> None:
        low, high = self.objects_per_image
        if low > high:
            raise ValueError(f"objects_per_image must go from low to high, got [{low}, {high}]")
        if not any(self.splits.values()):
            raise ValueError("splits: no split has an image")
        for name in self.splits:
            if not is_split_name(name):
                raise ValueError(
                    f"splits: {name!r} cannot name a folder of images; use letters and digits, "
                    "but not annotations or scenes"
                )

    @property
    def contiguous_ids(self) -> bool:
        """Whether categories are numbered 1..N."""
        return self.export.category_ids == "contiguous"

    def augmentations(self) -> tuple[Augmentation, ...]:
        return tuple(
            make(AUGMENTATIONS, spec, where=f"augment[{i}]", needs=("sample",))
            for i, spec in enumerate(self.augment)
        )

    def placement_strategy(self) -> PlacementStrategy:
        strategy: PlacementStrategy = make(
            PLACEMENTS,
            self.placement,
            where="placement",
            needs=("propose", "max_truncation", "max_overlap"),
        )
        return strategy

    def blend_mode(self) -> BlendMode:
        mode: BlendMode = make(
            BLEND_MODES, self.blend, where="blend", needs=("prepare", "__call__")
        )
        return mode
