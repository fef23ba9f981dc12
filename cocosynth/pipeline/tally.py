"""What the images of a split hold, counted where they are made and added up in the parent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec
import numpy as np

from cocosynth.core.geometry import is_affine, moved, scale_at
from cocosynth.core.sample import Sample
from cocosynth.core.values import Annotation, Matrix
from cocosynth.scenes.sampling.options import occlusion_class, size_class

ENLARGED = 2.0
"""How often lengths may be multiplied before a picture looks blurred beside others."""

_ROUNDED = 1.01
"""By how much a matrix may enlarge more than was asked for: it is rounded."""


class Enlarged(msgspec.Struct, frozen=True):
    """What was enlarged more than `ENLARGED` times.

    Attributes
    ----------
    count : int
    largest : float
        How many times the one that was enlarged most.
    image : int
        The index of the image that shows it; -1 where there is none.
    """

    count: int = 0
    largest: float = 0.0
    image: int = -1

    def __add__(self, other: Enlarged) -> Enlarged:
        most = max(self, other, key=lambda one: (one.largest, -one.image))
        return Enlarged(self.count + other.count, most.largest, most.image)


class Counts(msgspec.Struct, frozen=True):
    """What some images hold.

    Attributes
    ----------
    categories : dict of int to int
        How many annotations each category has, by its id.
    photos : dict of int to int
        How many images each photo can be seen in.
    pasted : dict of int to int
        How many annotations are of pasted objects, by the id of the category.
    uses : dict of int to int
        How often each instance of the bank was pasted.
    repeating : int
        How many images show an instance more than once.
    empty : int
        How many images nothing is pasted into.
    sizes, occlusions : dict of str to int
        How many pasted objects there are of each class of size and of occlusion.
    backgrounds, instances : Enlarged
        Images whose background was enlarged much, and pasted objects that were.
    distractors : dict of str to int
        How many distractors were pasted, labelled or not, by the name of the category.
    """

    categories: dict[int, int]
    photos: dict[int, int]
    pasted: dict[int, int]
    uses: dict[int, int]
    repeating: int
    backgrounds: Enlarged
    instances: Enlarged
    distractors: dict[str, int] = {}
    empty: int = 0
    sizes: dict[str, int] = {}
    occlusions: dict[str, int] = {}


@dataclass
class Tally:
    """The sum of `Counts`."""

    categories: Counter[int] = field(default_factory=Counter)
    photos: Counter[int] = field(default_factory=Counter)
    pasted: Counter[int] = field(default_factory=Counter)
    uses: Counter[int] = field(default_factory=Counter)
    repeating: int = 0
    backgrounds: Enlarged = Enlarged()
    instances: Enlarged = Enlarged()
    distractors: Counter[str] = field(default_factory=Counter)
    empty: int = 0
    sizes: Counter[str] = field(default_factory=Counter)
    occlusions: Counter[str] = field(default_factory=Counter)

    def count(self, sample: Sample) -> None:
        scene = sample.scene
        pasted = [a for a in sample.annotations if a.placement is not None]
        uses = Counter(placement.instance for placement in scene.placements)
        self.categories.update(annotation.category_id for annotation in sample.annotations)
        self.photos.update(sample.photos)
        self.pasted.update(annotation.category_id for annotation in pasted)
        self.uses.update(uses)
        self.distractors.update(one.distractor for one in scene.placements if one.distractor)
        objects = [a for a in pasted if not scene.placements[_placement(a)].distractor]
        self.empty += not objects
        self.sizes.update(size_class(annotation.area) for annotation in objects)
        self.occlusions.update(occlusion_class(annotation.visibility) for annotation in objects)
        self.repeating += any(count > 1 for count in uses.values())
        if (scale := _background_scale(sample)) > ENLARGED * _ROUNDED:
            self.backgrounds += Enlarged(1, scale, scene.index)
        for annotation in (*pasted, *sample.unlabelled):
            if (scale := _instance_scale(sample, annotation)) > ENLARGED * _ROUNDED:
                self.instances += Enlarged(1, scale, scene.index)

    def add(self, counts: Counts) -> None:
        self.categories.update(counts.categories)
        self.photos.update(counts.photos)
        self.pasted.update(counts.pasted)
        self.uses.update(counts.uses)
        self.distractors.update(counts.distractors)
        self.repeating += counts.repeating
        self.empty += counts.empty
        self.sizes.update(counts.sizes)
        self.occlusions.update(counts.occlusions)
        self.backgrounds += counts.backgrounds
        self.instances += counts.instances

    def counts(self) -> Counts:
        return Counts(
            categories=dict(self.categories),
            photos=dict(self.photos),
            pasted=dict(self.pasted),
            uses=dict(self.uses),
            repeating=self.repeating,
            empty=self.empty,
            sizes=dict(self.sizes),
            occlusions=dict(self.occlusions),
            backgrounds=self.backgrounds,
            instances=self.instances,
            distractors=dict(sorted(self.distractors.items())),
        )


def _placement(annotation: Annotation) -> int:
    assert annotation.placement is not None, "a pasted object has one"
    return annotation.placement


def _background_scale(sample: Sample) -> float:
    background = sample.scene.background
    size = background.place_in(sample.scene.size).size
    crop = background.crop.size
    return max(size[0] / crop[0], size[1] / crop[1])


def _instance_scale(sample: Sample, annotation: Annotation) -> float:
    """Return by how much a pasted object is enlarged where it can be seen."""
    matrix: Matrix = sample.origins[_placement(annotation)].matrix
    if is_affine(matrix):
        return scale_at((0, 0), matrix)
    box = annotation.box
    centre = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    first, second, third = np.linalg.inv(np.array(matrix)).tolist()
    return scale_at(moved(centre, (tuple(first), tuple(second), tuple(third))), matrix)
