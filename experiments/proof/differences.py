"""How much better one arm is than another, with the interval of 95 %."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.proof.average_precision import average_precision
from experiments.proof.photographs import drawn

Results = dict[str, dict[int, dict[str, Any]]]
"""By arm and seed."""


@dataclass(frozen=True)
class Difference:
    """How much better an arm is than the real images alone, in AP50, and the interval of 95 %.

    `each` has the difference of each seed, of one way after the other; `mean` is that of the ways.
    """

    arm: str
    each: tuple[float, ...]
    mean: float
    low: float
    high: float


def difference(
    ways: Sequence[Results],
    arm: str,
    base: str,
    *,
    tested: slice = slice(None),
    times: int = 2000,
) -> Difference:
    """Compare two arms by the seeds that both have.

    Seeds and tested images are drawn anew, with replacement, and both arms compared on the same
    draw. There may be several ways, each with results of its own: all count the same. Of the
    photographs, only those of `tested` count.
    """
    each: list[list[float]] = []
    drawn = np.zeros(times)
    rng = np.random.default_rng(0)
    for results in ways:
        seeds = sorted(set(results[arm]) & set(results[base]))
        runs = [[results[name][seed] for seed in seeds] for name in (arm, base)]
        counts = _counts([places_of(run) for run in runs[0]], tested, rng, times)
        of_arm, of_base = (
            np.stack(
                [_mean_ap(run["figures"], of) for run, of in zip(some, counts, strict=True)], 1
            )
            for some in runs
        )
        each.append((of_arm - of_base)[0].tolist())
        chosen = rng.integers(len(seeds), size=(times, len(seeds)))
        means = np.take_along_axis((of_arm - of_base)[1:], chosen, 1).mean(1)
        drawn += means / len(ways)
    low, high = np.percentile(drawn, [2.5, 97.5])
    mean = float(np.mean([np.mean(of_way) for of_way in each]))
    return Difference(arm, tuple(sum(each, [])), mean, float(low), float(high))


def _counts(
    places: Sequence[np.ndarray], tested: slice, rng: np.random.Generator, times: int
) -> list[np.ndarray]:
    """Return how often the images of each run count: once each, then as they are drawn."""
    images = 1 + max(int(of_run.max()) for of_run in places)
    chosen = np.arange(images)[tested]
    counts = np.zeros((1 + times, images), int)
    counts[0, chosen] = 1
    counts[1:, chosen] = rng.multinomial(len(chosen), [1 / len(chosen)] * len(chosen), times)
    return [counts[:, of_run] for of_run in places]


def places_of(run: Mapping[str, Any]) -> np.ndarray:
    """Return which of the photographs those are that a run was tested on.

    Where they are drawn for each seed, a photograph that counts twice does so in all runs.
    """
    tested = len(next(iter(run["figures"]["categories"].values()))["in"])
    if "drawn" not in run:
        return np.arange(tested)
    return np.array(drawn(tested + run["drawn"], run["drawn"], run["seed"])[1])


def _mean_ap(figures: Mapping[str, Any], counts: np.ndarray) -> np.ndarray:
    """Return the mean AP50 in percent of the categories that the images of each draw show."""
    ranked = [[np.array(one[key], int) for key in ("ranked", "in")]
              for one in figures["categories"].values()]  # fmt: skip
    return 100 * np.nanmean([average_precision(*one, counts) for one in ranked], 0)
