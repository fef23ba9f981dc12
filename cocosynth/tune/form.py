"""The form of the page, made from the schema of the configuration."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from cocosynth.config.examples import EXAMPLES
from cocosynth.config.presets import PRESETS
from cocosynth.config.schema import config_schema
from cocosynth.tune.scale import scale_of

Field = dict[str, Any]

STORY: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "foregrounds": (
        "Foregrounds",
        "What is cut out and pasted, and how much of it.",
        (
            "objects_per_image",
            "foregrounds",
            "category_weights",
            "sampling",
            "instance_weights",
            "distractors",
            "lookalikes",
            "licenses",
            "keypoint_flip_map",
        ),
    ),
    "goals": (
        "Goals",
        "What the images of a split are to hold; the health check says what they do.",
        ("empty_images", "balance", "sizes", "occlusion"),
    ),
    "backgrounds": (
        "Backgrounds",
        "What objects are pasted into.",
        ("canvas", "backgrounds", "augment_background"),
    ),
    "augment": ("Augment", "Changes of each object before it is pasted.", ("augment",)),
    "placement": (
        "Placement",
        "Where objects go, and what no paste may break.",
        ("placement", "order", "limits", "flush", "tries"),
    ),
    "blend": ("Blend", "How an object and its background meet.", ("blend", "variants")),
    "harmonize": (
        "Harmonize",
        "How objects take on the looks of their surroundings.",
        ("harmonize",),
    ),
    "shadow": ("Shadow", "The shadows that objects cast.", ("shadow",)),
    "finish": ("Finish", "Changes of colour of the whole image.", ("finish",)),
    "export": (
        "Export",
        "How many images, and how they are written.",
        ("splits", "share_sources", "on_bad_input", "export", "info", "report"),
    ),
}
"""The groups of the form in the order of a build: the title, a sentence, the keys."""

TOP = ("preset", "seed")

LABELLED_ALONE = ("", "canvas", "export", "info", "limits")
"""Sections whose keys say without them what they are about."""

_LIMITS = re.compile(r"\b[Ff]rom (-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)\b")
_WIDEST = 1e4  # a slider over more than that points at nothing


def form() -> dict[str, Any]:
    """Return what the page draws: groups of fields, and the techniques of each kind.

    Every key of the configuration is in one group; a key that the story does not know comes last.
    """
    schema = config_schema()
    definitions = schema["$defs"]
    keys = definitions["Config"]["properties"]
    told = {key for _, _, names in STORY.values() for key in names} | set(TOP)
    groups = [
        {"id": name, "title": title, "about": about, "fields": _fields(keys, names, definitions)}
        for name, (title, about, names) in STORY.items()
    ]
    rest = [key for key in keys if key not in told]
    if rest:
        fields = _fields(keys, rest, definitions)
        groups.append({"id": "more", "title": "More", "about": "", "fields": fields})
    kinds = {name for name, found in definitions.items() if "anyOf" in found}
    return {
        "presets": {
            name: {"about": preset.about, "keys": sorted({part.name for part in preset.parts})}
            for name, preset in PRESETS.items()
        },
        "top": _fields(keys, TOP, definitions),
        "groups": groups,
        "kinds": {name: _techniques(definitions[name]) for name in sorted(kinds)},
        "sources": {
            name: [_source(definitions[_target(one)], definitions) for one in _alternatives(name)]
            for name in ("foregrounds", "backgrounds")
        },
    }


def _alternatives(key: str) -> list[dict[str, Any]]:
    schema = config_schema()["$defs"]["Config"]["properties"][key]
    return list(schema["items"]["anyOf"])


def _fields(keys: dict[str, Any], names: Any, definitions: dict[str, Any]) -> list[Field]:
    found: list[Field] = []
    for name in names:
        schema = keys[name]
        target = definitions.get(_target(schema), {})
        if "properties" in target:
            found += _section(name, target, definitions)
        else:
            found.append(field_of(name, schema, definitions))
    return found


def _section(name: str, target: dict[str, Any], definitions: dict[str, Any]) -> list[Field]:
    return [
        field_of(f"{name}.{key}", schema, definitions)
        for key, schema in target["properties"].items()
    ]


def _source(target: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    needed = target["required"]
    fields = [
        {**field_of(key, schema, definitions), "needed": key in needed}
        for key, schema in target["properties"].items()
    ]
    return {"by": needed[0], "about": target["description"], "fields": fields}


def field_of(key: str, schema: dict[str, Any], definitions: dict[str, Any]) -> Field:
    """Describe how a value is edited.

    Parameters
    ----------
    key : str
    schema : dict
        Of the value.
    definitions : dict

    Returns
    -------
    dict
        ``widget`` names the kind of control; sliders have limits, and a middle that most values
        that make sense lie around.
    """
    section, _, name = key.rpartition(".")
    short = name if section in LABELLED_ALONE else key.replace(".", ": ")
    about = {
        "key": key,
        "label": short.replace("_", " "),
        "help": schema.get("description", ""),
        **({"example": EXAMPLES[name]} if name in EXAMPLES else {}),
        **({"default": schema["default"]} if "default" in schema else {}),
    }
    schema, nullable = _without_null(schema)
    if nullable:
        about["nullable"] = True
    if inner := definitions.get(_target(schema), {}).get("properties"):
        said = about["help"] or definitions[_target(schema)].get("description", "")
        about["help"] = f"{said.rstrip('.')}: a mapping of {', '.join(inner)}"
    return {**about, **_widget(key, schema, about, definitions)}


def _widget(
    key: str, schema: dict[str, Any], about: Field, definitions: dict[str, Any]
) -> dict[str, Any]:
    kind, items = schema.get("type"), schema.get("items")
    if technique := _kind_of(schema, definitions):
        return technique
    if key in ("foregrounds", "backgrounds"):
        return {"widget": "sources"}
    if key == "canvas":
        target = definitions["Canvas"]
        return {"widget": "canvas", "fields": _section("canvas", target, definitions)}
    if "enum" in schema:
        return {"widget": "choice", "options": schema["enum"]}
    if kind == "boolean":
        return {"widget": "toggle"}
    if kind in ("integer", "number"):
        return _number(schema, about)
    pairs = [one for one in (schema, *schema.get("anyOf", ())) if _is_pair(one)]
    if pairs:  # of a key that takes something else, too, where the value is one
        return _range(pairs[0], about)
    if kind == "array" and isinstance(items, dict) and items.get("type") == "string":
        return {"widget": "words"}
    if kind == "string":
        return {"widget": "text"}
    if kind == "object" and key == "category_weights":
        return {"widget": "weights", "min": 0, "max": 10, "middle": 1, "step": 0.1}
    if kind == "object" and schema.get("additionalProperties", {}).get("type") == "integer":
        return {"widget": "counts"}
    return {"widget": "value"}


def _kind_of(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the control of a technique, or of a list of them, where the value is that."""
    for one in (schema, *schema.get("anyOf", ())):
        inner = one.get("items") or {}
        for target, widget in ((_target(one), "technique"), (_target(inner), "steps")):
            if widget == "technique" and "anyOf" in schema:
                continue  # alone, where a list may stand as well
            if "anyOf" in definitions.get(target, {}):
                return {"widget": widget, "kind": target}
    return {}


