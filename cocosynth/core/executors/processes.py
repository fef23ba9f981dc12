"""Several processes on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
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

    @contextmanager
    def beside(
        self, task: Callable[[Item], Answer], items: Sequence[Item]
    ) -> Iterator[list[Future[Answer]]]:
        """Work on items while this process does something else.

        What is still at work when the block ends is stopped.
        """
        refuse_unguarded_script()
        with closing(Crew(task, max(1, min(self.workers, len(items))))) as crew:
            yield [crew.submit(item) for item in items]
