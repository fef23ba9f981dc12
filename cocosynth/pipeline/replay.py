"""Make one image of a dataset again, from its scene and the sources, without any seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cocosynth.config.config import Config
from cocosynth.config.file import load_config
from cocosynth.core import files, identity, images
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.geometry import translation
from cocosynth.core.values import Background, Box, Instance, Matrix, Placement, Scene
from cocosynth.core.versions import difference, generator
from cocosynth.foregrounds.cutter import cut_instance, open_photo
from cocosynth.foregrounds.warped import Warper
from cocosynth.render.render import render
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.hashes import photograph_files
from cocosynth.sources.survey import survey

Line = dict[str, Any]


def replay(dataset: Path, folder: Path, *, split: str, image_id: int) -> tuple[str, bytes]:
    """Make an image of a dataset anew.

    Parameters
    ----------
    dataset : Path
        A dataset that `build` has made.
    folder : Path
        What the paths in its configuration are relative to.
    split : str
    image_id : int

    Returns
    -------
    file_name : str
    content : bytes
        The encoded image.

    Raises
    ------
    CocosynthError
        If the dataset has no such image, a source is not what it was, or the image comes out
        differently because the versions of the libraries are others.
    """
    manifest = _manifest(dataset)
    config = load_config(dataset / "config.yaml")
    line = _scene_line(dataset / "scenes" / f"{split}.jsonl", image_id)
    catalogue = survey(config, folder)
    Sources(catalogue, manifest).check(line)
    content = _compose(config, catalogue, line, split)
    built = dataset / split / line["file_name"]
    if built.is_file() and built.read_bytes() != content:
        change = difference(manifest["generator"], generator())
        reason = f"; {change}" if change else "; was the file altered?"
        raise CocosynthError(f"{built}: comes out differently from what was built{reason}")
    return line["file_name"], content


def _manifest(dataset: Path) -> dict[str, Any]:
    try:
        return dict(msgspec.json.decode(files.read_bytes(dataset / "manifest.json")))
    except (msgspec.DecodeError, TypeError, ValueError):
        raise CocosynthError(f"{dataset / 'manifest.json'}: not a manifest of ours") from None


def _scene_line(path: Path, image_id: int) -> Line:
    for line in files.lines(path):
        scene: Line = msgspec.json.decode(line)
        if scene["image_id"] == image_id:
            return scene
    raise CocosynthError(f"{path}: has no image {image_id}")


@dataclass(frozen=True)
class Sources:
    """The files that an image was made of, as the manifest remembers them."""

    catalogue: Catalogue
    manifest: dict[str, Any]

    def check(self, line: Line) -> None:
        """Refuse a source that is not what it was when the dataset was built."""
        for name, digest in self.manifest["coco_files"].items():
            if self.catalogue.coco_files.get(name) != digest:
                raise CocosynthError(f"{name}: has changed since the dataset was built")
        known = {(p["dataset"], p["file_name"]): p for p in self.manifest["photographs"]}
        for part in (line["background"], *line["placements"]):
            number = photo_number(self.catalogue, part)
            record = known[part["dataset"], part["file_name"]]
            for key, path in photograph_files(self.catalogue, number):
                if identity.sha256(path) != record[key]:
                    raise CocosynthError(f"{path}: has changed since the dataset was built")


def photo_number(catalogue: Catalogue, part: Line) -> int:
    for number, photo in enumerate(catalogue.photos):
        if (photo.source, photo.file_name) == (part["dataset"], part["file_name"]):
            return number
    raise CocosynthError(
        f"{part['dataset']}: {part['file_name']} cannot be used any more: missing or changed"
    )


def _compose(config: Config, catalogue: Catalogue, line: Line, split: str) -> bytes:
    background = Background(photo_number(catalogue, line["background"]), _crop(line))
    size = (int(line["size"][0]), int(line["size"][1]))
    photo = catalogue.photos[background.photo]
    instances = [_instance(catalogue, part) for part in line["placements"]]
    placements = tuple(
        Placement(number, _from_instance(part["matrix"], instance.box))
        for number, (part, instance) in enumerate(zip(line["placements"], instances, strict=True))
    )
    blend = config.blend_mode()
    image = render(
        Scene(split, int(line["image_id"]) - 1, size, background, placements),
        images.read_image(photo.path, upright=photo.upright),
        foregrounds=Warper(
            lambda number: blend.prepare(instances[number].rgba),
            lambda number: instances[number].outline,
        ),
        blend=blend,
    )
    export = config.export
    return images.encode_image(image, export.image_format, quality=export.quality)


def _crop(line: Line) -> Box:
    return Box(*line["background"]["crop"])


def _from_instance(matrix: list[list[float]], box: Box) -> Matrix:
    """Turn a matrix of a photo into one of the pixels of an instance in it."""
    first, second, third = (np.array(matrix) @ translation(box.left, box.top)).tolist()
    return tuple(first), tuple(second), tuple(third)


def _instance(catalogue: Catalogue, part: Line) -> Instance:
    number = photo_number(catalogue, part)
    wanted = part.get("source_annotation_id")
    for cut in catalogue.cuts.get(number, ()):
        if wanted == (cut.annotation.id if cut.annotation else None):
            pixels = open_photo(catalogue.photos[number], cut)
            return cut_instance(pixels, cut)
    raise UnusableError(f"{part['dataset']}: annotation {wanted} is not there any more")
