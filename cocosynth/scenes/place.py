"""Find a place for an instance: augment it, ask the placement, keep every limit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np

from cocosynth.core.geometry import (
    at_origin,
    is_in_front,
    quantized,
    scale_at,
    shifted,
    translation,
)
from cocosynth.core.randomness import rng_for
from cocosynth.core.values import (
    Background,
    Homography,
    Matrix,
    Octagon,
    Size,
)
from cocosynth.foregrounds.bank import Entry
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.foregrounds.warped import Planned, WarpedInstance, Warper, is_too_large
from cocosynth.labels.label_image import LabelImage
from cocosynth.scenes.augment.subject import Subject
from cocosynth.scenes.cover import Cover, least_visible
from cocosynth.scenes.cuts import cuts_of
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site
from cocosynth.scenes.placement.stance import Stance
from cocosynth.scenes.sampling.options import Occlusion, SizeClass
from cocosynth.scenes.sampling.wanted import Wanted
from cocosynth.scenes.sized import areas_of, smaller_sizes
from cocosynth.scenes.upscale import enlargement, shrunk


class Placer:
    """Places instances in one canvas, one after the other.

    Shifts by `translate`, borders that an instance is set flush to and the number of tries are
    the same for every placement; they are handled here.

    Parameters
    ----------
    inputs : SceneInputs
    key : tuple of (int, str, int)
        Seed, split and index: what the streams of random numbers depend on.
    background : Background
    label_image : LabelImage
        Takes up what is placed.
    warper : Warper
    stream : tuple of str
        What the names of the streams of random numbers begin with.

    Attributes
    ----------
    capped : int
        How many of the instances placed would have become larger than `max_upscale` allows.
    """

    def __init__(
        self,
        inputs: SceneInputs,
        key: tuple[int, str, int],
        background: Background,
        label_image: LabelImage,
        warper: Warper,
        stream: tuple[str, ...] = (),
    ) -> None:
        self._inputs, self._background = inputs, background
        self._label_image, self._warper = label_image, warper
        self._augment_rngs = [
            rng_for(*key, *stream, "augment", a.stream) for a in inputs.augmentations
        ]
        self._rng = rng_for(*key, *stream, "placement")
        self._key: tuple[Any, ...] = (*key, *stream)
        self._cover = Cover(label_image, (*key, *stream, "occlusion"))
        self._shared = tuple(rng_for(*key, "placement of all").random(4).tolist())
        self.capped = 0
        self._stand = getattr(inputs.placement, "stand", None)
        self._allows = getattr(inputs.placement, "allows", None)

    @cached_property
    def _sizes(self) -> np.random.Generator:
        return rng_for(*self._key, "sizes")

    def place(self, wanted: Wanted, *, blend: str, remaining: int) -> tuple[int, Matrix] | None:
        """Place the first of some instances that fits.

        Parameters
        ----------
        wanted : Wanted
        blend : str
            The blend mode it is going to have.
        remaining : int
            How many objects are still to be placed, this one among them.

        Returns
        -------
        instance : int
        matrix : Matrix
            From the pixels of the instance to the canvas. None where nothing fits.
        """
        sizes = [(number, wanted.size) for number in wanted.instances]
        sizes += [(number, size) for size in smaller_sizes(wanted.size) for number in wanted.others]
        for number, size in sizes:
            matrix = self._place(number, blend, remaining, size, wanted.occlusion)
            if matrix is not None:
                return number, matrix
        return None

    def _place(
        self,
        number: int,
        blend: str,
        remaining: int,
        size_class: SizeClass | None,
        occlusion: Occlusion | None,
    ) -> Matrix | None:
        entry = self._inputs.bank.entry(number)
        if not entry.pixels:
            self._warper.unreadable[number] = None
            return None
        size = self._label_image.size
        height, width = entry.size
        site = self._site(remaining)
        change = self._augmentation(entry)
        stance = self._stand(self._rng, self._subject(entry), site) if self._stand else None
        if stance is not None:
            if stance.mirrored:
                change = change @ np.diag([-1.0, 1.0, 1.0])
            change = _sized(change, stance.size, entry)
        octagon: Octagon = entry.octagon.tolist()
        limits = self._inputs.limits
        areas = None if size_class is None else areas_of(size_class, entry.area, size, limits)
        if areas is not None:
            change = areas.resized(change, entry.area, self._sizes)
        centred = quantized(change @ translation(-width / 2, -height / 2))
        if not is_in_front(octagon, centred):
            return None
        found, most = enlargement(octagon, centred), limits.max_upscale
        smaller = shrunk(change, found, most)
        if smaller is not None:
            change = smaller
            centred = quantized(change @ translation(-width / 2, -height / 2))
        local, region = at_origin(octagon, centred)
        if is_too_large((region.bottom, region.right), size):
            return None
        warped = self._warper.warp(number, local, region, blend)
        if areas is not None and not areas.holds(warped.area):
            return None
        least = 0 if areas is None else math.ceil(areas.low)
        least = max(least, least_visible(occlusion, warped.area))
        shift = (round(float(change[1, 2])), round(float(change[0, 2])))
        candidate = self._candidate(entry, warped, local, stance)
        places = ((place, None) for place in self._places(candidate, shift, site))
        covering = self._covering(candidate, site) if self._cover.is_wanted else ()
        for (row, col), hiding in chain(covering, places):
            place = region.moved(row, col)
            lowest = row + candidate.box.bottom if self._inputs.order == "lower_in_front" else 0
            if self._label_image.paste(
                *(warped.mask, warped.area, place),
                tight=warped.box,
                category_id=entry.category_id,
                depth=lowest,
                least=least,
                hiding=hiding,
            ):
                self._cover.add(occlusion)
                self._warper.keep(Planned(number, local, region, place, blend), warped)
                self.capped += smaller is not None
                return shifted(local, col, row)
        return None

    def _candidate(
        self, entry: Entry, warped: WarpedInstance, local: Matrix, stance: Stance | None
    ) -> Candidate:
        return Candidate(
            mask=warped.mask,
            area=warped.area,
            category_id=entry.category_id,
            cuts=cuts_of(entry.size, entry.borders.tolist(), local),
            home=self._inputs.home(entry),
            photo=entry.photo,
            stance=stance,
            tight=warped.box,
        )

    def _site(self, remaining: int) -> Site:
        inputs = self._inputs
        return Site(
            canvas=self._label_image.size,
            background=self._background,
            photo=inputs.photos[self._background.photo],
            labels=self._label_image.labels,
            layers=self._label_image.layers,
            remaining=remaining,
            limits=inputs.limits,
            tries=inputs.tries,
            shared=self._shared,
        )

    def _places(
        self, candidate: Candidate, shift: tuple[int, int], site: Site
    ) -> Iterable[tuple[int, int]]:
        """Yield places, those that the placement proposes shifted, and at first set flush."""
        inputs, size = self._inputs, self._label_image.size
        proposed = inputs.placement.propose(self._rng, candidate, site)
        allows = self._allows
        for number, (row, col) in enumerate(islice(proposed, inputs.tries)):
            place = (row + shift[0], col + shift[1])
            if inputs.flush and 2 * number < inputs.tries:
                place = candidate.flush(size, *place)
            if place == (row, col) or allows is None or allows(candidate, site, place):
                yield place

    def _covering(
        self, candidate: Candidate, site: Site
    ) -> Iterable[tuple[tuple[int, int], tuple[int, float] | None]]:
        """Yield places that hide an earlier object as it is to be hidden, and which, how much."""
        allows = self._allows
        for place, hiding in self._cover.places(candidate.box, 3 * self._inputs.tries):
            if allows is None or allows(candidate, site, place):
                yield place, hiding

    def _augmentation(self, entry: Entry) -> Homography:
        """Multiply all geometric steps into one matrix, the instance's centre at the origin."""
        change: Homography | None = None
        shown: Size = (entry.height - 2 * MARGIN, entry.width - 2 * MARGIN)
        canvas = self._label_image.size
        for named, rng in zip(self._inputs.augmentations, self._augment_rngs, strict=True):
            looks_around = getattr(named.augmentation, "looks_around", False)
            more = {"subject": self._subject(entry)} if looks_around else {}
            step = named.augmentation.sample(rng, size=shown, canvas=canvas, **more)
            if step is None:
                continue
            if change is None:
                change = step
            elif getattr(named.augmentation, "acts_first", False):
                change = change @ step
            else:
                change = step @ change
        return translation(0, 0) if change is None else change

    def _subject(self, entry: Entry) -> Subject:
        return Subject(
            category_id=entry.category_id,
            photo=self._inputs.photos[entry.photo].size,
            area=lambda: entry.area,
            box=entry.box.shrunk(MARGIN),
            is_cut=bool(entry.borders.any()),
            layers=self._label_image.layers,
        )


def _sized(change: Homography, size: float, entry: Entry) -> Homography:
    """Let a change of shape make the box of an instance as large as it is to be, where it is."""
    own = math.sqrt((entry.height - 2 * MARGIN) * (entry.width - 2 * MARGIN))
    scale = size / (own * scale_at((0, 0), quantized(change)))
    x, y = change[0, 2], change[1, 2]
    return translation(x, y) @ np.diag([scale, scale, 1.0]) @ translation(-x, -y) @ change
