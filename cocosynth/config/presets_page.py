"""The docs page of all presets, `docs/presets.md`, made from what they say of themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cocosynth.config.presets import PRESETS
from cocosynth.config.presets.preset import ITEM, Part, Preset, When

_HEAD = """\
# Presets

A preset is a way of composing images under one name:

```yaml
preset: realistic
splits: {train: 80, val: 20}
canvas: {width: 640, height: 480}
foregrounds:
  - {coco: photos/instances.json, images: photos/images}
backgrounds:
  - {folder: backgrounds}
```

A key beside it takes the place of what the preset says of that key: `augment: [flip]` leaves
nothing of the preset's `augment`, and `blend` and `variants` take the place of each other. Under
`limits`, and in a foreground, each key counts for itself. Keys that a preset does not name have
their defaults: [config.md](config.md). The tables give every parameter of every technique of a
preset, and where it comes from. `config.yaml` in a dataset has the keys that the preset stands for,
so that it builds the same images with any later version of the preset.

Every preset works with COCO files and with folders of cut-outs; where something is missing with
yours, `build` says so in a note.

This page is written by `make schemas` from the code.
"""

_WHEN: dict[When, str] = {
    "": "",
    "annotated": "with a COCO foreground: ",
    "cutouts": "with folders of cut-outs only: ",
    "plain": "with no background of `annotations: keep`: ",
}


def presets_page() -> str:
    """Describe every preset: what it is, all its parameters, and where they come from."""
    return "\n".join([_HEAD, *(line for name in PRESETS for line in _preset(name, PRESETS[name]))])


def _preset(name: str, preset: Preset) -> Iterator[str]:
    yield f"## `{name}`\n"
    yield f"{preset.about}\n"
    yield "| key | value | where it comes from |"
    yield "|---|---|---|"
    yield from map(_row, preset.parts)
    yield ""
    notes = [(part.when, part.note) for part in preset.parts if part.note]
    for when, note in (*notes, *preset.notes.items()):
        said = f"{_WHEN[when]}{note}."
        yield f"- {said[0].upper()}{said[1:]}"
    if notes or preset.notes:
        yield ""


def _row(part: Part) -> str:
    value = _yaml(part.value)
    item = f"- {value}" if part.key.endswith(ITEM) else value
    return f"| `{part.name}` | `{item}` | {_WHEN[part.when]}{part.why} |"


def _yaml(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, dict):
        inner = ", ".join(f"{key}: {_yaml(part)}" for key, part in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
