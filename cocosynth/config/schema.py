"""The JSON Schema of the configuration, made from the types that read it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from cocosynth.config.config import Config
from cocosynth.render.blend import BLEND_MODES
from cocosynth.scenes.augment import AUGMENTATIONS
from cocosynth.scenes.placement import PLACEMENTS

_TABLES = {"augment": AUGMENTATIONS, "placement": PLACEMENTS, "blend": BLEND_MODES}


def config_schema() -> dict[str, Any]:
    """Return the schema that editors complete and check a configuration by.

    Techniques of the user's own are named by dotted path; their parameters are not checked.
    """
    (root,), definitions = msgspec.json.schema_components([Config], ref_template="#/$defs/{name}")
    del root
    for definition in definitions.values():
        _untag(definition)
    properties = definitions["Config"]["properties"]
    for key, table in _TABLES.items():
        definitions[key] = _technique(table)
    properties["placement"] = {"$ref": "#/$defs/placement", "default": "uniform"}
    properties["blend"] = {"$ref": "#/$defs/blend", "default": "feather"}
    properties["augment"] = {"type": "array", "items": {"$ref": "#/$defs/augment"}, "default": []}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cocosynth configuration",
        "$ref": "#/$defs/Config",
        "$defs": definitions,
    }


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


def _technique(table: Mapping[str, type]) -> dict[str, Any]:
    """Describe ``name`` or ``{name: parameters}`` for the techniques of a table."""
    alternatives: list[dict[str, Any]] = [
        {"type": "string", "enum": sorted(table)},
        {"type": "string", "pattern": r"^[\w.]+:\w+$"},
    ]
    for name, technique in sorted(table.items()):
        (parameters,), definitions = msgspec.json.schema_components(
            [technique], ref_template="#/$defs/{name}"
        )
        del parameters
        described = definitions[technique.__name__]
        described["additionalProperties"] = False
        described["description"] = (technique.__doc__ or "").split("\n", 1)[0]
        for field, text in _parameter_docs(technique).items():
            described["properties"][field]["description"] = text
        alternatives.append(_one_key({name: {"anyOf": [described, {"type": "null"}]}}))
    alternatives.append(
        {
            "type": "object",
            "patternProperties": {r"^[\w.]+:\w+$": {"type": ["object", "null"]}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
    )
    return {"anyOf": alternatives}


def _one_key(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _parameter_docs(technique: type) -> dict[str, str]:
    """Read the numpydoc descriptions of a technique's parameters."""
    names = {field.name for field in dataclasses.fields(technique)}
    lines = (technique.__doc__ or "").expandtabs().splitlines()
    docs: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        heading = re.fullmatch(r"    (\w+(?:, \w+)*) : .*", line)
        if heading and set(heading[1].split(", ")) <= names:
            current = []
            docs.update(dict.fromkeys(heading[1].split(", "), current))
        elif line.startswith("        "):
            current.append(line.strip())
    return {name: " ".join(text) for name, text in docs.items()}
