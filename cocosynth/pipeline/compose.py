"""One image from its plan to its pixels and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import numpy as np

from cocosynth.coco.layout import image_name
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.guard import named
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import Bgr, Composite, Photo
from cocosynth.core.watched import Watched
from cocosynth.foregrounds.warped import KEPT_BYTES, Warper
from cocosynth.labels.annotate import annotate
from cocosynth.labels.background_layers import BackgroundLayers, background_layers
from cocosynth.labels.label_image import LabelImage
from cocosynth.pipeline.photo import read_photo
from cocosynth.pipeline.planned import Plan, carrying
from cocosynth.pipeline.set_up import Setup
from cocosynth.render.blend.choose import variant_name
from cocosynth.render.render import render
from cocosynth.scenes.background import canvas_size, first_choice, plan_background
from cocosynth.scenes.plan import plan
from cocosynth.sources.hashes import files_of

MISSING = "object that fitted nowhere (see placement, min_visibility, min_area)"

LOST = "distractor that fitted nowhere (see placement, min_visibility, min_area)"

CAPPED = "enlargement of an object beyond limits.max_upscale: cut down to it"

UNDECODABLE = "choice of an instance whose photograph cannot be decoded"

_HIDDEN = "background annotation hidden by what is in front"
_EMPTY = "background annotation whose mask has no pixel"
_PASTED = "object that its blend mode left as it is"
_ATTEMPTS = 100  # backgrounds tried for an image
_BACKGROUNDS = 4  # looked at where objects fit nowhere, and their number was asked for


class Composer:
    """Makes the images of a build, in any order and in any thread.

    The background read last is kept for the next image, which is scheduled to have the same where
    backgrounds repeat.

    Parameters
    ----------
    setup : Setup
    take_hashes : bool
        Take the sha256 of backgrounds when they are read.

    Attributes
    ----------
    hashes : dict of int to str
        The sha256 of the backgrounds that were read, by the number of their photo.
    """

    def __init__(self, setup: Setup, *, take_hashes: bool = False) -> None:
        self._setup, self._inputs, self._take_hashes = setup, setup.inputs, take_hashes
        self.hashes: dict[int, str] = {}
        self._kept: tuple[tuple[int, int], tuple[Bgr, int]] | None = None  # see `_read`

    def __reduce__(self) -> Any:
        return partial(Composer, take_hashes=self._take_hashes), (self._setup,)

    def __call__(self, split: str, index: int, skipped: Skipped) -> Sample:
        """Plan and render one image; it depends on nothing but the setup, the split and the index.

        Parameters
        ----------
        split : str
        index : int
        skipped : Skipped
            Takes up what is skipped.
        """
        return self.together(split, (index,), skipped)[0]

    def together(self, split: str, indices: Sequence[int], skipped: Skipped) -> list[Sample]:
        """Plan all of some images, then render all: each comes out as it does alone.

        What is done again at once is done faster: between two plans, decoding and encoding push
        out of the processor's caches what planning needs. All of them are in memory together.
        """
        room = KEPT_BYTES // len(indices)
        each = [(index, self._counted(index, skipped)) for index in indices]
        plans = [self.plan(split, *one, room=room) for one in each]
        rendered = [
            self._rendered(made, *one, skipped) for made, one in zip(plans, each, strict=True)
        ]
        return [self._sample(*made, *one) for made, one in zip(rendered, each, strict=True)]

    def _rendered(
        self, made: Plan, index: int, counted: Skipped, skipped: Skipped
    ) -> tuple[Plan, Bgr]:
        made, pixels = self._with_pixels(made, index, counted)
        with named(_name(made.scene.split, index)):
            bgr = render(
                made.scene,
                pixels,
                warper=made.warper,
                techniques=self._setup.techniques,
                pasted=lambda reason: skipped.add("images", f"{_PASTED}: {reason}"),
            )
        return made, bgr

    def first_choices(self, split: str, indices: Sequence[int]) -> list[Photo]:
        """Return the photographs that images take first for their backgrounds."""
        siblings = self._inputs.pools[split].siblings
        scenes = (index // siblings for index in indices)
        return [self._photo(first_choice(self._inputs, split, scene)) for scene in scenes]

    def pixels_on(self, photo: Photo) -> int:
        """Return how many pixels a canvas has whose background is a photograph."""
        height, width = canvas_size(self._inputs, photo.size)
        return height * width

    def planned(self, split: str, index: int, skipped: Skipped) -> Sample:
        """Plan one image and its annotations: the sample without its pixels.

        Parameters
        ----------
        split : str
        index : int
        skipped : Skipped
            Takes up what is skipped.
        """
        counted = self._counted(index, skipped)
        made = self.plan(split, index, counted)
        return self._sample(made, np.zeros((0, 0, 3), np.uint8), index, counted)

    def _counted(self, index: int, skipped: Skipped) -> Skipped:
        """Return what takes up what is skipped of a scene: once, whatever its variants."""
        return Skipped() if index % len(self._variants) else skipped

    def _sample(self, made: Plan, bgr: Bgr, index: int, counted: Skipped) -> Sample:
        """Describe what is visible of a plan."""
        photo = self._photo(made.position)
        counted.add("images", MISSING, made.missing)
        counted.add("images", LOST, made.lost)
        counted.add("images", CAPPED, made.capped)
        counted.add(photo.source, _EMPTY, made.empty, photo.file_name)
        origins, layers = carrying(made, self._setup)
        composite = Composite(bgr, made.label_image.labels, layers)
        seen, hidden = annotate(composite, self._setup.categories)
        annotations = [one for one in seen if one.category_id >= 0]
        unlabelled = [one for one in seen if one.category_id < 0]
        counted.add("images", _HIDDEN, hidden)
        ending = f"_{variant_name(made.scene.variant)}" if made.scene.variant else ""
        plain = f"{self._shown(index)[0] + 1:012d}{ending}.{self._setup.suffix}"
        name = image_name(plain, index, self._setup.images_per_folder[made.scene.split])
        categories = self._setup.categories
        return Sample(name, made.scene, composite, annotations, origins, unlabelled, categories)

    def plan(
        self,
        split: str,
        index: int,
        skipped: Skipped,
        *,
        attempt: int = 0,
        room: int = KEPT_BYTES,
    ) -> Plan:
        """Plan one image, its labels included; no pixel of its background is read.

        Parameters
        ----------
        split : str
        index : int
        skipped : Skipped
            Takes up backgrounds whose annotations cannot be read.
        attempt : int
            The first choice of a background to be tried.
        room : int
            Bytes of warped objects that are kept for rendering.

        Raises
        ------
        CocosynthError
            If no background can be used.
        """
        scene_index, variant = self._shown(index)
        tries = _BACKGROUNDS if self._inputs.pools[split].asked.counts.scenes else 1
        best: Plan | None = None
        key = (self._inputs, split, scene_index)
        for number in range(attempt, _ATTEMPTS):
            position, background, size = plan_background(*key, attempt=number)
            try:
                layers = self._layers(position, background, size)
            except UnusableError as error:
                self._skip(position, error, skipped)
                continue
            bank = self._inputs.bank
            warper = Warper(self._rgba, bank.octagon, bank.matted, room=room)
            label_image = LabelImage(layers, self._inputs.limits)
            with named(_name(split, index)):
                scene, missing, lost, capped = plan(
                    *key,
                    background=background,
                    label_image=label_image,
                    warper=warper,
                    variant=variant,
                )
            for number_tried in warper.unreadable:
                self._skip_instance(number_tried, skipped)
            found = (layers.empty, missing, lost, capped)
            made = Plan(scene, label_image, warper, position, number, *found)
            if best is None or made.missing < best.missing:
                best = made
            if not best.missing or number - attempt >= tries - 1:
                return best
        if best is not None:
            return best
        last, *_ = plan_background(*key, attempt=_ATTEMPTS - 1)
        raise CocosynthError(
            f"no background of the split {split!r} can be used: {_ATTEMPTS} were tried "
            f"for image {index + 1}; the last was {self._photo(last).path}"
        )

    @property
    def _variants(self) -> tuple[str, ...]:
        return self._inputs.variants or ("",)

    def _shown(self, index: int) -> tuple[int, str]:
        """Return the scene that an image shows, and the variant it shows it in."""
        number, variant = divmod(index, len(self._variants))
        return number, self._variants[variant]

    def _with_pixels(self, made: Plan, index: int, skipped: Skipped) -> tuple[Plan, Bgr]:
        """Plan again, on the next choice of a background, until its file can be read after all."""
        split = made.scene.split
        while True:
            try:
                pixels, reduction = self._read(made, keep=self._inputs.pools[split].repeats)
            except UnusableError as error:
                self._skip(made.position, error, skipped)
                made = self.plan(split, index, skipped, attempt=made.attempt + 1)
            else:
                background = msgspec.structs.replace(made.scene.background, reduction=reduction)
                scene = msgspec.structs.replace(made.scene, background=background)
                return replace(made, scene=scene), pixels

    def _layers(self, position: int, background: Any, size: Any) -> BackgroundLayers:
        masks = self._inputs.backgrounds.masks(position, self._photo(position).size)
        return background_layers(masks, background, size)

    def _skip(self, position: int, error: UnusableError, skipped: Skipped) -> None:
        photo = self._photo(position)
        reason = f"choice of a background whose {error}"
        skipped.add(photo.source, reason, 1, photo.file_name)

    def _skip_instance(self, number: int, skipped: Skipped) -> None:
        photo = self._inputs.photos[self._inputs.bank.entries["photo"][number]]
        skipped.add(photo.source, UNDECODABLE, 1, photo.file_name)

    def hashes_of(self, sample: Sample) -> dict[int, str]:
        """Return the sha256 of what was read of a sample by now, but for what the bank had."""
        late = self._inputs.bank.read_late
        photos = {origin.photo for origin in sample.origins}
        background = sample.scene.background.photo
        found = {number: late[number] for number in photos & late.keys()}
        return {**found, background: self.hashes[background]}

    def _rgba(self, instance: int, blend: str) -> Any:
        return self._inputs.bank.rgba(instance, self._setup.preparations[blend])

    def _photo(self, position: int) -> Photo:
        return self._inputs.photos[self._inputs.backgrounds.photos[position]]

    def _read(self, made: Plan, *, keep: bool) -> tuple[Bgr, int]:
        """Decode the photo of a background, and say how many times smaller than it is."""
        position, wanted = made.position, made.scene.background.reduction
        kept = self._kept
        if kept is not None and kept[0] == (position, wanted):
            return kept[1]
        self._kept = None
        photo = self._photo(position)
        watched = Watched(dict(files_of(photo, ()) if self._take_hashes else ()))
        content = watched.contents.get(photo.path)
        found = read_photo(photo, reduction=wanted, content=content)
        watched.refuse_changed()
        if self._take_hashes:
            self.hashes[int(self._inputs.backgrounds.photos[position])] = watched.hashes["sha256"]
        if keep:
            found[0].flags.writeable = False
            self._kept = (position, wanted), found
        return found


def _name(split: str, index: int) -> str:
    return f"image {index + 1} of {split}"
