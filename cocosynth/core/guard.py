"""A technique of the user's own: what it returns is checked, and what it raises becomes one line.

The package's own techniques are used as they are: their tests check them.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from cocosynth.core.errors import CannotBlendError, TechniqueError

Check = Callable[..., Any]
"""Takes a method and its arguments; calls it, and returns its answer, or raises a ValueError."""


def unchecked(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a method whose answer cannot be wrong."""
    return method(*args, **kwargs)


class Guard:
    """Stands for a technique of the user's own, in this process and in workers.

    Parameters
    ----------
    technique : object
    name : str
        The dotted path of its class.
    checks : mapping of str to Check
        How each method that we call is called; everything else is the technique's own.
    """

    def __init__(self, technique: Any, name: str, checks: Mapping[str, Check]) -> None:
        self._technique, self._name, self._checks = technique, name, dict(checks)

    def like(self, technique: Any) -> Guard:
        """Return a guard of the same name and checks for what the technique has made."""
        return Guard(technique, self._name, self._checks)

    def __getattr__(self, member: str) -> Any:
        if "_technique" not in self.__dict__:  # while it is unpickled
            raise AttributeError(member)
        value = getattr(self._technique, member)
        return partial(self._call, member) if member in self._checks else value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("__call__", *args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._technique)

    def _call(self, member: str, *args: Any, **kwargs: Any) -> Any:
        with self._in_one_line(member):
            method = getattr(self._technique, member)
            answer = self._checks[member](method, *args, **kwargs)
        return self._each(member, answer) if isinstance(answer, Iterator) else answer

    def _each(self, member: str, answers: Iterator[Any]) -> Iterator[Any]:
        """Yield what a generator gives; it runs, and fails, only when it is asked."""
        with self._in_one_line(member):
            yield from answers

    @contextmanager
    def _in_one_line(self, member: str) -> Iterator[None]:
        try:
            yield
        except CannotBlendError:
            raise
        except WrongAnswerError as error:
            raise TechniqueError(f"{self._name}: {member} must give {error}") from None
        except Exception as error:  # the user's class may raise anything
            kind, place = type(error).__name__, _place(error)
            message = f"{self._name}: {member} failed: {kind}: {error}{place}"
            raise TechniqueError(message) from error


class WrongAnswerError(ValueError):
    """What a method must give, and what it gave."""

    def __init__(self, expected: str, got: object) -> None:
        super().__init__(f"{expected}, got {_described(got)}")


@contextmanager
def named(what: str) -> Iterator[None]:
    """Name what a technique of the user's own was working on when it failed."""
    try:
        yield
    except TechniqueError as error:
        raise TechniqueError(f"{what}: {error}") from error.__cause__


def _described(value: object) -> str:
    shape, kind = getattr(value, "shape", None), getattr(value, "dtype", None)
    text = repr(value) if shape is None else " ".join(str(value).split())
    text = text if len(text) <= 80 else f"{text[:80]}..."
    return text if shape is None else f"{kind} of shape {shape}: {text}"


def _place(error: Exception) -> str:
    """Return where an error was raised: the file and the line."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
