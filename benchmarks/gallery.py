"""The pictures of docs/gallery.md: what each technique does to the looks of an image.

    python -m benchmarks.gallery sample_data/cocosynth.yaml docs/gallery --index 11

Any configuration will do: one image of it goes through every technique of `render/`.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from PIL import Image as pillow
from PIL import ImageDraw, ImageFont

from cocosynth import Compositor, extract
from cocosynth.config.config import Config
from cocosynth.config.file import load_config
from cocosynth.config.presets import PRESETS
from cocosynth.config.yaml_text import parse_yaml
from cocosynth.core.sample import Sample
from cocosynth.core.values import Image
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.gallery import on_checkerboard
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.harmonize import HARMONIZERS
from cocosynth.render.shadow import SHADOWS
from cocosynth.render.tones import TONES
from cocosynth.sources.options import Distractors, FolderForeground

WIDTH = 300  # of a panel
LINE, GAP = 18, 6
ZOOM = 4
MOST = 6  # instances of a kind
QUALITY = 82
GREY = 110
STRENGTH = 0.7  # of the shadows

Panel = tuple[str, Image]
Changes = Mapping[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--index", type=int, default=0, help="of the scene")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, panels, across in pictures(options.config, options.index):
        picture = sheet(panels, across)[..., ::-1]
        quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        cv2.imwrite(str(options.out / f"{name}.jpg"), picture, quality)


def pictures(path: Path, index: int) -> Iterator[tuple[str, list[Panel], int]]:
    """Yield the panels of each picture, and how many of them stand side by side."""
    config, folder = load_config(path), path.parent
    scene = Scene(config, folder, index)
    yield "distractors", list(distracted(scene)), 3
    yield "presets", list(presets(path, index)), 3
    yield "shadow", list(shadowed(scene)), 4
    yield "harmonize", list(harmonized(scene)), 3
    yield "tones", list(toned(scene)), 6
    yield "blend", list(blends(scene)), 4
    yield "whole", list(whole_and_bitten(config, folder)), MOST
    yield "mattes", list(mattes(config, folder)), 3


@dataclasses.dataclass(frozen=True)
class Scene:
    """One image of a configuration, composed again with other techniques."""

    config: Config
    folder: Path
    index: int

    def __call__(self, **changes: Any) -> Sample:
        plain = {"harmonize": (), "shadow": (), "variants": (), "finish": ()}
        config = msgspec.structs.replace(self.config, **(plain | changes))
        return Compositor(config, folder=self.folder)[self.index]


def blends(scene: Scene) -> Iterator[Panel]:
    """Show every blend mode, and the rim of an object enlarged."""
    for mode in sorted(BLEND_MODES):
        sample = scene(blend=mode)
        yield mode, fitted(sample.image)
        yield f"{mode}, {ZOOM} x", enlarged(sample.image, edge(sample))


def harmonized(scene: Scene) -> Iterator[Panel]:
    yield "none", fitted(scene().image)
    for name in sorted(HARMONIZERS):
        step = {name: {"strength_range": [1, 1]}}
        yield f"{name}, strength 1", fitted(scene(harmonize=(step,)).image)


def shadowed(scene: Scene) -> Iterator[Panel]:
    """Show every shadow, and the foot of an object enlarged."""
    for name in sorted(SHADOWS):
        step = {name: {"strength_range": [STRENGTH, STRENGTH]}}
        sample = scene(shadow=step)
        yield f"{name}, strength {STRENGTH:g}", fitted(sample.image)
        yield f"{name}, 2 x", enlarged(sample.image, edge(sample, last=True), 2)


def toned(scene: Scene) -> Iterator[Panel]:
    """Show each tone at both ends of its ranges."""
    image = fitted(scene().image, WIDTH // 2)
    for name, tone in sorted(TONES.items()):
        if name == "albumentations":  # it is any transform
            continue
        ranges = {
            field.name: field.default
            for field in dataclasses.fields(tone)
            if field.name.endswith("_range")
        }
        for end in (0, 1) if ranges else (1,):
            chosen = {key: (values[end],) * 2 for key, values in ranges.items()}
            step = tone(**chosen, p=1)
            values = step.sample(np.random.default_rng(0))
            first = next(iter(chosen.values()), ("",))[0]
            yield f"{name} {first:g}" if ranges else name, step.apply(image, values)


def presets(path: Path, index: int) -> Iterator[Panel]:
    """Show a scene of each preset, with the sources of a configuration."""
    content = parse_yaml(path.read_bytes(), path)
    kept = ("seed", "splits", "canvas", "foregrounds", "backgrounds")
    own = {key: content[key] for key in kept if key in content}
    for name in PRESETS:
        sample = Compositor(own | {"preset": name}, folder=path.parent)[index]
        yield name, fitted(sample.image)


def distracted(scene: Scene) -> Iterator[Panel]:
    """Show a scene of one category without distractors and with some, what is labelled tinted."""
    folders = [one for one in scene.config.foregrounds if isinstance(one, FolderForeground)]
    others = [one for one in scene.config.foregrounds if one not in folders]
    if not folders or not others:
        return
    category = (scene().annotations[0].category_id,)
    kept = tuple(msgspec.structs.replace(one, categories=category) for one in others)
    for title, per_image in (("no distractors", (0, 0)), ("3 distractors", (3, 3))):
        found = Distractors(sources=tuple(folders), per_image=per_image)
        sample = scene(foregrounds=kept, distractors=found, share_sources=True)
        yield title, fitted(sample.image)
    labelled = np.isin(sample.labels, [n for n, layer in enumerate(sample.composite.layers, 1)
                                       if layer.category_id >= 0])  # fmt: skip
    tint = np.where(labelled[..., None], (255, 220, 0), sample.image // 2)
    yield "what is labelled", fitted((sample.image // 2 + tint // 2).astype(np.uint8))


def mattes(config: Config, folder: Path) -> Iterator[Panel]:
    """Show the part of some objects that a matte changes most, on grey."""
    kinds = ["none", "guided"]
    if importlib.util.find_spec("pymatting"):
        kinds.append("closed_form")
    with tempfile.TemporaryDirectory() as work:
        banks = [bank_of(config, folder, Path(work) / kind, matte=kind) for kind in kinds]
        places = [soft_place(banks[1], number) for number in range(len(banks[1]))]
        order = sorted(range(len(places)), key=lambda number: -places[number][0])
        for number in order[: MOST // 2]:
            for kind, bank in zip(kinds, banks, strict=True):
                yield f"matte: {kind}", close_up(bank, number, places[number][1])


def whole_and_bitten(config: Config, folder: Path) -> Iterator[Panel]:
    """Show the least whole instances, and the most whole ones."""
    with tempfile.TemporaryDirectory() as work:
        bank = bank_of(config, folder, Path(work) / "bank")
        order = np.argsort(bank.entries["whole"], kind="stable")
        count = min(MOST, len(order) // 2)
        for number in [*order[:count], *order[len(order) - count :]]:
            yield f"whole {bank.entry(number).whole:.2f}", on_checkerboard(bank.rgba(number))


def bank_of(config: Config, folder: Path, out: Path, **cut: Any) -> Bank:
    sources = tuple(msgspec.structs.replace(one, **cut) for one in config.foregrounds)
    changed = msgspec.structs.replace(config, foregrounds=sources, blend="paste", harmonize=())
    return extract(changed, out, folder=folder, gallery=0).bank


def soft_place(bank: Bank, number: int) -> tuple[float, tuple[int, int]]:
    """Return how much of an instance is half transparent, and where in its photograph most is."""
    alpha = cv2.extractChannel(bank.rgba(number), 3).astype(np.float32) / 255
    side = WIDTH // ZOOM // 2
    soft = cv2.boxFilter(alpha * (1 - alpha), -1, (side, side), borderType=cv2.BORDER_CONSTANT)
    _, most, _, (col, row) = cv2.minMaxLoc(soft)
    return most, (row + bank.entry(number).top, col + bank.entry(number).left)


def close_up(bank: Bank, number: int, place: tuple[int, int]) -> Image:
    """Enlarge the pixels of an instance around a place of its photograph, on grey."""
    rgba, box = bank.rgba(number), bank.entry(number).box
    weight = rgba[..., 3:].astype(np.float32) / 255
    image = np.rint(rgba[..., :3] * weight + GREY * (1 - weight)).astype(np.uint8)
    padded = cv2.copyMakeBorder(image, *(WIDTH,) * 4, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    return enlarged(padded, (place[0] - box.top + WIDTH, place[1] - box.left + WIDTH))


def edge(sample: Sample, *, last: bool = False) -> tuple[int, int]:
    """Return a pixel at the upper or lower edge of the largest object that was pasted."""
    layers = sample.composite.layers
    pasted = [k for k, layer in enumerate(layers, 1) if layer.placement is not None]
    counts = np.bincount(sample.labels.ravel(), minlength=len(layers) + 1)
    rows, cols = np.nonzero(sample.labels == max(pasted, key=lambda label: counts[label]))
    place = -1 if last else 0
    return int(rows[place]), int(cols[place])


def enlarged(image: Image, middle: tuple[int, int], zoom: int = ZOOM) -> Image:
    """Show the pixels around a place, as squares."""
    size = (min(WIDTH * 3 // 4 // zoom, image.shape[0]), min(WIDTH // zoom, image.shape[1]))
    top, left = (
        max(0, min(at - side // 2, whole - side))
        for at, side, whole in zip(middle, size, image.shape, strict=False)
    )
    part = image[top : top + size[0], left : left + size[1]]
    return np.asarray(part.repeat(zoom, axis=0).repeat(zoom, axis=1))


def fitted(image: Image, width: int = WIDTH) -> Image:
    size = (width, round(width * image.shape[0] / image.shape[1]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def sheet(drawn: list[Panel], across: int) -> Image:
    """Lay panels out in rows, each below its title."""
    height = max(image.shape[0] for _, image in drawn) + LINE + GAP
    width = max(image.shape[1] for _, image in drawn) + GAP
    page = np.full((height * -(-len(drawn) // across), width * across, 3), 255, np.uint8)
    for place, (_, image) in enumerate(drawn):
        top, left = place // across * height + LINE, place % across * width
        page[top : top + image.shape[0], left : left + image.shape[1]] = image
    picture = pillow.fromarray(page)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    for place, (title, _) in enumerate(drawn):
        pen.text((place % across * width, place // across * height + 2), title, "black", font)
    return np.asarray(picture)


if __name__ == "__main__":
    main()
