"""What every worker of a build has spent, told by itself with each answer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cocosynth.core.executors import Executor


@dataclass(frozen=True)
class Usage:
    """What a process has used so far; memory in MB.

    Attributes
    ----------
    process : int
    cpu : float
        Seconds.
    peak : float
        The most that was resident, with files of the bank that are mapped and can be let go.
    own : float
        What is its own now, and cannot.
    """

    process: int
    cpu: float
    peak: float
    own: float


def usage() -> Usage:
    """Read it from the system; `getrusage` would tell the peak of who started the process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    status = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    peak, own = (int(status[name][0]) / 1024 for name in ("VmHWM", "RssAnon"))
    return Usage(os.getpid(), time.process_time(), peak, own)


@dataclass(frozen=True)
class _Telling:
    """A task that says with each answer what its process has used."""

    task: Callable[[Any], Any]

    def __call__(self, item: Any) -> tuple[Any, Usage]:
        return self.task(item), usage()


@dataclass(frozen=True)
class Watched:
    """An executor that remembers what the processes used that answered."""

    executor: Executor
    seen: dict[int, Usage] = field(default_factory=dict)

    def __call__(self, task: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for answer, used in self.executor(_Telling(task), items):
            self._note(used)
            yield answer

    @property
    def beside(self) -> Any:
        """Watch work beside the caller, too, where the executor knows that."""
        return self._beside if hasattr(self.executor, "beside") else None

    @contextmanager
    def _beside(self, task: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[list[Any]]:
        with self.executor.beside(_Telling(task), items) as answers:  # type: ignore[attr-defined]
            yield [_Told(answer, self._note) for answer in answers]

    def _note(self, used: Usage) -> None:
        earlier = self.seen.get(used.process, used)
        own = max(earlier.own, used.own)
        self.seen[used.process] = Usage(used.process, used.cpu, used.peak, own)


@dataclass(frozen=True)
class _Told:
    """An answer to come."""

    answer: Any
    note: Callable[[Usage], None]

    def result(self) -> Any:
        answer, used = self.answer.result()
        self.note(used)
        return answer
