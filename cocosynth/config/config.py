"""What the user chose, typed: every key of the configuration, its default and its limits."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from cocosynth.config.contradictions import refuse_too_many, refuse_two_goals
from cocosynth.config.kinds import KINDS
from cocosynth.config.presets import PresetName
from cocosynth.core.options import Fraction, Seed, Strict
from cocosynth.core.registry import Kind, Made, Spec
from cocosynth.core.values import Category, Photo
from cocosynth.export.context import ExportContext
from cocosynth.export.options import Export, Info
from cocosynth.labels.options import Limits
from cocosynth.scenes.options import Canvas, Order
from cocosynth.scenes.sampling.asked import Goals
from cocosynth.scenes.sampling.options import (
    MOST,
    Balance,
    InstanceWeights,
    Number,
    Objects,
    Occlusions,
    Sampling,
    Sizes,
    Weight,
)
from cocosynth.sources.options import (
    BackgroundSource,
    Distractors,
    Foreground,
    Licenses,
    OnBadInput,
    OnLookalikes,
)

DEFAULT_BLEND = "feather"


DEFAULT_AUGMENT: tuple[Spec, ...] = ("flip", "scale")


REPORTED = 100
"""Images that the page shows which a build writes, and photographs they were cut out of."""


class Config(Strict, frozen=True, kw_only=True):
    """A build, completely described."""

    preset: Annotated[
        PresetName | None,
        Meta(description="a way of composing images; the keys beside it take the place of its own"),
    ] = None
    seed: Seed = 0
    splits: Annotated[
        dict[str, Annotated[int, Meta(ge=0, le=10_000_000)]],
        Meta(min_length=1, description="number of images in each"),
    ]
    canvas: Canvas | Literal["background"]
    foregrounds: Annotated[tuple[Foreground, ...], Meta(min_length=1)]
    backgrounds: Annotated[tuple[BackgroundSource, ...], Meta(min_length=1)]
    distractors: Distractors | None = None
    objects_per_image: Annotated[
        tuple[Annotated[int, Meta(ge=0)], Number] | int | Objects,  # msgspec 0.22 reads beyond
        # its memory where a tuple stands beside an int with limits: they are checked below
        Meta(description="fewest and most objects pasted into an image, how many, or poisson"),
    ] = (1, 4)
    empty_images: Annotated[
        Fraction | None,
        Meta(description="fraction of the images that nothing is pasted into; the others get some"),
    ] = None
    category_weights: Annotated[
        dict[str, Weight],
        Meta(description="how often a category is pasted; 1 where absent, 0 never"),
    ] = {}
    balance: Annotated[
        Balance | None,
        Meta(description="how the pasted objects are shared out among the categories"),
    ] = None
    instance_weights: Annotated[
        InstanceWeights | None,
        Meta(
            description="which instances of a category are dealt more often. wholeness: whole "
            "ones, up to four times as often; size: large ones, up to eight times as often"
        ),
    ] = None
    sizes: Annotated[
        Sizes | None,
        Meta(description="shares of small, medium and large objects, as COCO has it"),
    ] = None
    occlusion: Annotated[
        Occlusions | None,
        Meta(description="shares of objects that are hidden not at all, in part, or for the most"),
    ] = None
    lookalikes: Annotated[
        OnLookalikes,
        Meta(
            description="categories whose names differ in case, spaces, - or _ only. keep: they "
            "are two, with a warning; join: they are one, under the name that comes first"
        ),
    ] = "keep"
    keypoint_flip_map: Annotated[
        dict[str, tuple[tuple[str, str], ...]],
        Meta(
            description="of a category, the pairs of its keypoints that change places where the "
            "object is mirrored; by default those whose names begin or end in left and right"
        ),
    ] = {}
    sampling: Annotated[
        Sampling,
        Meta(
            description="which objects come together in an image. weights: each is drawn for "
            "itself; one_photo: a random subset of those of one photograph, none of them twice"
        ),
    ] = "weights"
    augment_background: tuple[Spec, ...] = ()
    augment: tuple[Spec, ...] = DEFAULT_AUGMENT
    finish: tuple[Spec, ...] = ()
    placement: Spec = "uniform"
    flush: Annotated[
        bool,
        Meta(
            description="set an instance that a border of its source image cut flush to that "
            "border of the canvas, so that nobody sees it end in mid-air, as long as that works in "
            "the first half of the tries"
        ),
    ] = True
    tries: Annotated[
        int, Meta(ge=1, le=1000, description="places looked at before an instance is given up")
    ] = 20
    order: Annotated[
        Order,
        Meta(
            description="which of two pasted objects is in front. random: any; lower_in_front: "
            "the one whose lower edge is lower in the canvas, as what is nearer stands lower"
        ),
    ] = "random"
    limits: Limits = Limits()
    harmonize: tuple[Spec, ...] = ()
    shadow: Spec | tuple[Spec, ...] = ()
    blend: Spec = DEFAULT_BLEND
    variants: tuple[Spec, ...] = ()
    share_sources: Annotated[
        bool, Meta(description="let one photograph feed several splits; this leaks")
    ] = False
    on_bad_input: Annotated[
        OnBadInput,
        Meta(
            description="records and files that cannot be used. skip: skip them, counted and "
            "reported; fail: end the build at the first one"
        ),
    ] = "skip"
    export: Export = Export()
    report: Annotated[
        bool,
        Meta(
            description="write report.html, a page that shows the dataset, and up to "
            f"{REPORTED} of its images"
        ),
    ] = True
    licenses: Licenses = Licenses()
    info: Info = Info()

    def __post_init__(self) -> None:
        if self.preset is not None:
            raise ValueError("preset: is read by load_config; a Config has the keys it stands for")
        if isinstance(self.objects_per_image, tuple):
            low, high = self.objects_per_image
            if low > high:
                raise ValueError(f"objects_per_image must go from low to high, got [{low}, {high}]")
        elif isinstance(self.objects_per_image, int) and not 0 <= self.objects_per_image <= MOST:
            raise ValueError(
                f"objects_per_image: expected an integer from 0 to {MOST}, got "
                f"{self.objects_per_image}"
            )
        if not any(self.splits.values()):
            raise ValueError("splits: no split has an image")
        refuse_two_goals(self)
        refuse_too_many(self)
        if self.variants and self.blend != DEFAULT_BLEND:
            raise ValueError("blend and variants: give one of them; variants are blend modes")

    @property
    def weights(self) -> dict[str, float]:
        """How often each category is pasted; 1 where absent."""
        return self.category_weights if self.balance is None else self.balance.weights

    @property
    def categories_named(self) -> dict[str, tuple[str, ...]]:
        """The categories that the goals name, by the key that does."""
        balance = self.balance or Balance()
        least = balance.min_instances
        return {
            "category_weights": tuple(self.category_weights),
            "balance.weights": tuple(balance.weights),
            "balance.min_instances": tuple(least) if isinstance(least, dict) else (),
        }

    @property
    def pastes(self) -> bool:
        """Whether any object is to be pasted."""
        objects = self.objects_per_image
        most = objects[1] if isinstance(objects, tuple) else objects
        return most != 0 and self.empty_images != 1

    @property
    def goals(self) -> Goals:
        """What there is to be pasted."""
        return Goals(
            objects=self.objects_per_image,
            empty=self.empty_images,
            sampling=self.sampling,
            weights=self.weights,
            balance=self.balance,
            sizes=self.sizes,
            occlusion=self.occlusion,
        )

    def counted_files(self) -> dict[str, str]:
        """Return the COCO file whose annotations count, by split."""
        counting = None if self.balance is None else self.balance.counting
        if isinstance(counting, str):
            return {next(split for split, count in self.splits.items() if count): counting}
        return dict(counting or {})

    @property
    def images(self) -> dict[str, int]:
        """How many images each split has: one for each variant of a scene."""
        return {split: count * max(1, len(self.variants)) for split, count in self.splits.items()}

    @property
    def contiguous_ids(self) -> bool:
        """Whether categories are numbered 1..N."""
        return self.export.category_ids == "contiguous"

    def export_context(
        self,
        folder: Path = Path(),
        *,
        categories: Sequence[Category] = (),
        photos: Sequence[Photo] = (),
    ) -> ExportContext:
        """Return what exporters know of the build, as far as it is known."""
        return ExportContext(folder, self.images, self.export, self.info, categories, photos)

    def make(self, kind: Kind[Made]) -> Made:
        """Make what is chosen of a kind of technique: one, or a tuple of them.

        Raises
        ------
        CocosynthError
            If there is no such technique, or a parameter is unknown, missing or out of range.
        """
        return kind.make(chosen(self, kind))

    def own_classes(self) -> list[str]:
        """Return where the configuration names classes of the user's own, and which; none runs."""
        return [named for kind in KINDS for named in kind.own(chosen(self, kind))]

    def technique_files(self) -> tuple[str, ...]:
        """Return the paths of the files that the chosen techniques and goals read."""
        made = (self.make(kind) for kind in KINDS if not kind.given)
        each = (one for some in made for one in (some if isinstance(some, tuple) else (some,)))
        read = [name for one in each for name in getattr(one, "files", ())]
        return tuple(dict.fromkeys((*read, *self.counted_files().values())))

    def source_code(self) -> dict[str, str]:
        """Return what the code of the techniques depends on beside our own version, by name."""
        found: dict[str, str] = {}
        for kind in KINDS:
            found |= kind.source_code(chosen(self, kind))
        return found


def chosen(config: Config, kind: Kind[Any]) -> Any:
    """Return the value that stands under the key of a kind of technique."""
    return attrgetter(kind.key)(config)
