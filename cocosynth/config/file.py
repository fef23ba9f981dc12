"""The configuration file: read strictly, and written back with every default filled in."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.coco.layout import lies_in_dataset
from cocosynth.config.address import STDIN, at_key, split_address
from cocosynth.config.config import Config
from cocosynth.config.examples import EXAMPLES
from cocosynth.config.kinds import KINDS
from cocosynth.config.old_spelling import moved
from cocosynth.config.presets.expand import expanded
from cocosynth.config.relative import called_from, with_relative_files
from cocosynth.config.yaml_text import MAX_BYTES, parse_yaml, write_yaml
from cocosynth.core import files, pipes
from cocosynth.core.choose import CHOOSE
from cocosynth.core.errors import CocosynthError
from cocosynth.core.options import Strict
from cocosynth.core.urls import Url, place
from cocosynth.core.wording import explained
from cocosynth.export.formats import make_formats
from cocosynth.export.options import Export, Info
from cocosynth.labels.options import Limits
from cocosynth.scenes.options import Canvas
from cocosynth.scenes.sampling.options import Balance, Occlusions, Sizes
from cocosynth.sources.options import (
    CocoBackground,
    CocoForeground,
    Distractors,
    FolderBackground,
    FolderForeground,
    Licenses,
)

Source = str | Path | Mapping[str, Any] | Config
"""Where a configuration comes from."""

_KINDS_OF_SOURCES: dict[str, dict[str, type[Strict]]] = {
    "foregrounds": {"coco": CocoForeground, "folder": FolderForeground},
    "backgrounds": {"coco": CocoBackground, "folder": FolderBackground},
}
SECTIONS: dict[str, type[Strict]] = {
    "balance": Balance,
    "canvas": Canvas,
    "distractors": Distractors,
    "export": Export,
    "info": Info,
    "licenses": Licenses,
    "limits": Limits,
    "occlusion": Occlusions,
    "sizes": Sizes,
}

_HEAD = """\
# Paths are relative to the folder of the configuration that this one came from. To build it again:
#   python -m cocosynth build config.yaml --sources THAT_FOLDER --out ANOTHER
"""


@dataclass(frozen=True)
class Loaded:
    """A configuration, the folder that its paths are relative to, and what there is to say of it.

    Attributes
    ----------
    config : Config
    folder : Path
    notes : tuple of str
        A line for each key that stands elsewhere now, and for what a preset lacks.
    """

    config: Config
    folder: Path
    notes: tuple[str, ...] = ()


def load_config(
    source: Source, *, folder: str | Path | None = None, allow_code: bool = False
) -> Config:
    """Read a configuration; a key that stands elsewhere now is a warning.

    Parameters
    ----------
    source : str, Path, mapping or Config
        A YAML file, ``-`` for standard input, or a pipe; what stands under a key of one,
        ``params.yaml:build``; the same keys and values in a dict; or a configuration, which comes
        back as it is.
    folder : str or Path, optional
        What its paths are relative to: by default the folder of the file, or the current one, as
        of a pipe.
        Absolute paths are made relative to it, so that no output names a place on this machine.
    allow_code : bool
        Import the classes that a file names even where it lies in the folder of a dataset, beside
        a ``manifest.json`` or ``scenes``: it may have come from somebody else.

    Raises
    ------
    CocosynthError
        If it is not valid; the text names the file, the key and the rule.
    """
    loaded = read_config(source, folder=folder, allow_code=allow_code)
    for note in loaded.notes:
        warnings.warn(note, stacklevel=2)
    return loaded.config


def read_config(
    source: Source, *, folder: str | Path | None = None, allow_code: bool = False
) -> Loaded:
    """Read a configuration as `load_config` does, and say where its paths start from."""
    if isinstance(source, (str, Path, Url)):
        if ":/" in str(source):
            source = place(source)
        file, _ = split_address(source)
        if str(file) != STDIN and not pipes.is_stream(file):
            text = files.read_bytes(file)
            return parse_config(text, source, folder=folder, allow_code=allow_code)
        text = pipes.read_stream(0 if str(file) == STDIN else file, MAX_BYTES + 1)
        base = Path() if folder is None else folder
        return parse_config(text, source, folder=base, allow_code=allow_code)
    base = Path() if folder is None else place(folder)
    if isinstance(source, Config):
        return Loaded(source, base)
    if isinstance(source, Mapping):
        return _converted(_plain(source), "configuration", base)
    raise TypeError(f"expected a file, a dict or a Config, got {type(source).__name__}")


def parse_config(
    text: bytes, path: str | Path, *, folder: str | Path | None = None, allow_code: bool = False
) -> Loaded:
    """Read a configuration from the text of a file."""
    file, key = split_address(path)
    content = parse_yaml(text, file)
    if key is not None:
        content = at_key(content, file, key)
    base = place(path).parent if folder is None else place(folder)
    return _converted(content, str(path), base, trusted=allow_code or not lies_in_dataset(file))


def _converted(content: dict[str, Any], name: str, folder: Path, *, trusted: bool = True) -> Loaded:
    """Turn keys and values into a configuration whose techniques can be made."""
    try:
        content, notes = moved(content)
        content, more = expanded(content)
        content = _tagged(content, folder)
        config = msgspec.convert(content, Config)
        if not trusted:
            _refuse_code(config)
        for kind in KINDS:
            if not kind.given:  # what needs the build is made with it
                config.make(kind)
        make_formats(config.export_context())
    except msgspec.ValidationError as error:
        raise CocosynthError(f"{name}: {_readable(error, content)}") from None
    except CocosynthError as error:
        raise CocosynthError(f"{name}: {error}") from None
    return Loaded(config, folder, (*notes, *more))


def _refuse_code(config: Config) -> None:
    """Refuse to import what a configuration names that came with a dataset."""
    found = config.own_classes()
    if found:
        raise CocosynthError(
            f"{found[0]} is code that is not part of cocosynth, named by the configuration of a "
            "dataset; --allow-code runs it, if you trust whoever made the dataset (docs/trust.md)"
        )


def _plain(value: Any) -> Any:
    """Turn paths, tuples, and numbers and arrays of NumPy into what a file would hold."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, Path):
        return str(value)
    return value.tolist() if hasattr(value, "tolist") else value


