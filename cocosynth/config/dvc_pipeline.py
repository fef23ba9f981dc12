"""A DVC pipeline that extracts, builds, checks and measures: `dvc.yaml` and `params.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from cocosynth.config.config import Config
from cocosynth.config.file import dump_config, load_config, parse_config
from cocosynth.config.starter import CONFIG, write_new
from cocosynth.core import files, resources
from cocosynth.core.errors import CocosynthError
from cocosynth.sources.options import CocoBackground, CocoForeground

PARAMS = "params.yaml"


PIPELINE = "dvc.yaml"


IGNORED = ".gitignore"


KEY = "build"


EXTRACTION = ("foregrounds", "licenses", "blend", "on_bad_input")
"""The keys of the configuration that decide what is cut out."""


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
    source = own if own.is_file() else resources.resource(f"config/{CONFIG}")
    config = load_config(source)
    params = _params(files.read_bytes(source), config, folder / PARAMS)
    made = {PARAMS: params, PIPELINE: _pipeline(config).encode()}
    if not (folder / IGNORED).exists():  # dvc adds its outs to one that is there
        made[IGNORED] = b"/bank\n/dataset\n/dvc_plots\n"
    return write_new(folder, made)


def _params(text: bytes, config: Config, path: Path) -> bytes:
    """Put a configuration under its key, comments and all, with every key of the extraction.

    DVC fails on a parameter that a stage names and the file does not have.
    """
    told = text.decode().strip("\n")
    for key in EXTRACTION:
        if not re.search(rf"^{key}\s*:", told, re.MULTILINE):
            told += f"\n{key}: {json.dumps(msgspec.to_builtins(getattr(config, key)))}"
    kept = _under_key(told)
    return kept if _reads_as(kept, config, path) else _under_key(dump_config(config).decode())


def _under_key(text: str) -> bytes:
    lines = (f"  {line}".rstrip() for line in text.splitlines())
    return f"{KEY}:\n{chr(10).join(lines)}\n".encode()


def _reads_as(text: bytes, config: Config, path: Path) -> bool:
    """Say whether the text, under its key, is this configuration, with nothing lost."""
    try:
        return parse_config(text, f"{path}:{KEY}") == config
    except CocosynthError:
        return False


def _pipeline(config: Config) -> str:
    cut = _paths(config.foregrounds)
    used = ["bank", *dict.fromkeys((*_paths(config.backgrounds), *cut))]
    command = "python -m cocosynth"
    params = f"{PARAMS}:{KEY}"
    splits = [split for split, count in config.splits.items() if count]
    return f"""{_HEAD}
stages:
  extract:
    cmd: {command} extract {params} --out bank
    params:{_list(f"{KEY}.{key}" for key in EXTRACTION)}
    deps:{_list(cut)}
    outs:{_list(["bank"])}
  build:
    cmd: {command} build {params} --bank bank --out dataset
    params:{_list([KEY])}
    deps:{_list(used)}
    outs:{_list(["dataset"])}
  validate:
    cmd: {command} validate dataset --report stats/validation.json
    deps:{_list(["dataset"])}
    metrics:
      - stats/validation.json: {{cache: false}}
  stats:
    cmd: {command} stats dataset --metrics stats/metrics.json --plots stats/plots
    deps:{_list(["dataset", "stats/validation.json"])}
    metrics:
      - stats/metrics.json: {{cache: false}}
    outs:
      - stats/plots: {{cache: false}}

plots:
  - objects per image:
      x: objects
      y:{_series("objects_per_image", "fraction", splits)}
      x_label: instances
      y_label: fraction of the images
  - visibility:
      x: visible
      y:{_series("visibility", "fraction", splits)}
      x_label: visible fraction, up to
      y_label: fraction of the instances
{"".join(map(_bars, splits))}  - dataset/preview.png
"""


def _bars(split: str) -> str:
    return f"""\
  - stats/plots/{split}/categories.json:
      template: bar_horizontal_sorted
      x: instances
      y: category
      title: instances in {split}
  - stats/plots/{split}/sizes.json:
      template: bar_horizontal
      x: fraction
      y: size
      title: sizes in {split}
"""


def _series(plot: str, field: str, splits: Iterable[str]) -> str:
    return "".join(f"\n        stats/plots/{split}/{plot}.json: {field}" for split in splits)


def _paths(sources: Iterable[object]) -> list[str]:
    paths: dict[str, None] = {}
    for source in sources:
        if isinstance(source, (CocoForeground, CocoBackground)):
            paths.setdefault(source.coco)
        paths.setdefault(source.image_folder)  # type: ignore[attr-defined]
    return list(paths)


def _list(items: Iterable[str]) -> str:
    return "".join(f"\n      - {_scalar(item)}" for item in items)


def _scalar(text: str) -> str:
    r"""Write text so that YAML and DVC read it as it is; to DVC, ``${`` begins an expression."""
    quoted = text if re.fullmatch(r"[A-Za-z_.][\w./-]*", text) else json.dumps(text)
    return quoted.replace("${", r"\\${")
