"""How well a small network tells pasted objects from real ones by their outlines: lower is better.

    python -m benchmarks.pasted_look coco/            # a folder with annotations/instances_*.json
    python -m benchmarks.pasted_look --config my.yaml # the techniques of a configuration of yours

The photographs are dealt into groups. Each group is background and source of objects for itself
alone, its own objects kept, so that each image holds pasted and real objects of the same
photographs and categories. The network learns from all groups but one, and is judged by that one:
it has seen neither its backgrounds nor its objects. What is told is the area under the ROC curve
(AUC), the mean over the groups and its spread: 0.5 is a guess, 1 is always right.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import ruamel.yaml as yaml
from numpy.typing import NDArray

from benchmarks.clock import say
from benchmarks.inputs import CANVAS, source
from cocosynth import Compositor
from cocosynth.check.shortcut.classifier import area_under_curve, scores
from cocosynth.check.shortcut.rims import MIN_AREA, SIDE, outline, spread_out
from cocosynth.core.sample import Sample
from cocosynth.core.values import Image

QUALITY = 95

COLOR, FOCUS, GRAIN, GREY = "color_transfer", "focus", "grain", "grayscale"
EVERY = [GREY, COLOR, FOCUS, GRAIN]
CUT: dict[str, Any] = {"whole": 0.8, "matte": "guided"}

WEAK = {"color_transfer": {"strength_range": [0.1, 0.3]}}
FILM = [{"noise": {"sigma_range": [2, 6]}}, {"jpeg": {"quality_range": [60, 90]}}]

LOOKS: dict[str, dict[str, Any]] = {
    "paste": {"blend": "paste"},
    "feather": {},
    "feather, radius 1": {"blend": {"feather": {"radius": 1}}},
    "feather, radius 3": {"blend": {"feather": {"radius": 3}}},
    "gaussian": {"blend": "gaussian"},
    "laplacian": {"blend": "laplacian"},
    "poisson": {"blend": "poisson"},
    "feather, whole": {"cut": {"whole": 0.8}},
    "feather, matte guided": {"cut": {"matte": "guided"}},
    "feather, color_transfer": {"harmonize": [COLOR]},
    "feather, weak color_transfer": {"harmonize": [WEAK]},
    "feather, histogram": {"harmonize": ["histogram"]},
    "feather, grayscale": {"harmonize": [GREY]},
    "feather, focus": {"harmonize": [FOCUS]},
    "feather, grain": {"harmonize": [GRAIN]},
    "feather, contact": {"shadow": "contact"},
    "feather, drop": {"shadow": "drop"},
    "feather, finish": {"finish": FILM},
    "paste, finish": {"blend": "paste", "finish": FILM},
    "matte guided, weak color_transfer": {"cut": {"matte": "guided"}, "harmonize": [WEAK]},
    "mild": {"cut": {"whole": 0.8}, "harmonize": [GREY, WEAK], "shadow": "contact"},
    "mild, grain": {
        "cut": {"whole": 0.8},
        "harmonize": [GREY, WEAK, GRAIN],
        "shadow": "contact",
    },
    "mild, matte guided": {"cut": CUT, "harmonize": [GREY, WEAK], "shadow": "contact"},
    "all": {"cut": CUT, "harmonize": EVERY, "shadow": "contact"},
    "all but whole": {"cut": {"matte": "guided"}, "harmonize": EVERY, "shadow": "contact"},
    "all but matte": {"cut": {"whole": 0.8}, "harmonize": EVERY, "shadow": "contact"},
    "all but color_transfer": {"cut": CUT, "harmonize": [GREY, FOCUS, GRAIN], "shadow": "contact"},
    "all but focus": {"cut": CUT, "harmonize": [GREY, COLOR, GRAIN], "shadow": "contact"},
    "all but grain": {"cut": CUT, "harmonize": [GREY, COLOR, FOCUS], "shadow": "contact"},
    "all but contact": {"cut": CUT, "harmonize": EVERY},
}
"""What differs from `PLAIN`: keys of a configuration; those of `cut` go to its foregrounds."""

OWN_KEYS = {"foregrounds", "backgrounds", "splits", "canvas", "category_weights", "export", "info"}
"""Keys of a configuration that are the measure's own, whatever one says."""

PLAIN: dict[str, Any] = {
    "seed": 1,
    "canvas": dict(zip(("width", "height"), CANVAS, strict=True)),
    "objects_per_image": [2, 4],
    "augment": [{"flip": {"p": 0.5}}, {"scale": {"like": "source"}}],
    "blend": "feather",
    "licenses": {"no_derivatives": "allow"},
}


