"""Classes by name, each loaded when it is asked for: a command uses few of those there are."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any


class LazyTable(Mapping[str, type[Any]]):
    """The classes of a folder: each is in the module that has its name.

    Parameters
    ----------
    folder : str
        The name of the package that the modules are in.
    classes : mapping of str to str
        What the class of each module is called.

    Examples
    --------
    >>> table = LazyTable("cocosynth.core.executors", {"ray": "Ray", "serial": "Serial"})
    >>> list(table), table["serial"].__name__
    (['ray', 'serial'], 'Serial')
    """

    def __init__(self, folder: str, classes: Mapping[str, str]) -> None:
        self._modules = {name: (f"{folder}.{name}", found) for name, found in classes.items()}

    def __getitem__(self, name: str) -> type[Any]:
        module, found = self._modules[name]
        kind: type[Any] = getattr(importlib.import_module(module), found)
        return kind

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __or__(self, other: LazyTable) -> LazyTable:
        """Return the classes of both."""
        both = LazyTable("", {})
        both._modules = self._modules | other._modules
        return both