def _number(schema: dict[str, Any], about: Field) -> dict[str, Any]:
    whole = schema["type"] == "integer"
    low, high = _limits(schema, about)
    known = {"whole": whole, **_given(min=low, max=high)}
    if low is None or high is None or high - low > _WIDEST or (whole and about.get("nullable")):
        return {"widget": "number", **known}
    default = about.get("default")
    return {"widget": "slider", **known, **scale_of(low, high, default, whole=whole)}


def _range(schema: dict[str, Any], about: Field) -> dict[str, Any]:
    first, last = (_without_null(part)[0] for part in schema["prefixItems"])
    whole = first.get("type") == "integer"
    low, high = _limits(first, about)[0], _limits(last, about)[1]
    if about["key"] == "objects_per_image":
        high = min(high or 1000, 1000)
    known = {"whole": whole, **_given(min=low, max=high)}
    if low is None or high is None or high - low > _WIDEST:
        return {"widget": "pair", **known}
    default = about.get("default")
    middle = sum(default) / 2 if isinstance(default, list) and None not in default else None
    return {"widget": "range", **known, **scale_of(low, high, middle, whole=whole)}


def _limits(schema: dict[str, Any], about: Field) -> tuple[Any, Any]:
    """Return the limits of a number: those of its type, or those that its help documents."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if (low is None or high is None) and (found := _LIMITS.findall(about["help"])):
        low, high = (float(part) if "." in part else int(part) for part in found[-1])
    return low, high


def _techniques(definition: dict[str, Any]) -> dict[str, Any]:
    """Return what a kind of technique chooses from: by name the sentence and the parameters."""
    found: dict[str, Any] = {}
    choose = False
    for one in definition["anyOf"]:
        for name, schema in one.get("properties", {}).items():
            if name == "choose":
                choose = True
                continue
            schema, _ = _without_null(schema)
            parameters = schema.get("properties", {})
            fields = _alike([field_of(key, part, {}) for key, part in parameters.items()])
            needed = schema.get("required", [])
            found[name] = {
                "about": schema.get("description", ""),
                "fields": [{**field, "needed": field["key"] in needed} for field in fields],
            }
    return {"techniques": found, "choose": choose}


def _alike(fields: list[Field]) -> list[Field]:
    """Give a parameter that is "the same" as the one before it the limits of that."""
    for before, field in pairwise(fields):
        if field["widget"] == "pair" and field["help"].startswith("The same"):
            shape = {name: before[name] for name in ("min", "max", "scale", "bend", "step")}
            field |= {"widget": "range", **shape}
    return fields


def _without_null(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    alternatives = schema.get("anyOf", [])
    rest = [one for one in alternatives if one != {"type": "null"}]
    if len(rest) == 1 and len(alternatives) == 2:
        return {**schema, **rest[0]}, True
    return schema, False


def _is_pair(schema: dict[str, Any]) -> bool:
    parts = [_without_null(part)[0] for part in schema.get("prefixItems", [])]
    return len(parts) == 2 and all(part.get("type") in ("number", "integer") for part in parts)


def _target(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _given(**limits: Any) -> dict[str, Any]:
    return {name: value for name, value in limits.items() if value is not None}