@dataclass(frozen=True, eq=False)
class Patches:
    """Parts of images around outlines, and which of them are of pasted objects."""

    pixels: NDArray[np.uint8]  # (n, SIDE, SIDE, 3)
    pasted: NDArray[np.bool_]

    @classmethod
    def joined(cls, groups: list[Patches]) -> Patches:
        return cls(
            np.concatenate([group.pixels for group in groups]),
            np.concatenate([group.pasted for group in groups]),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("coco", type=Path, nargs="?", help="default: COCOSYNTH_REAL_COCO")
    parser.add_argument("--only", nargs="+", metavar="LOOK", help=", ".join(LOOKS))
    parser.add_argument("--config", type=Path, nargs="+", default=[], help="further looks")
    parser.add_argument("--groups", type=int, default=5)
    parser.add_argument("--images", type=int, default=60, help="of each group")
    options = parser.parse_args()
    looks = {name: LOOKS[name] for name in options.only or ([] if options.config else LOOKS)}
    looks |= {str(path): read(path) for path in options.config}
    with tempfile.TemporaryDirectory() as work:
        groups = dealt(options.coco or source()[1], options.groups, Path(work))
        for name, look in looks.items():
            say(name)
            figures = measure(groups, look, options.images)
            print(told(name, figures), flush=True)


def dealt(folder: Path, count: int, work: Path) -> list[dict[str, Any]]:
    """Deal the photographs of a COCO folder into groups; return sources for each."""
    groups: list[dict[str, Any]] = [
        {"foregrounds": [], "backgrounds": [], "weights": Counter()} for _ in range(count)
    ]
    for file, images in instances_in(folder):
        dataset = json.loads(file.read_bytes())
        order = np.random.default_rng(0).permutation(len(dataset["images"]))
        names = {category["id"]: category["name"] for category in dataset["categories"]}
        for number, group in enumerate(groups):
            photos = [dataset["images"][place] for place in sorted(order[number::count])]
            ids = {photo["id"] for photo in photos}
            kept = [a for a in dataset["annotations"] if a["image_id"] in ids]
            path = work / f"{file.stem}-{number}.json"
            path.write_text(json.dumps(dataset | {"images": photos, "annotations": kept}))
            files = {"coco": str(path), "images": str(images)}
            group["foregrounds"].append(files | {"area_range": [MIN_AREA, None]})
            group["backgrounds"].append(files | {"annotations": "keep"})
            group["weights"].update(
                names[a["category_id"]]
                for a in kept
                if a["area"] >= MIN_AREA and not a.get("iscrowd")
            )
    return groups


def instances_in(folder: Path) -> list[tuple[Path, Path]]:
    """Return the files of instances in a folder laid out as COCO is, or as our sample is."""
    if (folder / "photos").is_dir():
        return [(folder / "photos/annotations/instances.json", folder / "photos/images")]
    found = sorted((folder / "annotations").glob("instances_*.json"))
    return [(file, folder / file.stem.removeprefix("instances_")) for file in found]


def measure(groups: list[dict[str, Any]], look: Mapping[str, Any], images: int) -> list[float]:
    """Return the AUC at each group, learnt from the others."""
    patches = [patches_of(group, look, images) for group in groups]
    figures = []
    for number, judged in enumerate(patches):
        others = Patches.joined(patches[:number] + patches[number + 1 :])
        given = scores(others.pixels, others.pasted, judged.pixels)
        figures.append(area_under_curve(given, judged.pasted))
    return figures


def patches_of(group: dict[str, Any], look: Mapping[str, Any], images: int) -> Patches:
    """Build images of a group; return as many patches of pasted as of real objects."""
    cut = look.get("cut", {})
    config = PLAIN | {key: value for key, value in look.items() if key != "cut"}
    config |= {
        "splits": {"train": images},
        "foregrounds": [source_of | cut for source_of in group["foregrounds"]],
        "backgrounds": group["backgrounds"],
        "category_weights": group["weights"],
    }
    found: dict[tuple[int, bool], list[Image]] = defaultdict(list)
    for number, sample in enumerate(Compositor(config)):
        rng = np.random.default_rng([number, 1])
        of_image = list(patches_in(sample, rng))
        if len({pasted for _, pasted, _ in of_image}) == 2:
            for category, pasted, pixels in of_image:
                found[category, pasted].append(pixels)
    return balanced(found)


def balanced(found: Mapping[tuple[int, bool], list[Image]]) -> Patches:
    """Keep as many patches of pasted as of real objects, of each category."""
    rng = np.random.default_rng(0)
    pixels: list[Image] = []
    pasted: list[bool] = []
    for category in sorted({category for category, _ in found}):
        kinds = {kind: found.get((category, kind), []) for kind in (False, True)}
        count = min(map(len, kinds.values()))
        for kind, patches in kinds.items():
            pixels += [patches[place] for place in rng.permutation(len(patches))[:count]]
            pasted += [kind] * count
    shape = (-1, SIDE, SIDE, 3)
    return Patches(np.array(pixels, np.uint8).reshape(shape), np.array(pasted, np.bool_))


def patches_in(sample: Sample, rng: np.random.Generator) -> Iterator[tuple[int, bool, Image]]:
    """Yield the category, whether it was pasted, and the pixels, of patches on outlines."""
    _, content = cv2.imencode(".jpg", sample.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    image = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]
    layers = sample.composite.layers
    pasted = np.isin(
        sample.labels, [k for k, layer in enumerate(layers, 1) if layer.placement is not None]
    )
    touched = cv2.dilate(pasted.astype(np.uint8), np.ones((SIDE + 1, SIDE + 1))) > 0
    for label, layer in enumerate(layers, 1):
        mask = sample.labels == label
        if layer.crowd or mask.sum() < MIN_AREA:
            continue
        is_pasted = layer.placement is not None
        places = outline(mask, sample.labels, label)
        if not is_pasted:
            places &= ~touched
        for row, col in spread_out(places, rng):
            yield layer.category_id, is_pasted, image[row : row + SIDE, col : col + SIDE].copy()


def told(name: str, figures: list[float]) -> str:
    mean, spread = np.mean(figures), np.std(figures, ddof=1) if len(figures) > 1 else 0
    return f"{name:24} {mean:.3f} +- {spread:.3f}   " + " ".join(f"{one:.3f}" for one in figures)


def read(path: Path) -> dict[str, Any]:
    """Read the techniques of a configuration; sources and sizes are the measure's own."""
    asked = yaml.YAML(typ="safe", pure=True).load(path)
    kept = {key: value for key, value in asked.items() if key not in OWN_KEYS}
    cuts = [{key: one[key] for key in CUT if key in one} for one in asked.get("foregrounds", [])]
    return kept | {"cut": cuts[0] if cuts else {}}


if __name__ == "__main__":
    main()
