"""Pictures of where each placement puts objects, and of what is learnt for that.

    python -m benchmarks.placements sample_data/cocosynth.yaml docs/placements.jpg

Planning alone is run: no image is made.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.config.config import Config
from cocosynth.config.file import load_config
from cocosynth.core.skipped import Skipped
from cocosynth.foregrounds.learnt import CELLS, OCTAVE, learn
from cocosynth.pipeline.dataset import Compositor
from cocosynth.scenes.placement import PLACEMENTS
from cocosynth.scenes.placement.density import smoothed

WIDTH = 240  # of a panel, in pixels
LINE = 22
SIZES = tuple(2.0**octave for octave in range(-6, 1, 2))  # marked in the tables of sizes

Values = NDArray[np.float64]
Panel = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--categories", type=int, default=4, help="of which tables are shown")
    options = parser.parse_args()
    folder = options.config.parent
    config = msgspec.structs.replace(
        load_config(options.config), splits={"train": options.scenes}, share_sources=True
    )
    rows = [[heat(config, folder, name) for name in sorted(PLACEMENTS)]]
    rows += tables(config, folder, options.categories)
    options.out.write_bytes(sheet(rows, options.out.suffix))


def heat(config: Config, folder: Path, name: str) -> Panel:
    """Draw in how many scenes each pixel is covered by what was pasted."""
    compositor = Compositor(msgspec.structs.replace(config, placement=name), folder=folder)
    counts: Any = 0
    for index in range(len(compositor)):
        plan = compositor._composer.plan(compositor.split, index, Skipped())
        pasted = [False, *(layer.placement is not None for layer in plan.label_image.layers)]
        covered = np.array(pasted)[plan.label_image.labels]
        counts = counts + cv2.resize(covered.astype(np.float32), (WIDTH, WIDTH * 3 // 4))
    return titled(counts / len(compositor), name)


def tables(config: Config, folder: Path, count: int) -> list[list[Panel]]:
    """Draw what is learnt of the categories that have most instances."""
    compositor = Compositor(config, folder=folder)
    setup = compositor._composer._setup
    names = {number: category.name for number, category in setup.categories.items()}
    learnt = learn(setup.inputs.bank, setup.inputs.photos, list(setup.categories.values()))
    found = sorted(learnt.centres, key=lambda n: -learnt.centres[n].sum())[:count]
    centres = [
        titled(smoothed(learnt.centres[n], 0.05 * CELLS), f"{names[n]}: centre") for n in found
    ]
    standing = [
        titled(marked(smoothed(learnt.standing[n], 0.03 * CELLS)), f"{names[n]}: lower edge, size")
        for n in found
        if n in learnt.standing
    ]
    return [centres, standing]


def marked(table: Values) -> Values:
    """Mark where some sizes lie on the scale of a table."""
    table = table.copy()
    for size in SIZES:
        place = min(int(CELLS + OCTAVE * np.log2(size)), CELLS - 1)
        table[:2, place] = table.max()
    return table


def titled(values: Values, text: str) -> Panel:
    """Draw numbers as colours, the largest in yellow, below a title."""
    scaled = (255 * values / max(float(values.max()), 1e-12)).astype(np.uint8)
    panel = cv2.applyColorMap(
        cv2.resize(scaled, (WIDTH, WIDTH * 3 // 4), interpolation=cv2.INTER_AREA),
        cv2.COLORMAP_VIRIDIS,
    )
    title = np.full((LINE, WIDTH, 3), 255, np.uint8)
    cv2.putText(title, text, (4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    framed = cv2.copyMakeBorder(
        np.vstack([title, panel]), 0, 6, 3, 3, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    return framed.astype(np.uint8)


def sheet(rows: list[list[Panel]], suffix: str, across: int = 4) -> bytes:
    """Lay panels out in rows, each kind beginning a new one, and encode them."""
    lines = [row[start : start + across] for row in rows for start in range(0, len(row), across)]
    blank = np.full_like(rows[0][0], 255)
    whole = np.vstack([np.hstack([*line, *[blank] * (across - len(line))]) for line in lines])
    return cv2.imencode(suffix, whole)[1].tobytes()


if __name__ == "__main__":
    main()
