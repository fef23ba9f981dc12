"""Several processes on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar, TypeVar

from cocosynth.core.executors.crew import Crew, Worker, end_all
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
    _spare: list[list[Worker]] = field(default_factory=list, repr=False, compare=False)
    has_workers: ClassVar[bool] = True
    has_nodes: ClassVar[bool] = False

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        refuse_unguarded_script()
        waiting = iter(items)
        running: deque[Future[Answer]] = deque()
        with closing(self._crew(task, self.workers)) as crew:
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
        with closing(self._crew(task, max(1, min(self.workers, len(items))))) as crew:
            yield [crew.submit(item) for item in items]

    @contextmanager
    def keeping_workers(self) -> Iterator[None]:
        """Let those of a task that is done take the next one, until the block ends.

        Else each task has new ones, which are started and end with it.
        """
        if self._spare:
            yield  # an outer block ends them
            return
        spare: list[Worker] = []
        self._spare.append(spare)
        try:
            yield
        finally:
            self._spare.clear()
            end_all(spare)

    def _crew(self, task: Callable[[Any], Any], size: int) -> Crew:
        return Crew(task, size, self._spare[0] if self._spare else None)
