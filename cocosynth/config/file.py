"""The configuration file: read strictly, and written back with every default filled in."""

from __future__ import annotations

import io
import os
import re
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.config.config import Config
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.options import Strict
from cocosynth.core.suggest import choices
from cocosynth.export.options import Export, Info
from cocosynth.scenes.options import Canvas
from cocosynth.sources.options import (
    CocoBackground,
    CocoForeground,
    FolderBackground,
    FolderForeground,
    Licenses,
)

MAX_BYTES = 2**18  # the reader of YAML is slow
MAX_VALUES = 100_000

_UNREADABLE = (  # what the reader of YAML lets through besides its own errors
    *(AttributeError, IndexError, KeyError, OverflowError, RecursionError),
    *(TypeError, UnicodeError, ValueError),
)


def load_config(path: str | Path) -> Config:
    """Read a configuration: a YAML file, or what stands under a key of one, ``params.yaml:build``.

    Paths in it stay relative to the folder of the file; absolute ones are made so, that no output
    names a place on this machine.

    Raises
    ------
    CocosynthError
        If it is not valid; the text names the file, the key and the rule.
    """
    return parse_config(files.read_bytes(split_address(path)[0]), path)


def parse_config(text: bytes, path: str | Path) -> Config:
    """Read a configuration from the text of a file."""
    file, key = split_address(path)
    content = parse_yaml(text, file)
    if key is not None:
        content = _at_key(content, file, key)
    try:
        config = msgspec.convert(_tagged(content, Path(path).parent), Config)
        config.augmentations(), config.placement_strategy(), config.blend_mode()
    except msgspec.ValidationError as error:
        raise CocosynthError(f"{path}: {_readable(str(error))}") from None
    except CocosynthError as error:
        raise CocosynthError(f"{path}: {error}") from None
    return config


def split_address(path: str | Path) -> tuple[str | Path, str | None]:
    """Split ``file:key``, as DVC writes it, where there is a key; ``a.b`` is a key in a key.

    A file whose name has such a colon in it is meant before one without; ``C:x.yaml`` is on a
    drive.

    Examples
    --------
    >>> split_address("params.yaml:build")
    ('params.yaml', 'build')
    >>> split_address("C:x.yaml")
    ('C:x.yaml', None)
    """
    file, colon, key = str(path).rpartition(":")
    is_key = re.fullmatch(r"[A-Za-z_][\w-]*(\.[\w-]+)*", key)
    if not colon or not is_key or len(file) <= 1 or files.is_there(path):
        return path, None
    return file, key


def _at_key(content: Any, file: str | Path, key: str) -> dict[str, Any]:
    """Return the mapping that stands under a key."""
    found: list[str] = []
    for name in key.split("."):
        if not isinstance(content, dict) or name not in content:
            where = f"{file}:{'.'.join(found)}" if found else str(file)
            names = [str(known) for known in content] if isinstance(content, dict) else []
            hint = f"; {choices(name, names)}" if names else ""
            raise CocosynthError(f"{where}: there is no key {name!r}{hint}")
        content = content[name]
        found.append(name)
    if not isinstance(content, dict):
        raise CocosynthError(f"{file}:{key}: expected keys and values, such as `seed: 7`")
    return content


def parse_yaml(text: bytes, path: str | Path) -> dict[str, Any]:
    """Read YAML as DVC reads it, by the rules of YAML 1.2: ``1e-3`` is a number, ``yes`` a word."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if len(text) > MAX_BYTES:
        raise CocosynthError(f"{path}: is longer than {MAX_BYTES} bytes; is it a configuration?")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor that is used twice
            content = YAML(typ="safe", pure=True).load(text)
        _check_values(content)
    except (YAMLError, *_UNREADABLE) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0] or repr(error)
        if isinstance(error, RecursionError):
            reason = "it is nested too deeply"
        raise CocosynthError(f"{path}{line}: not valid YAML: {reason[:200]}") from None
    if not isinstance(content, dict):
        raise CocosynthError(f"{path}: expected keys and values, such as `seed: 7`")
    return content


def _check_values(content: Any) -> None:
    """Refuse aliases that multiply without end, and values that no JSON could hold."""
    left, values = [content], 0
    while left:
        value, values = left.pop(), values + 1
        if values > MAX_VALUES:
            raise ValueError(f"its aliases stand for more than {MAX_VALUES} values")
        if isinstance(value, dict):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set)):
            left += value
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError("a number has more than 64 bits")
        elif isinstance(value, str):
            value.encode()


def _tagged(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Mark each source with its kind, and make its absolute paths relative to the folder."""
    content = dict(content)
    info = content.get("info")
    if isinstance(info, dict) and isinstance(info.get("date_created"), date):
        content["info"] = {**info, "date_created": info["date_created"].isoformat()}
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
            tagged[key] = Path(os.path.relpath(tagged[key], folder.resolve())).as_posix()
    return tagged


def _readable(message: str) -> str:
    """Turn msgspec's ``reason - at `$.path` `` into ``path: reason``."""
    if " - at `key` in `$" in message:
        return "keys must be text"
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
    stream.write(
        b"# Paths are relative to the folder of the configuration that this one came from.\n"
    )
    yaml.dump(content, stream)
    return stream.getvalue()
