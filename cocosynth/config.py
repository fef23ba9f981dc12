"""The configuration file: read strictly, and written back with every default filled in."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from cocosynth import files
from cocosynth.errors import CocosynthError
from cocosynth.options import (
    Canvas,
    CocoBackground,
    CocoForeground,
    Config,
    Export,
    FolderBackground,
    FolderForeground,
    Info,
    Licenses,
    Strict,
)
from cocosynth.techniques import choices


def load_config(path: str | Path) -> Config:
    """Read a configuration.

    Paths in it stay relative to the folder of the file; absolute ones are made so, that no output
    names a place on this machine.

    Raises
    ------
    CocosynthError
        If it is not valid; the text names the file, the key and the rule.
    """
    content = _parse_yaml(path)
    try:
        config = msgspec.convert(_tagged(content, Path(path).parent), Config)
        config.augmentations(), config.placement_strategy(), config.blend_mode()
    except msgspec.ValidationError as error:
        raise CocosynthError(f"{path}: {_readable(str(error))}") from None
    except CocosynthError as error:
        raise CocosynthError(f"{path}: {error}") from None
    return config


def _parse_yaml(path: str | Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe", pure=True).load(files.read_bytes(path))
    except (YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise CocosynthError(f"{path}{line}: not valid YAML: {reason}") from None
    if not isinstance(content, dict):
        raise CocosynthError(f"{path}: expected keys and values, such as `seed: 7`")
    return content


def _tagged(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Mark each source with its kind, and make its absolute paths relative to the folder."""
    content = dict(content)
    for key in ("foregrounds", "backgrounds"):
        sources = content.get(key)
        if isinstance(sources, list):
            content[key] = [
                _tagged_source(source, folder, f"{key}[{i}]") for i, source in enumerate(sources)
            ]
    return content


def _tagged_source(source: Any, folder: Path, where: str) -> Any:
    if not isinstance(source, dict):
        return source
    kinds = [kind for kind in ("coco", "folder") if kind in source]
    if len(kinds) != 1 or "kind" in source:
        raise CocosynthError(f"{where}: give either `coco` and `images`, or `folder`")
    tagged = {"kind": kinds[0], **source}
    for key in ("coco", "images", "folder"):
        if isinstance(tagged.get(key), str) and os.path.isabs(tagged[key]):
            tagged[key] = Path(os.path.relpath(tagged[key], folder.absolute())).as_posix()
    return tagged


def _readable(message: str) -> str:
    """Turn msgspec's ``reason - at `$.path` `` into ``path: reason``."""
    reason, _, path = message.partition(" - at `$")
    path = path.rstrip("`").lstrip(".").replace("[...]", "")
    unknown = re.search(r"unknown field `([^`]*)`", reason)
    if unknown:
        reason = f"unknown key {unknown[1]!r}; {choices(unknown[1], _keys_at(path))}"
    missing = re.search(r"missing required field `(\w+)`", reason)
    if missing:
        reason = f"the key {missing[1]!r} is missing"
    return f"{path}: {reason}" if path else reason


def _keys_at(path: str) -> set[str]:
    """Return the keys that may stand at a path of the configuration."""
    name = path.partition("[")[0]
    kinds: dict[str, tuple[type[Strict], ...]] = {
        "foregrounds": (CocoForeground, FolderForeground),
        "backgrounds": (CocoBackground, FolderBackground),
        "canvas": (Canvas,),
        "export": (Export,),
        "licenses": (Licenses,),
        "info": (Info,),
    }
    return {key for kind in kinds.get(name, (Config,)) for key in kind.__struct_fields__}


def dump_config(config: Config) -> bytes:
    """Write a configuration as YAML with every key; `load_config` reads it back to an equal one."""
    from ruamel.yaml import YAML

    content = msgspec.to_builtins(config)
    for source in (*content["foregrounds"], *content["backgrounds"]):
        del source["kind"]
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = io.BytesIO()
    yaml.dump(content, stream)
    return stream.getvalue()
