"""The pages of the site that are made from the code and from files of the top folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import typer
from mkdocs.structure.files import File, Files

import cocosynth
from cocosynth.cli import app
from cocosynth.config.schema import config_schema

ROOT = Path(__file__).parents[1]
TOP = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
HOMES = {f"../{source}": page for page, source in TOP.items()}


def on_files(files: Files, config: Any) -> Files:
    pages = {page: _from_top(source) for page, source in TOP.items()}
    pages |= {
        "reference-commands.md": "\n".join(_commands()),
        "reference-configuration.md": "\n".join(_configuration()),
        "api.md": "\n".join(_api()),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links out of docs/ lead to the page that stands there, or stay as text."""

    def led(match: re.Match[str]) -> str:
        text, target, anchor = match.groups()
        return f"[{text}]({HOMES[target]}{anchor})" if target in HOMES else text

    return re.sub(r"\[([^\]]*)\]\((\.\./[^)#]*)(#[^)]*)?\)", led, markdown)


def _from_top(name: str) -> str:
    """Read a page of the top folder as if it stood in docs/."""
    text = (ROOT / name).read_text()
    pages = {source: page for page, source in TOP.items()}

    def led(match: re.Match[str]) -> str:
        text, target, anchor = match.group(1), match.group(2), match.group(3) or ""
        if target.startswith("docs/"):
            return f"[{text}]({target.removeprefix('docs/')}{anchor})"
        return f"[{text}]({pages[target]}{anchor})" if target in pages else text

    return re.sub(r"\[([^\]]*)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)", led, text)


def _commands() -> Iterator[str]:
    """Describe every command by what its parser knows."""
    group = typer.main.get_command(app)
    assert hasattr(group, "commands")
    yield "# Commands\n\nWritten from the parser: what `--help` says.\n"
    for name, command in sorted(group.commands.items()):
        context = click.Context(command, info_name=f"python -m cocosynth {name}")
        yield f"## {name}\n\n```text"
        yield command.get_help(context)
        yield "```\n"


def _configuration() -> Iterator[str]:
    """Describe every key of the configuration by the schema."""
    schema = config_schema()
    yield "# Keys of the configuration\n"
    yield "Written from the JSON Schema. [config.md](config.md) explains the keys with examples,"
    yield "[techniques.md](techniques.md) has the parameters of every technique.\n"
    for name, kind in schema["$defs"].items():
        if "properties" not in kind:
            continue
        yield f"## {name}\n"
        if "description" in kind:
            yield f"{_cell(kind['description'].partition(chr(10))[0])}\n"
        yield "| key | default | kind | meaning |\n|---|---|---|---|"
        for key, value in kind["properties"].items():
            needed = key in kind.get("required", ())
            default = "needed" if needed else f"`{json.dumps(value.get('default'))}`"
            said = value.get("description") or _of_kind(value, schema["$defs"])
            yield f"| `{key}` | {default} | {_kind(value)} | {_cell(said)} |"
        yield ""


def _kind(value: dict[str, Any]) -> str:
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"`{name}`"
    if "enum" in value:
        return " or ".join(f"`{one}`" for one in value["enum"])
    several = value.get("anyOf") or value.get("oneOf")
    if several:
        return " or ".join(dict.fromkeys(map(_kind, several)))
    kind = value.get("type", "")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _of_kind(value: dict[str, Any], kinds: dict[str, Any]) -> str:
    """Return the first line of what a key refers to."""
    for one in (value, *value.get("anyOf", ())):
        found = kinds.get(one.get("$ref", "").rpartition("/")[2], {}).get("description", "")
        if found:
            return found.partition("\n")[0]
    return ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _api() -> Iterator[str]:
    yield "# Python API\n\nWritten from the docstrings; [python.md](python.md) has examples.\n"
    homes = {f"cocosynth.{name}": getattr(cocosynth, name).__module__ for name in cocosynth.__all__}
    homes["cocosynth.torch.CompositeDataset"] = "cocosynth.torch.dataset"  # torch may be missing
    for name, home in homes.items():
        yield f"::: {home}.{name.rpartition('.')[2]}"
        yield f"    options:\n      heading: {name}\n      toc_label: {name}\n"
