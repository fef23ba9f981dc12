"""What things cost: CPU and wall time, round by round, and the spread of their ratios."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)
Result = TypeVar("Result")
Spread = dict[str, float]

_LEAST = 1e-6  # seconds: noise may make more work seem to take less time than none


@dataclass(frozen=True)
class Cost:
    """Time spent, in seconds."""

    cpu: float
    wall: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(max(_LEAST, self.cpu - other.cpu), max(_LEAST, self.wall - other.wall))

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.cpu * factor, self.wall * factor)


def now() -> Cost:
    return Cost(time.process_time(), time.perf_counter())


@dataclass(frozen=True)
class Line:
    """What each further image costs, and what there is to pay before the first."""

    image: Cost
    start: Cost
    total: Cost  # of the many images


def line(task: Callable[[int], Cost], few: int, many: int) -> Line:
    """Tell the cost of an image from that of starting, by doing few images and many."""
    small, large = task(few), task(many)
    image = (large - small) * (1 / (many - few))
    return Line(image, small - image * few, large)


def whole(task: Callable[[int], Cost], images: int) -> Line:
    """Spread all that a task costs over its images."""
    total = task(images)
    return Line(total * (1 / images), Cost(0, 0), total)


def interleaved(
    tasks: Mapping[Name, Callable[[], Result]], *, rounds: int
) -> dict[Name, list[Result]]:
    """Do every task once a round, back and forth, so that a slow minute slows all of them."""
    seen: dict[Name, list[Result]] = {name: [] for name in tasks}
    for number in range(rounds):
        for name in list(tasks)[:: -1 if number % 2 else 1]:
            say(f"  round {number + 1} of {rounds}: {name}")
            seen[name].append(tasks[name]())
    return seen


def spread(values: Iterable[float]) -> Spread:
    """Return the median of the rounds, and their extremes."""
    rounds = list(values)
    numbers = {"median": statistics.median(rounds), "low": min(rounds), "high": max(rounds)}
    return {name: float(f"{number:.4g}") for name, number in numbers.items()}


def ratio(over: Iterable[float], under: Iterable[float]) -> Spread:
    """Return the spread of the ratios that each round gave."""
    return spread(a / b for a, b in zip(over, under, strict=True))


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    print(text, file=sys.stderr, flush=True)
