"""The composed images of an arm: built once, checked against what is tested on."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from experiments.proof.arms import Arm, Sources
from experiments.proof.photographs import Photographs, write


@dataclass(frozen=True)
class Workshop:
    """Where photographs and composed images lie.

    Attributes
    ----------
    folder : Path
        Of one set of photographs: one fold, or the comparison.
    images : int
        How many are composed for an arm.
    """

    folder: Path
    photographs: Photographs
    images: int

    def real(self, count: int | None = None) -> tuple[Path, Path]:
        """Return the file and the folder of the first so many training photographs, or of all."""
        return write(self.photographs.train[:count], self.folder, f"train{count or ''}")

    def test(self) -> tuple[Path, Path]:
        return write(self.photographs.test, self.folder, "test")

    def composed(self, arm: Arm, seed: int) -> tuple[Path, Path]:
        """Return the file and the folder of the composed images, building them if need be."""
        folder = self.folder / "composed" / self.key(arm, seed)
        file = folder / "annotations" / "instances_train.json"
        config = folder.with_suffix(".yaml")  # JSON is YAML
        config.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):  # runs beside this one may want the same images
            if not file.is_file():
                config.write_text(json.dumps(self.configuration(arm, seed), indent=2))
                done = cocosynth(
                    *("build", config, "--out", folder, "--sources", self.folder, "--overwrite"),
                    *("--workers", 1),
                )
                if done.returncode:
                    raise SystemExit(f"{config}: {done.stderr}")
                folder.with_suffix(".log").write_text(done.stdout + done.stderr)
        return file, folder / "train"

    def configuration(self, arm: Arm, seed: int) -> dict[str, object]:
        coco, images = self.real(arm.real)
        parts = (path.relative_to(self.folder) for path in (coco, images))
        return Sources(*parts, self.photographs.categories).configuration(arm, self.images, seed)

    def key(self, arm: Arm, seed: int) -> str:
        """Return what tells these composed images from others."""
        asked = [self.photographs.digest, self.configuration(arm, seed)] if arm.composed else []
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]

    def held_out(self, arm: Arm, seed: int) -> str:
        """Return what `merge --held-out` says of all that is learnt from."""
        files = [self.real(arm.real), self.composed(arm, seed)]
        out = self.folder / "merged" / f"{self.key(arm, seed)}-{arm.real or 'all'}.json"
        out.parent.mkdir(exist_ok=True)
        tested, folder = self.test()
        words = [
            *(str(coco) for coco, _ in files),
            *(word for _, images in files for word in ("--images", str(images))),
            *("--held-out", str(tested), "--held-out-images", str(folder)),
            *("--out", str(out), "--root", str(self.folder), "--overwrite"),
        ]
        with FileLock(out.with_suffix(".lock")):
            done = cocosynth("merge", *words)
        if done.returncode:
            raise SystemExit(f"a photograph that is tested on is learnt from: {done.stderr}")
        return done.stdout.replace(f"{self.folder}/", "")


def cocosynth(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cocosynth", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
