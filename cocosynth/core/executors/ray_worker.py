"""What a worker of a Ray cluster does, one call for each item; it loads little before it is called.

A worker keeps the task of its last call: it is taken from the object store of its node once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cocosynth.core.threads import ONE_THREAD


@dataclass(frozen=True)
class Orders:
    """What a worker must know before it takes the task.

    Attributes
    ----------
    key : str
        Of the task.
    modules : tuple of str
        Where the parent looks for modules: its ``sys.path``.
    generator : dict
        The versions that touch a pixel, as the parent has them.
    marks : tuple of str
        Files that the parent has put into the folders that the task writes to, or at URLs.
    folder : str
        That the parent works in: what paths are relative to.
    """

    key: str
    modules: tuple[str, ...]
    generator: dict[str, Any]
    marks: tuple[str, ...]
    folder: str


_kept: dict[str, tuple[Callable[[Any], Any], Orders]] = {}


def work(key: str, boxes: Sequence[Any], missing: frozenset[str], item: bytes) -> bytes:
    """Do the task of a box on an item.

    Parameters
    ----------
    key : str
        Of the task.
    boxes : sequence of ObjectRef
        Its orders, and the task itself.
    missing : frozenset of str
        Paths that the parent cannot read either.
    item : bytes

    Returns
    -------
    bytes
        Where it was done, a path that cannot be seen there, and its answer; see `answers`.
    """
    os.environ.update(ONE_THREAD)
    from cocosynth.core.executors.answers import answer, pickled
    from cocosynth.core.node import UnseenError

    unseen: list[str] = []

    def done() -> Any:
        try:
            return _done(key, boxes, missing, item)
        except UnseenError as error:
            unseen.append(error.path)
            raise

    found = answer(done)
    return pickled((_place(), unseen[0] if unseen else None, found))


def _place() -> str:
    import ray

    node = ray.get_runtime_context().get_node_id()
    return named(ray.util.get_node_ip_address(), node)


def named(address: str, node: str) -> str:
    """Name a node for a person: several may share an address."""
    return f"node {address} ({node[:8]})"


def _done(key: str, boxes: Sequence[Any], missing: frozenset[str], item: bytes) -> Any:
    from cocosynth.core.errors import StoppedError
    from cocosynth.core.executors.answers import unpickled
    from cocosynth.core.files import why
    from cocosynth.core.node import working_on_a_node

    try:
        task, orders = _kept[key] if key in _kept else _taken(key, boxes)
        _refuse_other_folders(orders.marks, _is_kept)
        with working_on_a_node(missing):
            return task(unpickled(item))
    except StoppedError as error:
        raise StoppedError(f"{error} (on {_place()})") from error
    except OSError as error:
        if not error.filename:
            raise
        text = f"{error.filename}: cannot be used: {why(error)} (on {_place()})"
        raise StoppedError(text) from error


def _taken(key: str, boxes: Sequence[Any]) -> tuple[Callable[[Any], Any], Orders]:
    """Make this process ready for a task, and take it."""
    import gc

    import ray

    from cocosynth.core.errors import StoppedError
    from cocosynth.core.executors.answers import unpacked
    from cocosynth.core.executors.tuning import tune
    from cocosynth.core.files import is_there
    from cocosynth.core.versions import difference, generator

    _kept.clear()
    orders = ray.get(boxes[0])
    sys.path += [path for path in orders.modules if path not in sys.path]
    with suppress(OSError):  # there is none on this node: a path that is relative is not seen
        os.chdir(orders.folder)
    other = difference(orders.generator, generator())
    if other:
        raise StoppedError(
            f"the parent and a worker are not the same: {other}; install the same versions on all "
            "nodes"
        )
    tune()
    _refuse_other_folders(orders.marks, is_there)
    _kept[key] = unpacked(*ray.get(boxes[1])), orders
    gc.freeze()  # the task stays: garbage is looked for among what is made from now on
    return _kept[key]


def _refuse_other_folders(marks: Sequence[str], is_there: Callable[[str], bool]) -> None:
    """Refuse a folder to write to that is not the one of the parent, though it has its name.

    Raises
    ------
    StoppedError
    """
    from cocosynth.core.errors import StoppedError
    from cocosynth.core.urls import place

    for mark in marks:
        if not is_there(mark):
            folder = place(mark).parent
            raise StoppedError(f"{folder}: is not the folder of the parent: all nodes must see it")


def _is_kept(mark: str) -> bool:
    """Say whether a mark is still there; what is at a URL was looked for once."""
    return "://" in mark or os.path.exists(mark)
