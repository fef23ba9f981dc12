"""Where the parts of an image come from: what the scenes of a dataset of ours say of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import UNSET

from cocosynth.check.remarks import remark_of, unlabelled
from cocosynth.coco.image_paths import inside
from cocosynth.coco.layout import scenes_beside
from cocosynth.core import files
from cocosynth.core.errors import UnusableError
from cocosynth.export.scenes import SceneLine, ScenePlacement, read_scenes


@dataclass(frozen=True)
class Photographs:
    """Where the photographs lie that a dataset was made of.

    Attributes
    ----------
    folders : mapping of str to sequence of (Path, bool)
        By the name of the source: folders that its file names may be relative to, and whether its
        photographs are turned upright.
    hashes : mapping of (str, str) to str
        The sha256 that a photograph had when it was read, by source and file name: one that has
        changed since is not shown.
    blend : str
        The blend mode of objects of which the scene names none; empty where nobody knows.
    """

    folders: Mapping[str, Sequence[tuple[Path, bool]]] = field(default_factory=dict)
    hashes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    blend: str = ""

    def find(self, source: str, file_name: str) -> tuple[str, bool] | None:
        """Return the path of a photograph, if it is there, and whether to turn it upright."""
        for folder, upright in self.folders.get(source, ()):
            try:
                path = inside(str(folder), file_name)
            except UnusableError:
                return None
            if files.is_file(path):
                return path, upright
        return None


@dataclass(eq=False)
class Origins:
    """Collects the photographs behind some images, each once."""

    photographs: Photographs
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def of_split(self, annotation_file: Path, wanted: Collection[int]) -> dict[int, dict[str, Any]]:
        """Return what is known of the images with some ids, and of each annotation in them."""
        scenes = scenes_beside(annotation_file)
        if scenes is None:
            return {}
        return {
            scene.image_id: self._of_scene(scene)
            for scene in read_scenes(scenes)
            if scene.image_id in wanted
        }

    def _of_scene(self, scene: SceneLine) -> dict[str, Any]:
        parts: dict[int, dict[str, Any]] = {}
        background = self._number(scene.background.dataset, scene.background.file_name)
        for carried in scene.background_annotations:
            parts[carried.annotation_id] = {
                "photo": background,
                "carried": True,
                "visible": round(carried.visibility, 3),
            }
        cuts: dict[tuple[int, Any], list[int]] = {}
        for placed in scene.placements:
            if placed.annotation_id is UNSET:  # a distractor without a label: `others`
                continue
            part = self._of_placement(placed, scene)
            parts[placed.annotation_id] = part
            cut = (part["photo"], placed.source_annotation_id or None)
            cuts.setdefault(cut, []).append(placed.annotation_id)
        twice = [number for same in cuts.values() if len(same) > 1 for number in same]
        others = remark_of(unlabelled(scene))
        return {"photo": background, "parts": parts, "twice": frozenset(twice), "others": others}

    def _of_placement(self, placed: ScenePlacement, scene: SceneLine) -> dict[str, Any]:
        matrix = np.array(placed.matrix)
        volume = abs(float(np.linalg.det(matrix[:2, :2])))
        part: dict[str, Any] = {
            "photo": self._number(placed.dataset, placed.file_name),
            "visible": round(placed.visibility, 3),
        }
        blend = placed.blend or scene.variant or self.photographs.blend
        if blend:
            part["blend"] = blend
        if np.isfinite(volume) and volume > 0:
            part["scale"] = float(f"{volume**0.5:.3g}")
        if abs(np.linalg.det(matrix)) > 1e-12:
            back = np.linalg.inv(matrix)
            part["back"] = [float(f"{number:.6g}") for number in (back / back[2, 2]).ravel()]
        return part

    def _number(self, source: str, file_name: str) -> int:
        return self.numbers.setdefault((source, file_name), len(self.numbers))
