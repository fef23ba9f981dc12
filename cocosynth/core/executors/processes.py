"""Several processes on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, TypeVar

from cocosynth.core.executors.crew import Crew, Spare
from cocosynth.core.executors.script import refuse_unguarded_script

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_spare: ContextVar[Spare | None] = ContextVar("spare", default=None)


@contextmanager
def keeping_workers() -> Iterator[None]:
    """Let workers of a task that is done take the next one, until the block ends; all end with it.

    Else each task has new ones. The block is that of one thread.
    """
    if _spare.get() is not None:
        yield  # the outer block ends them
        return
    spare = Spare()
    before = _spare.set(spare)
    try:
        yield
    finally:
        _spare.reset(before)
        spare.close()


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
        with closing(Crew(task, self.workers, _spare.get())) as crew:
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
        with closing(Crew(task, max(1, min(self.workers, len(items))), _spare.get())) as crew:
            yield [crew.submit(item) for item in items]
