"""A learned harmoniser and a learned placement scorer, as techniques of your own.

    python examples/learned_techniques.py sample_data/photos --out weights.pt

learns two tiny networks from a COCO dataset in seconds, on one thread and from a seed, so that the
same photographs give the same weights. A configuration then names the classes of this file:

    harmonize:
      - learned_techniques:LearnedHarmoniser: {weights: weights.pt}
    placement:
      learned_techniques:LearnedPlacement: {weights: weights.pt}

Networks of your own take their place: what counts are the methods of the two classes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

torch.set_num_threads(1)  # builds run many workers; and sums come out the same on any machine
SIDE = 48  # pixels of a patch of a photograph
STEPS = 500


def harmoniser() -> nn.Module:
    """Turn mean and deviation of object and surroundings into a gain and a shift, per channel."""
    return nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 6))


def scorer() -> nn.Module:
    """Turn (lower edge, centre across, size), in fractions, into how likely a place is."""
    return nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))


def moments(pixels: NDArray[np.uint8]) -> list[float]:
    """Return mean and standard deviation of each channel, from 0 to 1."""
    flat = pixels.reshape(-1, 3) / 255
    return [*flat.mean(axis=0), *flat.std(axis=0)]


@cache
def learned(path: str, name: str) -> nn.Module:
    """Read a network once in each process; only numbers are read, no code of the file is run."""
    network = {"harmoniser": harmoniser, "scorer": scorer}[name]()
    network.load_state_dict(torch.load(path, weights_only=True)[name])
    return network.eval()


@dataclass(frozen=True)
class LearnedHarmoniser:
    """Give an object the light that a network expects in its surroundings."""

    weights: str
    strength_range: tuple[float, float] = (0.5, 1.0)

    @property
    def files(self) -> tuple[str, ...]:
        """Name what is read: its sha256 stands in the manifest, and other weights end a resume."""
        return (self.weights,)

    def sample(self, rng: np.random.Generator) -> dict[str, float]:
        return {"strength": float(rng.uniform(*self.strength_range))}

    def apply(self, colors: Any, mask: Any, around: Any, values: Any) -> NDArray[np.uint8]:
        seen = torch.tensor([*moments(colors[mask]), *moments(around.image)], dtype=torch.float32)
        with torch.no_grad():
            gain, shift = learned(self.weights, "harmoniser")(seen).numpy().reshape(2, 3)
        changed = colors * np.exp(values["strength"] * gain) + 255 * values["strength"] * shift
        return np.rint(np.clip(changed, 0, 255)).astype(np.uint8)


@dataclass(frozen=True)
class LearnedPlacement:
    """Look at places drawn evenly, and propose those first that a network finds likely."""

    weights: str
    looked_at: int = 64

    @property
    def files(self) -> tuple[str, ...]:
        return (self.weights,)

    def propose(
        self, rng: np.random.Generator, candidate: Any, site: Any
    ) -> Iterator[tuple[int, int]]:
        limits = candidate.limits(site.canvas, site.limits.max_truncation)
        if limits is None:
            return
        top, bottom, left, right = limits
        rows = rng.integers(top, bottom + 1, self.looked_at)
        cols = rng.integers(left, right + 1, self.looked_at)
        box, (height, width) = candidate.box, site.canvas
        size = np.sqrt(box.size[0] * box.size[1] / (height * width))
        foot = (rows + box.bottom) / height
        across = (cols + (box.left + box.right) / 2) / width
        seen = np.stack([foot, across, np.full(self.looked_at, size)], axis=1)
        with torch.no_grad():
            score = learned(self.weights, "scorer")(torch.from_numpy(seen).float()).numpy()[:, 0]
        chance = score + rng.gumbel(size=self.looked_at)  # likely places first, others at times
        for number in np.argsort(-chance, kind="stable").tolist():
            yield int(rows[number]), int(cols[number])


def colour_pairs(photos: list[Path], rng: np.random.Generator) -> Tensor:
    """Return the moments of patches, and of what lies around each."""
    found = []
    for path in photos:
        image = cv2.imread(str(path))
        if image is None or min(image.shape[:2]) <= 2 * SIDE:
            continue
        image = image[..., ::-1]
        for _ in range(40):
            row = int(rng.integers(SIDE // 2, image.shape[0] - 3 * SIDE // 2))
            col = int(rng.integers(SIDE // 2, image.shape[1] - 3 * SIDE // 2))
            near = image[row - SIDE // 2 : row + 3 * SIDE // 2, col - SIDE // 2 :][:, : 2 * SIDE]
            patch = image[row : row + SIDE, col : col + SIDE]
            found.append([*moments(patch), *moments(near)])
    if not found:
        raise SystemExit("no photograph is larger than 96 x 96 pixels")
    return torch.tensor(found, dtype=torch.float32)


def train_harmoniser(pairs: Tensor, generator: torch.Generator) -> nn.Module:
    """Change the colours of patches at random, and learn what brings them back."""
    network = harmoniser()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(STEPS):
        chosen = pairs[torch.randint(len(pairs), (128,), generator=generator)]
        gain = 0.3 * torch.randn(128, 3, generator=generator)
        shift = 0.1 * torch.randn(128, 3, generator=generator)
        mean = chosen[:, :3] * gain.exp() + shift
        deviation = chosen[:, 3:6] * gain.exp()
        undo, back = network(torch.cat([mean, deviation, chosen[:, 6:]], dim=1)).split(3, dim=1)
        there = torch.cat([mean * undo.exp() + back, deviation * undo.exp()], dim=1)
        loss = (there - chosen[:, :6]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def places(content: dict[str, Any]) -> Tensor:
    """Return where the annotations of a COCO file stand, and how large they are, in fractions."""
    sizes = {image["id"]: (image["height"], image["width"]) for image in content["images"]}
    found = []
    for annotation in content["annotations"]:
        (height, width), (x, y, w, h) = sizes[annotation["image_id"]], annotation["bbox"]
        if w > 0 and h > 0 and not annotation.get("iscrowd"):
            size = (w * h / (height * width)) ** 0.5
            found.append([(y + h) / height, (x + w / 2) / width, size])
    if not found:
        raise SystemExit("the dataset has no annotation with a box")
    return torch.tensor(found, dtype=torch.float32)


def train_scorer(real: Tensor, generator: torch.Generator) -> nn.Module:
    """Tell places of real objects from places drawn evenly."""
    network = scorer()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    wanted = torch.cat([torch.ones(128), torch.zeros(128)])
    for _ in range(STEPS):
        good = real[torch.randint(len(real), (128,), generator=generator)]
        good = good + 0.02 * torch.randn(128, 3, generator=generator)
        drawn = torch.rand(128, 2, generator=generator)
        wrong = torch.cat([drawn, good[:, 2:]], dim=1)
        scores = network(torch.cat([good, wrong]))[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(scores, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dataset", type=Path, help="annotations/instances.json and images/")
    parser.add_argument("--out", type=Path, default=Path("weights.pt"))
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)  # the first weights of the networks
    generator = torch.Generator().manual_seed(args.seed)
    content = json.loads((args.dataset / "annotations/instances.json").read_bytes())
    photos = sorted(args.dataset / "images" / image["file_name"] for image in content["images"])
    pairs = colour_pairs(photos[:200], np.random.default_rng(args.seed))
    networks = {
        "harmoniser": train_harmoniser(pairs, generator).state_dict(),
        "scorer": train_scorer(places(content), generator).state_dict(),
    }
    torch.save(networks, args.out)
    print(f"{args.out}: learned from {len(photos)} photographs")


if __name__ == "__main__":
    main()
