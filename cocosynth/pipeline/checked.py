"""The end of a build: its files are checked, and drawn for a person to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cocosynth.check.preview import contact_sheet
from cocosynth.check.validate import Report, text_report, validate
from cocosynth.coco.layout import Layout
from cocosynth.core import files, images
from cocosynth.core.executors import Executor
from cocosynth.core.urls import is_url
from cocosynth.pipeline.staging import Staging
from cocosynth.pipeline.traffic import Counted

Reports = dict[str, Report]


@contextmanager
def checked(
    staging: Staging, splits: Iterable[str], run: Executor
) -> Iterator[Callable[[], Reports]]:
    """Check every annotation file before it counts as written; draw the preview.

    Where there are worker processes, they do it beside what is done in the block; else it is done
    before that.

    Parameters
    ----------
    staging : Staging
    splits : iterable of str
        Those that have images.
    run : Executor

    Yields
    ------
    callable
        Waits for the reports, and returns those of the splits.

    Raises
    ------
    RuntimeError
        If a file is not valid, at the end of the block at the latest.
    """
    layout = Layout(staging.stage)
    of_splits = layout.annotation_files()
    others = filter(files.is_file, map(layout.keypoints, staging.splits))
    shown = [(layout.annotations(split), layout.images(split)) for split in splits]
    checks = [Check(path) for path in (*of_splits.values(), *others)]
    work: list[Check | Preview] = [*checks, Preview(shown, layout.preview)]

    def reports(found: Iterable[Report | None]) -> Reports:
        reports = [_sound(report) for report in found if report is not None]
        return dict(zip(of_splits, reports, strict=False))

    beside = getattr(run.run if isinstance(run, Counted) else run, "beside", None)
    if beside is None or is_url(staging.stage):  # what is read there is counted
        done = reports([task() for task in work])
        yield lambda: done
        return
    with beside(_call, work) as answers:
        yield lambda: reports(answer.result() for answer in answers)
        reports(answer.result() for answer in answers)


def _call(task: Check | Preview) -> Report | None:
    return task()


@dataclass(frozen=True)
class Check:
    """Checks an annotation file by the schema and the rules."""

    path: Path

    def __call__(self) -> Report:
        return validate(self.path, exact=True)

    def __str__(self) -> str:
        return f"the check of {self.path}"


@dataclass(frozen=True)
class Preview:
    """Draws the first images of each split, as a client reads them: annotations and images."""

    shown: list[tuple[Path, Path]]
    target: Path

    def __call__(self) -> None:
        sheet = contact_sheet(self.shown)
        files.write_atomic(self.target, images.encode_image(sheet, "png", quality=0))

    def __str__(self) -> str:
        return f"the preview {self.target}"


def _sound(report: Report) -> Report:
    if report.errors:
        raise RuntimeError(f"the dataset built is not valid:\n{text_report(report)}")
    return report
