"""One image from its plan to its pixels and labels."""

from __future__ import annotations

from typing import Any

from cocosynth.core import images
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import Background, Composite, Image, Scene
from cocosynth.foregrounds.warped import Warper
from cocosynth.labels.background_layers import BackgroundLayers, background_layers
from cocosynth.labels.label_image import LabelImage
from cocosynth.render.blend import BlendMode
from cocosynth.render.render import render
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.scenes.plan import plan, plan_background

MISSING = "object that fitted nowhere (see placement, min_visibility, min_area)"

_EMPTY = "background annotation whose mask has no pixel"
_ATTEMPTS = 100  # backgrounds tried for an image


class Composer:
    """Makes the images of a build, in any order.

    The background read last is kept for the next image, which is scheduled to have the same where
    backgrounds repeat.

    Parameters
    ----------
    inputs : SceneInputs
    blend : BlendMode
    """

    def __init__(self, inputs: SceneInputs, blend: BlendMode) -> None:
        self._inputs, self._blend = inputs, blend
        self._kept: tuple[int, Image] | None = None  # position in `SceneInputs.backgrounds`, pixels

    def __getstate__(self) -> dict[str, Any]:
        return {"_inputs": self._inputs, "_blend": self._blend, "_kept": None}

    def __call__(self, split: str, index: int, skipped: Skipped) -> tuple[Scene, Composite]:
        """Plan and render one image; it depends on nothing but the inputs, the split and the index.

        Parameters
        ----------
        split : str
        index : int
        skipped : Skipped
            Takes up what is skipped.

        Returns
        -------
        scene : Scene
        composite : Composite
        """
        inputs = self._inputs
        background, pixels, layers = self._open_background(split, index, skipped)
        label_image = LabelImage(layers, inputs.limits)
        foregrounds = Warper(inputs.bank.rgba, inputs.bank.outline)
        scene, missing = plan(
            *(inputs, split, index),
            background=background,
            label_image=label_image,
            foregrounds=foregrounds,
        )
        skipped.add("images", MISSING, missing)
        if layers.empty:
            used = inputs.photos[background.photo]
            skipped.add(used.source, _EMPTY, layers.empty, used.file_name)
        image = render(scene, pixels, foregrounds=foregrounds, blend=self._blend)
        return scene, Composite(image, label_image.labels, tuple(label_image.layers))

    def _open_background(
        self, split: str, index: int, skipped: Skipped
    ) -> tuple[Background, Image, BackgroundLayers]:
        """Read the planned background, or the next one where its file cannot be used."""
        inputs = self._inputs
        for attempt in range(_ATTEMPTS):
            position, background, size = plan_background(inputs, split, index, attempt=attempt)
            photo = inputs.photos[background.photo]
            try:
                pixels = self._read(position, keep=inputs.pools[split].repeats)
                masks = inputs.backgrounds.masks(position, photo.size)
                layers = background_layers(masks, background, size)
            except UnusableError as error:
                reason = f"choice of a background whose {error}"
                skipped.add(photo.source, reason, 1, photo.file_name)
                continue
            return background, pixels, layers
        raise CocosynthError(
            f"no background of the split {split!r} can be used: {_ATTEMPTS} were tried "
            f"for image {index + 1}; the last was {photo.path}"
        )

    def _read(self, position: int, *, keep: bool) -> Image:
        if self._kept is not None and self._kept[0] == position:
            return self._kept[1]
        self._kept = None
        photo = self._inputs.photos[self._inputs.backgrounds.photos[position]]
        pixels = images.read_image(photo.path, upright=photo.upright)
        if pixels.shape[:2] != photo.size:
            raise UnusableError("image file has another size than its record")
        if keep:
            pixels.flags.writeable = False
            self._kept = position, pixels
        return pixels
