"""Progress of long work on a terminal: how far, how fast, how long still."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Answer = TypeVar("Answer")


class Stopwatch:
    """Measures the seconds its block takes."""

    seconds = 0.0

    def __enter__(self) -> Stopwatch:
        self._start = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._start


def bars(
    title: str, answers: Iterable[Answer], total: int, size: Callable[[Answer], int]
) -> Iterator[Answer]:
    """Show a bar on standard error while answers are passed on, if there are any."""
    if not total:
        yield from answers
        return
    with _progress() as progress:
        task = progress.add_task(title, total=total, rate="")
        for answer in answers:
            progress.advance(task, size(answer))
            state = progress.tasks[0]
            rate = state.completed / max(state.elapsed or 0.0, 1e-9)
            progress.update(task, rate=f"{rate:.1f}/s" if rate < 100 else f"{rate:.0f}/s")
            yield answer


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    console = Console(stderr=True)
    columns = (  # what is needed least goes first where there is little room
        TextColumn("{task.description}", table_column=Column(no_wrap=True, max_width=22)),
        BarColumn(bar_width=None if console.width >= 80 else 8),
        MofNCompleteColumn(),
        *((TextColumn("{task.fields[rate]}"), TimeElapsedColumn()) if console.width >= 80 else ()),
        TextColumn("left"),
        TimeRemainingColumn(compact=console.width < 80),
    )
    small = console.width < 80
    return Progress(*columns, console=console, expand=small, refresh_per_second=5)
