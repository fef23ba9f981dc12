"""What the checks share: the datasets, their true masks, and the line printed for each.

Runs in the environment of a client, with nothing of cocosynth in it.
"""

import contextlib
import io
import json
import runpy
import sys
import traceback
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO


@dataclass(frozen=True)
class Dataset:
    """A dataset that was built: its folder is `<kind>-<encoding>`."""

    root: Path

    @property
    def kind(self):
        return self.root.name.rpartition("-")[0]

    @property
    def encoding(self):
        return self.root.name.rpartition("-")[2]

    @property
    def ordinary(self):
        """Whether a network can learn something from it."""
        return not self.kind.startswith("odd")

    @property
    def splits(self):
        return ("train", "val")

    def annotation_file(self, split):
        return self.root / "annotations" / f"instances_{split}.json"

    def content(self, split):
        return json.loads(self.annotation_file(split).read_text())

    def has(self, folder):
        """Whether it was written in the format of this folder."""
        return (self.root / folder).exists()

    def coco(self, split):
        with contextlib.redirect_stdout(io.StringIO()):
            return COCO(str(self.annotation_file(split)))

    def snippet(self, client):
        """Return the path of what `snippet` has printed for this dataset."""
        return self.root.parent / "snippets" / self.root.name / f"{client}.py"

    def built_here(self):
        """Build it again with the libraries of this environment: others give other pixels."""
        from cocosynth import build

        again = Path(f"{self.root.name}-here").absolute()
        build(f"{self.root}.json", again, start="overwrite")
        return Dataset(again)

    def run_snippet(self, client):
        """Run what was printed, up to where it would train, and return its names."""
        return runpy.run_path(str(self.snippet(client)), run_name="snippet")


def run(name, reads, trains=None, more=()):
    """Try a client on every dataset, and let it train on the ordinary ones; print the results.

    Further checks return None for a dataset that they are not for.
    """
    results, sys.stdout = sys.stdout, sys.stderr
    for root in sorted(path.parent for path in Path(sys.argv[1]).glob("*/annotations")):
        dataset = Dataset(root)
        for check in (reads, *more):
            print_result(results, name, dataset, check)
        if trains and dataset.ordinary:
            print_result(results, name, dataset, trains)


def print_result(stream, name, dataset, check):
    try:
        status, figures = "PASS", check(dataset)
    except Exception as error:
        traceback.print_exc()
        said = " ".join(str(error).split())
        status, figures = "FAIL", f"{type(error).__name__}: {said}"[:300]
    if figures is None:
        return
    head = f"{status}  {name:<17}{version(name):<10}{dataset.encoding:<9}{dataset.kind:<16}"
    print(f"{head}{figures}", file=stream, flush=True)


def iou(first, second):
    """Return the intersection of two masks over their union."""
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    return float((first & second).sum() / max((first | second).sum(), 1))


def figures_of(values):
    """Describe how well masks agree."""
    exact = sum(value == 1 for value in values)
    if exact == len(values):
        return f"{exact} masks bit for bit"
    return f"{len(values)} masks, mean IoU {np.mean(values):.3f}, {exact} bit for bit"


def falling(losses, *, count):
    """Describe how a loss fell, by the mean of its first and last values.

    Raises
    ------
    AssertionError
        If it did not, or is no number.
    """
    assert np.isfinite(losses).all(), f"loss is not finite: {losses}"
    first, last = float(np.mean(losses[:count])), float(np.mean(losses[-count:]))
    assert last < first, f"loss did not fall: {first:.2f} -> {last:.2f}"
    return f"loss {first:.2f} -> {last:.2f} in {len(losses)} steps"
