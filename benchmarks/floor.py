"""The floor, which nobody who makes images out of images can avoid: decode, encode, write."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from benchmarks.clock import Cost, now
from cocosynth.core.executors.tuning import tune

_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]


def floor(paths: Sequence[Path], out: Path) -> Cost:
    """Decode every image, encode it and write it, with bare calls of OpenCV in this process."""
    out.mkdir()
    cost = _copy_all(paths, out)
    shutil.rmtree(out)
    return cost


def _copy_all(paths: Sequence[Path], out: Path) -> Cost:
    start = now()
    for path in paths:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        cv2.imencode(".jpg", pixels, _QUALITY)[1].tofile(out / path.name)
    return now() - start


@contextmanager
def two_processes() -> Iterator[ProcessPoolExecutor]:
    """Start two processes before anything is timed: the floor pays for no start."""
    context = multiprocessing.get_context("spawn")  # builds have a fork server of their own
    with ProcessPoolExecutor(2, mp_context=context, initializer=tune) as pool:
        list(pool.map(time.sleep, [0.2, 0.2]))
        yield pool


def floor_of_two(pool: ProcessPoolExecutor, paths: Sequence[Path], out: Path) -> Cost:
    """Do the same in two processes."""
    out.mkdir()
    start = time.perf_counter()
    halves = list(pool.map(_copy_all, (paths[::2], paths[1::2]), (out, out)))
    wall = time.perf_counter() - start
    shutil.rmtree(out)
    return Cost(sum(half.cpu for half in halves), wall)
