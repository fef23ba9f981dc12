"""A preset: several keys of the configuration under one name, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

When = Literal["", "annotated", "cutouts", "plain"]
"""Sources that a part is for: any; a COCO foreground; folders of cut-outs only; no background
that brings annotations along."""

FOREGROUND = "foregrounds."
LIMIT = "limits."
ITEM = "[]"


@dataclass(frozen=True)
class Part:
    """One value of a preset.

    Attributes
    ----------
    key : str
        A key of the configuration. ``key[]`` adds an item to its list, ``limits.key`` is one of the
        limits, ``foregrounds.key`` is given to every foreground, to those of COCO alone where it is
        for annotated ones.
    value : object
        As YAML has it, every parameter written out.
    why : str
        Where it comes from: for the docs.
    when : str
        The sources that it is for.
    note : str
        What the user should know where it is used.
    """

    key: str
    value: Any
    why: str
    when: When = ""
    note: str = ""

    @property
    def name(self) -> str:
        """The key as users write it."""
        return self.key.removesuffix(ITEM)


@dataclass(frozen=True)
class Preset:
    """What a preset stands for.

    Attributes
    ----------
    about : str
        What it is, in one or two sentences.
    parts : tuple of Part
    notes : mapping of str to str
        What it lacks with some sources.
    """

    about: str
    parts: tuple[Part, ...]
    notes: Mapping[When, str] = field(default_factory=dict)

    def notes_for(self, content: Mapping[str, Any]) -> Iterator[str]:
        """Yield what the user should know of it with these sources."""
        here = _situations(content)
        yield from (part.note for part in self.parts_for(content) if part.note)
        yield from (text for when, text in self.notes.items() if when in here)

    def parts_for(self, content: Mapping[str, Any]) -> Iterator[Part]:
        """Yield the parts that these sources take and that no key of theirs replaces."""
        here = _situations(content)
        for part in self.parts:
            if part.when in here and not _replaced(part, content):
                yield part


def _situations(content: Mapping[str, Any]) -> set[str]:
    foregrounds = _mappings(content.get("foregrounds"))
    annotated = not foregrounds or any("coco" in source for source in foregrounds)
    found = {"", "annotated" if annotated else "cutouts"}
    backgrounds = _mappings(content.get("backgrounds"))
    if backgrounds and all(source.get("annotations") != "keep" for source in backgrounds):
        found.add("plain")
    return found


def _replaced(part: Part, content: Mapping[str, Any]) -> bool:
    if part.name in ("blend", "variants"):  # one is given in place of the other
        return "blend" in content or "variants" in content
    if part.key.startswith(FOREGROUND):
        key = part.key.removeprefix(FOREGROUND)
        return all(key in source for source in _mappings(content.get("foregrounds")))
    if part.key.startswith(LIMIT):
        limits = content.get("limits", {})
        return not isinstance(limits, dict) or part.key.removeprefix(LIMIT) in limits
    return part.name in content


def _mappings(sources: Any) -> list[dict[str, Any]]:
    if not isinstance(sources, list):
        return []
    return [source for source in sources if isinstance(source, dict)]
