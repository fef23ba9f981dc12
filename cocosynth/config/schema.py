"""The JSON Schema of the configuration, made from the types that read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

import msgspec

from cocosynth.config.config import Config
from cocosynth.config.docstrings import first_line, parameters_of
from cocosynth.config.kinds import KINDS
from cocosynth.core.choose import CHOOSE, WEIGHT
from cocosynth.core.registry import Kind

_OWN = r"^[\w.]+:\w+$"  # the dotted path of a class of the user's own


def config_schema(kinds: Sequence[Kind[Any]] = KINDS) -> dict[str, Any]:
    """Return the schema that editors complete and check a configuration by.

    Techniques of the user's own are named by dotted path; their parameters are not checked.
    """
    _, definitions = msgspec.json.schema_components([Config], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        _untag(definition)
    for kind in kinds:
        definitions[kind.key] = _techniques(kind)
        _refer(definitions, kind)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cocosynth configuration",
        "$ref": "#/$defs/Config",
        "$defs": definitions,
    }


def _refer(definitions: dict[str, Any], kind: Kind[Any]) -> None:
    """Let the property of a kind's key be what its techniques are; the default stays."""
    *outer, key = kind.key.split(".")
    owner = definitions["Config"]
    for name in outer:
        owner = definitions[owner["properties"][name]["$ref"].rpartition("/")[2]]
    technique = {"$ref": f"#/$defs/{kind.key}"}
    kept = {"description": kind.about, "default": owner["properties"][key]["default"]}
    several: dict[str, Any] = {"type": "array", "items": technique}
    if kind.alone:
        several = {"anyOf": [technique, several]}
    owner["properties"][key] = {**several, **kept} if kind.many else {**technique, **kept}


def _untag(value: Any) -> None:
    """Take out what marks the kinds of a union; the user writes `coco` or `folder` instead."""
    if isinstance(value, dict):
        if "kind" in value.get("properties", {}):
            del value["properties"]["kind"]
            value["required"] = [key for key in value["required"] if key != "kind"]
        value.pop("discriminator", None)
        for part in value.values():
            _untag(part)
    elif isinstance(value, list):
        for part in value:
            _untag(part)


def _techniques(kind: Kind[Any]) -> dict[str, Any]:
    """Describe ``name`` or ``{name: parameters}`` for the techniques of a kind."""
    by_name = [name for name in sorted(kind.table) if not _needs_parameters(kind, name)]
    alternatives: list[dict[str, Any]] = [
        {"type": "string", "enum": by_name},
        {"type": "string", "pattern": _OWN},
    ]
    described = {
        name: _parameters(technique, kind.given) for name, technique in sorted(kind.table.items())
    }
    for name, parameters in described.items():
        may_be_empty = {"anyOf": [parameters, {"type": "null"}]}
        alternatives.append(_one_key({name: may_be_empty if name in by_name else parameters}))
    if kind.choose:
        alternatives.append(_one_key({CHOOSE: _choice(described)}))
    alternatives.append(
        {
            "type": "object",
            "patternProperties": {_OWN: {"type": ["object", "null"]}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
    )
    return {"anyOf": alternatives}


def _choice(described: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Describe ``{name: weight}``, where parameters may stand beside a weight."""
    weight = {"type": "number", "minimum": 0, "description": "how often it is drawn"}
    return {
        "type": "object",
        "description": "one of several, drawn for each object",
        "properties": {
            name: {"anyOf": [weight, _with(parameters, WEIGHT, weight), {"type": "null"}]}
            for name, parameters in described.items()
        },
        "patternProperties": {_OWN: {"type": ["number", "object", "null"]}},
        "additionalProperties": False,
        "minProperties": 1,
    }


def _with(described: dict[str, Any], name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {**described, "properties": {name: schema, **described["properties"]}}


def _parameters(technique: type, given: frozenset[str]) -> dict[str, Any]:
    """Describe the parameters of a technique, without the fields that it is given."""
    types = get_type_hints(technique, include_extras=True)
    fields = [
        (field.name, types[field.name], _same_default(field))
        for field in dataclasses.fields(technique)
        if field.name not in given
    ]
    alone = dataclasses.make_dataclass(technique.__name__, fields)
    _, definitions = msgspec.json.schema_components([alone], ref_template="#/$defs/{name}")
    described = definitions[technique.__name__]
    described["additionalProperties"] = False
    described["description"] = first_line(technique)
    for parameter in parameters_of(technique, given):
        described["properties"][parameter.name]["description"] = parameter.text
    return described


def _same_default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=field.default_factory)
    return dataclasses.field(default=field.default)


def _needs_parameters(kind: Kind[Any], name: str) -> bool:
    return any(parameter.is_needed for parameter in parameters_of(kind.table[name], kind.given))


def _one_key(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