def _tagged(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Mark each source with its kind, and make its absolute paths relative to the folder."""
    content = with_relative_files(dict(content), folder)
    info = content.get("info")
    if isinstance(info, dict) and isinstance(info.get("date_created"), date):
        content["info"] = {**info, "date_created": info["date_created"].isoformat()}
    for key in ("foregrounds", "backgrounds"):
        sources = content.get(key)
        if isinstance(sources, list):
            content[key] = _tagged_sources(sources, folder, key)
    distractors = content.get("distractors")
    if isinstance(distractors, dict) and isinstance(distractors.get("from"), list):
        sources = _tagged_sources(distractors["from"], folder, "distractors.from")
        content["distractors"] = {**distractors, "from": sources}
    return content


def _tagged_sources(sources: list[Any], folder: Path, key: str) -> list[Any]:
    return [_tagged_source(source, folder, f"{key}[{i}]") for i, source in enumerate(sources)]


def _tagged_source(source: Any, folder: Path, where: str) -> Any:
    if not isinstance(source, dict):
        return source
    kinds = [kind for kind in ("coco", "folder") if kind in source]
    if len(kinds) != 1 or "kind" in source:
        raise CocosynthError(f"{where}: give either `coco` and `images`, or `folder`")
    tagged = {"kind": kinds[0], **source}
    for key in ("coco", "images", "keypoints", "folder", "exclude"):
        if isinstance(tagged.get(key), str):
            tagged[key] = called_from(tagged[key], folder)
    return tagged


def _with_sorted_parameters(value: Any) -> Any:
    """Sort the parameters of techniques; the order of steps and of choices stays, as it counts."""
    if isinstance(value, (list, tuple)):
        return [_with_sorted_parameters(spec) for spec in value]
    if not isinstance(value, dict):
        return value
    if CHOOSE in value:
        return {CHOOSE: _with_sorted_parameters(value[CHOOSE])}
    return {
        name: dict(sorted(given.items())) if isinstance(given, dict) else given
        for name, given in value.items()
    }


def _readable(error: msgspec.ValidationError, content: dict[str, Any]) -> str:
    fault = explained(error, content, Config, EXAMPLES)
    path, reason = fault.path.removeprefix("."), fault.reason
    if fault.unknown_key is not None:
        other = _where_it_belongs(fault.unknown_key, path.partition("[")[0])
        reason = f"unknown key {fault.unknown_key!r}; {other}" if other else reason
    return f"{path}: {reason}" if path else reason


def _where_it_belongs(key: str, section: str) -> str:
    """Say where a key stands that is right, but not here."""
    if section == "distractors" and any(
        key in kind.__struct_encode_fields__ for kind in _KINDS_OF_SOURCES["foregrounds"].values()
    ):
        return "it stands in a source under `from:`"
    for kinds in (_KINDS_OF_SOURCES.get(section, {}), {"": Config}, SECTIONS):
        for name, kind in kinds.items():
            if key not in kind.__struct_encode_fields__:
                continue
            if section in _KINDS_OF_SOURCES and kind is not Config and kinds is not SECTIONS:
                return f"it goes with `{name}`"
            return f"it stands under `{name}:`" if name else "it stands at the top"
    return ""


def dump_config(config: Config) -> bytes:
    """Write a configuration as YAML with every key; `load_config` reads it back to an equal one.

    Where the order of keys means nothing, they are written in one order.
    """
    content = msgspec.to_builtins(config)
    del content["preset"]  # the keys that it stands for are there
    for mapping in ("category_weights", "keypoint_flip_map"):
        content[mapping] = dict(sorted(content[mapping].items()))
    if content["balance"] is not None:
        content["balance"] = {
            key: dict(sorted(value.items())) if isinstance(value, dict) else value
            for key, value in content["balance"].items()
        }
    for kind in ("augment", "finish", "placement", "blend"):
        content[kind] = _with_sorted_parameters(content[kind])
    content["export"]["formats"] = _with_sorted_parameters(content["export"]["formats"])
    distractors = content["distractors"] or {"from": ()}
    if content["distractors"] is None:
        del content["distractors"]
    for source in (*content["foregrounds"], *content["backgrounds"], *distractors["from"]):
        del source["kind"]
    return write_yaml(content, head=_HEAD)
