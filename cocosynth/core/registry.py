"""From the name of a technique in the configuration to the object that does it.

A technique is a frozen dataclass: its fields are its parameters, checked by itself. Each room has a
table of the names of its techniques; a class of the user's own is named by its dotted path,
``my_package.my_module:MyClass``.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

import msgspec

from cocosynth.core.choose import is_choice, weighted
from cocosynth.core.errors import CocosynthError
from cocosynth.core.guard import Check, Guard
from cocosynth.core.source_code import source_digest
from cocosynth.core.suggest import choices
from cocosynth.core.wording import explained

Spec = str | dict[str, dict[str, Any] | None]
"""``name``, or ``{name: {parameter: value}}``."""

Made = TypeVar("Made")


@dataclasses.dataclass(frozen=True)
class Kind(Generic[Made]):
    """One kind of technique: a key of the configuration, and the techniques that it chooses from.

    Parameters
    ----------
    key : str
        The key of the configuration; ``a.b`` is a key in a key.
    about : str
        What the key chooses, in one sentence; for the schema and the docs.
    table : mapping of str to type
        The techniques that have a name.
    needs : mapping of str to Check
        The members that a class must have, and how each is called and its answer checked where the
        class is the user's own.
    may : mapping of str to Check
        The same for members that a class may have.
    many : bool
        Whether the key holds a list of techniques.
    alone : bool
        Whether one of many may stand there without a list.
    choose : bool
        Whether one of several techniques may be chosen for each use.
    like : str
        The key of the kind that has the same techniques, where the docs describe them.
    given : frozenset of str
        Fields that are not parameters: what a technique gets to know of the build.
    """

    key: str
    about: str
    table: Mapping[str, type]
    needs: Mapping[str, Check]
    may: Mapping[str, Check] = dataclasses.field(default_factory=dict)
    many: bool = False
    alone: bool = False
    choose: bool = False
    like: str = ""
    given: frozenset[str] = frozenset()

    def parts(self, chosen: Any) -> list[tuple[str, Spec]]:
        """Return the techniques that the value of the key names, with the place of each."""
        if self.many and not (self.alone and isinstance(chosen, (str, dict))):
            return [(f"{self.key}[{i}]", spec) for i, spec in enumerate(chosen)]
        if self.choose and is_choice(chosen):
            return [(one.where, one.spec) for one in weighted(chosen, self.key)]
        return [(self.key, chosen)]

    def make(self, chosen: Any) -> Made:
        """Make what the value of the key asks for.

        Returns
        -------
        technique, or tuple of them
            A tuple where the key holds a list, or one of several may be chosen.

        Raises
        ------
        CocosynthError
            If there is no such technique, or a parameter is unknown, missing or out of range.
        """
        made = tuple(self._make(spec, where) for where, spec in self.parts(chosen))
        return cast(Made, made if self.many or self.choose else made[0])

    def _make(self, spec: Spec, where: str) -> Any:
        name = name_of(spec)
        if not is_own(name):
            return make(self.table, spec, where=where, needs=self.needs)
        try:
            made = make(self.table, spec, where=where, needs=self.needs)
            return Guard(made, name, {**self.may, **self.needs})
        except CocosynthError:
            raise
        except Exception as error:  # the user's class may raise anything
            raise CocosynthError(f"{where}.{name}: {type(error).__name__}: {error}") from error

    def own(self, chosen: Any) -> list[str]:
        """Return the places of the user's own classes in the value of the key, and their paths."""
        named = ((where, name_of(spec)) for where, spec in self.parts(chosen))
        return [f"{where}: {name}" for where, name in named if is_own(name)]

    def source_code(self, chosen: Any) -> dict[str, str]:
        """Return what the code of the chosen techniques depends on beside our own version.

        Of a class of the user's own that is the digest of its source code, of one that uses a
        package of the user's choice the version of that.
        """
        found = {}
        for name in sorted({name_of(spec) for _, spec in self.parts(chosen)}):
            technique: Any = _find(self.table, name, self.key)
            if is_own(name):
                found[name] = source_digest(technique, name)
            elif hasattr(technique, "version"):
                found[name] = technique.version()
        return found


def make(
    table: Mapping[str, type],
    spec: Spec,
    *,
    where: str,
    needs: Iterable[str] = (),
    given: Mapping[str, Any] | None = None,
) -> Any:
    """Build the technique that a piece of configuration asks for.

    Parameters
    ----------
    table : mapping of str to type
        The techniques that have a name.
    spec : str or dict
        ``name`` or ``{name: {parameter: value}}``.
    where : str
        The place in the configuration, for the error text.
    needs : iterable of str
        What a class of the user's own must have.
    given : mapping of str to Any, optional
        Fields that are not parameters: what the technique gets to know of the build.

    Raises
    ------
    CocosynthError
        If there is no such technique, or a parameter is unknown, missing or out of range.
    """
    name, parameters = _parse(spec, where)
    technique = _find(table, name, where)
    for member in needs:
        if not hasattr(technique, member):
            raise CocosynthError(f"{where}: {name!r} has no {member}; see docs/config.md")
    given = given or {}
    fields = {field.name for field in dataclasses.fields(technique)}
    for member in given.keys() - fields:
        raise CocosynthError(f"{where}: {name!r} has no field {member}; see docs/config.md")
    fields -= given.keys()
    for parameter in parameters:
        if parameter not in fields:
            hint = choices(parameter, fields)
            raise CocosynthError(f"{where}.{name}: no parameter {parameter!r}; {hint}")
    content = {**parameters, **given}
    try:
        return msgspec.convert(content, technique)
    except msgspec.ValidationError as error:
        fault = explained(error, content, technique)
        raise CocosynthError(fault.at(f"{where}.{name}")) from None


def name_of(spec: Spec) -> str:
    return spec if isinstance(spec, str) else next(iter(spec), "")


def is_own(name: str) -> bool:
    """Whether a name is the dotted path of a class of the user's own."""
    return ":" in name


def _parse(spec: Spec, where: str) -> tuple[str, dict[str, Any]]:
    if isinstance(spec, str):
        return spec, {}
    if len(spec) != 1:
        raise CocosynthError(f"{where}: expected one name, got {len(spec)}: {', '.join(spec)}")
    name, parameters = next(iter(spec.items()))
    return name, parameters or {}


def _find(table: Mapping[str, type], name: str, where: str) -> type:
    if name in table:
        return table[name]
    if not is_own(name):
        raise CocosynthError(f"{where}: no technique {name!r}; {choices(name, table)}")
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # the user's module may raise anything
        raise CocosynthError(f"{where}: cannot import {name!r}: {error}") from error
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise CocosynthError(f"{where}: {name!r} is not a dataclass")
    return found
