"""One image from its plan to its pixels and labels."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cocosynth import images
from cocosynth.errors import CocosynthError, UnusableError
from cocosynth.foregrounds import Foregrounds
from cocosynth.ground import Ground, lay_ground
from cocosynth.occupancy import Occupancy
from cocosynth.plan import plan, plan_background
from cocosynth.render import render
from cocosynth.structures import Background, Composite, Image, Scene
from cocosynth.studio import Studio

MISSING = "object that fitted nowhere (see placement, min_visibility, min_area)"

_EMPTY = "background annotation whose mask has no pixel"
_ATTEMPTS = 100  # backgrounds tried for an image

Counts = Counter[tuple[str, str]]
Examples = dict[tuple[str, str], str]


class Composer:
    """Makes the images of a build, in any order.

    The background read last is kept for the next image, which is scheduled to have the same where
    backgrounds repeat.

    Parameters
    ----------
    studio : Studio
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._kept: tuple[int, Image] | None = None  # position in `Studio.backgrounds`, pixels

    def __getstate__(self) -> dict[str, Any]:
        return {"_studio": self._studio, "_kept": None}

    def __call__(
        self, split: str, index: int, counts: Counts, examples: Examples
    ) -> tuple[Scene, Composite]:
        """Plan and render one image; it depends on nothing but the studio, the split and the index.

        Parameters
        ----------
        split : str
        index : int
        counts, examples
            Take up what was left out and why, and the first file it was so with.

        Returns
        -------
        scene : Scene
        composite : Composite
        """
        studio = self._studio
        background, pixels, ground = self._open_background(split, index, counts, examples)
        occupancy = Occupancy(ground, studio.limits)
        foregrounds = Foregrounds(studio.bank.rgba, studio.bank.outline)
        scene, missing = plan(
            *(studio, split, index),
            background=background,
            occupancy=occupancy,
            foregrounds=foregrounds,
        )
        counts["images", MISSING] += missing
        if ground.empty:
            used = studio.photos[background.photo]
            counts[used.source, _EMPTY] += ground.empty
            examples.setdefault((used.source, _EMPTY), used.file_name)
        image = render(scene, pixels, foregrounds=foregrounds, blend=studio.blend)
        return scene, Composite(image, occupancy.labels, tuple(occupancy.layers))

    def _open_background(
        self, split: str, index: int, counts: Counts, examples: Examples
    ) -> tuple[Background, Image, Ground]:
        """Read the planned background, or the next one where its file cannot be used."""
        studio = self._studio
        for attempt in range(_ATTEMPTS):
            position, background, size = plan_background(studio, split, index, attempt=attempt)
            photo = studio.photos[background.photo]
            try:
                pixels = self._read(position, keep=studio.pools[split].repeats)
                ground = lay_ground(studio.backgrounds[position], photo.size, background, size)
            except UnusableError as error:
                reason = (photo.source, f"choice of a background whose {error}")
                counts[reason] += 1
                examples.setdefault(reason, photo.file_name)
                continue
            return background, pixels, ground
        raise CocosynthError(
            f"no background of the split {split!r} can be used: {_ATTEMPTS} were tried "
            f"for image {index + 1}; the last was {photo.path}"
        )

    def _read(self, position: int, *, keep: bool) -> Image:
        if self._kept is not None and self._kept[0] == position:
            return self._kept[1]
        self._kept = None
        photo = self._studio.photos[self._studio.backgrounds[position].photo]
        pixels = images.read_image(photo.path, upright=photo.upright)
        if pixels.shape[:2] != photo.size:
            raise UnusableError("image file has another size than its record")
        if keep:
            pixels.flags.writeable = False
            self._kept = position, pixels
        return pixels
