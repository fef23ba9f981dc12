"""A DVC pipeline that extracts, builds, checks and measures: `dvc.yaml` and `params.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.coco.layout import Layout
from cocosynth.config.config import Config
from cocosynth.config.file import dump_config, parse_config, read_config
from cocosynth.config.nested_yaml import under_key
from cocosynth.config.starter import CONFIG, SAMPLE, sample_files, template, write_new
from cocosynth.config.yaml_text import parse_yaml, write_yaml
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.sources.choices import cut_sources
from cocosynth.sources.options import CocoBackground, CocoForeground

PARAMS = "params.yaml"


PIPELINE = "dvc.yaml"


IGNORED = ".gitignore"


KEY = "build"


EXTRACTION = ("foregrounds", "licenses", "blend", "variants", "on_bad_input")
"""The keys of the configuration that decide what is cut out."""


PRESET = "preset"
"""Decides it as well, where the configuration has one."""


_HEAD = f"""\
# `dvc repro` runs the stages whose parameters or sources have changed; a change is tried by
# `dvc exp run -S {KEY}.seed=3`. Keep `deps` in step with the sources that {PARAMS} names, and the
# plots with its splits.
"""


def write_pipeline(folder: Path) -> list[Path]:
    """Write a DVC pipeline with its parameters; return what was written.

    The parameters are those of the configuration in the folder, or, where there is none, of one to
    begin with.

    Raises
    ------
    CocosynthError
        If there is a pipeline, or parameters, or the configuration is not valid.
    """
    own = folder / CONFIG
    text = files.read_bytes(own) if own.is_file() else template()
    config = read_config(own).config if own.is_file() else parse_config(text, CONFIG).config
    params = _params(text, config, folder / PARAMS)
    made = {PARAMS: params, PIPELINE: write_yaml(_pipeline(config, params), head=_HEAD)}
    if not (folder / IGNORED).exists():  # dvc adds its outs to one that is there
        made[IGNORED] = b"/bank\n/dataset\n/dvc_plots\n"
    sample = {} if own.is_file() else sample_files()
    written = write_new(folder, made | sample)
    return [*written[: len(made)], folder / SAMPLE] if sample else written


def _params(text: bytes, config: Config, path: Path) -> bytes:
    """Put a configuration under its key, comments and all, with every key of the extraction.

    DVC fails on a parameter that a stage names and the file does not have. With a preset, these
    keys stay away: in the file they would take the place of its own.
    """
    values = msgspec.to_builtins(config)
    keys = () if PRESET in parse_yaml(text, path) else _extraction(config)
    missing = {key: values[key] for key in keys}
    kept = under_key(text, KEY, missing)
    if kept is None or not _reads_as(kept, config, path):
        kept = under_key(dump_config(config), KEY, {})
        assert kept is not None
    return kept


def _reads_as(text: bytes, config: Config, path: Path) -> bool:
    """Say whether the text, under its key, is this configuration, with nothing lost."""
    try:
        return parse_config(text, f"{path}:{KEY}").config == config
    except CocosynthError:
        return False


def _pipeline(config: Config, params_file: bytes) -> dict[str, Any]:
    there = parse_yaml(params_file, PARAMS)[KEY]
    cut = _paths(source for _, source in cut_sources(config))
    kept = [source.coco for source in config.backgrounds if isinstance(source, CocoBackground)]
    beside = [_escaped(path) for path in kept] if config.distractors else []
    read = [_escaped(path) for path in config.technique_files()]
    used = ["bank", *dict.fromkeys((*_paths(config.backgrounds), *cut, *read))]
    params = f"{PARAMS}:{KEY}"
    return {
        "stages": {
            "extract": _stage(
                f"extract {params} --out bank",
                params=[f"{KEY}.{key}" for key in (PRESET, *_extraction(config)) if key in there],
                deps=list(dict.fromkeys((*cut, *beside))),
                outs=["bank"],
            ),
            "build": _stage(
                f"build {params} --bank bank --out dataset",
                params=[KEY],
                deps=used,
                outs=["dataset"],
            ),
            "validate": _stage(
                "validate dataset --report stats/validation.json",
                deps=["dataset"],
                metrics=[_uncached("stats/validation.json")],
            ),
            "stats": _stage(
                "stats dataset --metrics stats/metrics.json --plots stats/plots",
                deps=["dataset", "stats/validation.json"],
                metrics=[_uncached("stats/metrics.json")],
                outs=[_uncached("stats/plots")],
            ),
        },
        "plots": _plots([split for split, count in config.splits.items() if count]),
    }


def _extraction(config: Config) -> tuple[str, ...]:
    """Return the keys that decide what is cut out: what backgrounds carry is no distractor."""
    return (*EXTRACTION, *(("distractors", "backgrounds") if config.distractors else ()))


def _stage(command: str, **parts: list[Any]) -> dict[str, Any]:
    return {"cmd": f"python -m cocosynth {command}", **parts}


def _uncached(path: str) -> dict[str, Any]:
    return {path: {"cache": False}}


def _plots(splits: Sequence[str]) -> list[Any]:
    bars = [bar for split in splits for bar in _bars(split)]
    return [
        {
            "objects per image": {
                "x": "objects",
                "y": _fractions("objects_per_image", splits),
                "x_label": "instances",
                "y_label": "fraction of the images",
            }
        },
        {
            "visibility": {
                "x": "visible",
                "y": _fractions("visibility", splits),
                "x_label": "visible fraction, up to",
                "y_label": "fraction of the instances",
            }
        },
        *bars,
        Layout(Path("dataset")).preview.as_posix(),
    ]


def _fractions(plot: str, splits: Iterable[str]) -> dict[str, str]:
    return {f"stats/plots/{split}/{plot}.json": "fraction" for split in splits}


def _bars(split: str) -> list[Any]:
    categories = {
        "template": "bar_horizontal_sorted",
        "x": "instances",
        "y": "category",
        "title": f"instances in {split}",
    }
    sizes = {
        "template": "bar_horizontal",
        "x": "fraction",
        "y": "size",
        "title": f"sizes in {split}",
    }
    return [
        {f"stats/plots/{split}/categories.json": categories},
        {f"stats/plots/{split}/sizes.json": sizes},
    ]


def _paths(sources: Iterable[object]) -> list[str]:
    """Return the paths of sources, once each; to DVC, ``${`` would begin an expression."""
    paths: dict[str, None] = {}
    for source in sources:
        if isinstance(source, (CocoForeground, CocoBackground)):
            paths.update(dict.fromkeys(filter(None, (source.coco, source.keypoints))))
        paths.setdefault(source.image_folder)  # type: ignore[attr-defined]
        exclude = getattr(source, "exclude", ())
        if exclude and isinstance(exclude, str):
            paths.setdefault(exclude)
    return [_escaped(path) for path in paths]


def _escaped(path: str) -> str:
    return path.replace("${", r"\${")
