"""Several processes on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, TypeVar

from cocosynth.core.executors.crew import Crew
from cocosynth.core.executors.script import refuse_unguarded_script

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Processes:
    """Run items in worker processes, a bounded number of them ahead of what is taken.

    Parameters
    ----------
    workers : int
    """

    workers: int
    has_workers: ClassVar[bool] = True
    has_nodes: ClassVar[bool] = False

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        refuse_unguarded_script()
        waiting = iter(items)
        running: deque[Future[Answer]] = deque()
        with closing(Crew(task, self.workers)) as crew:
            for item in islice(waiting, 2 * self.workers):
                running.append(crew.submit(item))
            while running:
                answer = running[0].result()
                for following in islice(waiting, 1):
                    running.append(crew.submit(following))
                running.popleft()
                yield answer
