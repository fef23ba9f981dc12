"""The pictures of docs/tutorial.md, drawn from the configurations that stand on the page.

    python -m benchmarks.tutorial_page docs/tutorial.md docs/tutorial

`init` has written the photographs that these configurations name.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.gallery import QUALITY, WIDTH, Panel, fitted, sheet
from cocosynth import Compositor, extract, load_config
from cocosynth.check.draw import Marked, color_of, outline, rectangle
from cocosynth.core.box import Box
from cocosynth.core.inline import outlined
from cocosynth.core.resources import resource
from cocosynth.core.sample import Sample
from cocosynth.core.values import Image, Mask
from cocosynth.foregrounds.bank import Bank

SMALL = 220  # pixels a panel, where four stand side by side


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for name, panels, across in pictures(Path(work), configurations(options.page)):
            quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
            picture = sheet(panels, across)[..., ::-1]
            cv2.imwrite(str(options.out / f"{name}.jpg"), picture, quality)


def configurations(page: Path) -> dict[str, str]:
    """Return the configurations of a page by the file that their first line names."""
    blocks = re.findall(r"```yaml\n(# (\w+\.yaml)\n.*?)```", page.read_text(), re.DOTALL)
    return {name: text for text, name in blocks}


def pictures(folder: Path, texts: dict[str, str]) -> Iterator[tuple[str, list[Panel], int]]:
    """Yield the panels of each picture, and how many of them stand side by side."""
    shutil.copytree(resource("sample_data"), folder / "sample")
    for name, text in texts.items():
        (folder / name).write_text(text)
    first, many = (Compositor(folder / name) for name in ("first.yaml", "many.yaml"))
    samples = [first[number] for number in range(6)]
    yield "object", list(on_white(folder)), 3
    yield "annotated", list(annotated(folder)), 4
    changed = [alone(sample.image, sample.labels > 0) for sample in samples[:4]]
    masks = [drawn(sample.labels > 0) for sample in samples[:4]]
    yield "changed", [("", fitted(image, SMALL)) for image in (*changed, *masks)], 4
    places = sorted((folder / "sample/backgrounds").glob("*.jpg"))
    yield "backgrounds", [(path.stem, fitted(read(path))) for path in places], 3
    yield "composite", list(explained(samples[0])), 3
    yield "all", [("", fitted(sample.image)) for sample in samples], 3
    yield "many", [("", fitted(outlined(many[number], side=WIDTH))) for number in range(6)], 3


def on_white(folder: Path) -> Iterator[Panel]:
    """Show the photograph of an object on a plain background, and what is cut out of it."""
    photo = read(folder / "sample/cutouts/livestock/pig_on_white.jpg")
    mask = in_its_photo(cut_out(folder, "first.yaml"), 0, photo)
    yield "photograph", fitted(photo, SMALL)
    yield "mask", fitted(drawn(mask), SMALL)
    yield "cut out", fitted(alone(photo, mask), SMALL)


def annotated(folder: Path) -> Iterator[Panel]:
    """Show an annotated photograph, and the mask and the cut-out of one of its objects."""
    photo = read(folder / "sample/photos/images/hens.jpg")
    bank = cut_out(folder, "hens.yaml")
    masks = [in_its_photo(bank, number, photo) for number in range(len(bank))]
    yield "photograph", fitted(photo, SMALL)
    lined = photo.copy()
    for number, mask in enumerate(masks):
        whole = Box(0, 0, *mask.shape)
        outline(lined, Marked(mask, whole, whole, "", color_of(0, 1, number)), width=3)
    yield "annotations", fitted(lined, SMALL)
    yield "mask of one", fitted(drawn(masks[0]), SMALL)
    yield "cut out", fitted(alone(photo, masks[0]), SMALL)


def explained(sample: Sample) -> Iterator[Panel]:
    """Show an image, its mask, and its box."""
    yield "composite", fitted(sample.image)
    yield "mask", fitted(drawn(sample.labels > 0))
    boxed = sample.image.copy()
    for annotation in sample.annotations:
        rectangle(boxed, annotation.box, color_of(0, 2), width=3)
    yield "box", fitted(boxed)


def cut_out(folder: Path, name: str) -> Bank:
    out = folder / f"bank of {name}"
    return extract(load_config(folder / name), out, folder=folder, gallery=0).bank


def in_its_photo(bank: Bank, number: int, photo: Image) -> Mask:
    """Return the mask of an instance where it is in its photograph."""
    (height, width), box = photo.shape[:2], bank.entry(number).box
    alpha = cv2.extractChannel(bank.rgba(number), 3)
    mask = np.zeros((height, width), bool)
    rows, cols = slice(max(0, box.top), box.bottom), slice(max(0, box.left), box.right)
    seen = mask[rows, cols].shape
    part = alpha[rows.start - box.top :, cols.start - box.left :][: seen[0], : seen[1]]
    mask[rows, cols] = part >= 128
    return mask


def alone(image: Image, mask: Mask) -> Image:
    return np.where(mask[..., None], image, np.uint8(0))


def drawn(mask: Mask) -> Image:
    return np.repeat(np.where(mask, np.uint8(255), np.uint8(0))[..., None], 3, axis=2)


def read(path: Path) -> Image:
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


if __name__ == "__main__":
    main()
