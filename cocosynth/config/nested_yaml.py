"""A YAML file put under a key of another, comments and all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cocosynth.config.yaml_text import round_trip, written


def under_key(text: bytes, key: str, defaults: Mapping[str, Any]) -> bytes | None:
    """Put the content of a YAML file under a key, with its comments, quotes and anchors.

    Parameters
    ----------
    text : bytes
        Valid YAML with a mapping at its top.
    key : str
    defaults : mapping
        Keys and values to add where the file does not have the key.

    Returns
    -------
    bytes or None
        None for a file in braces, as JSON is: it has no lines to keep.
    """
    from ruamel.yaml.comments import CommentedMap

    yaml = round_trip()
    content = yaml.load(text)
    if content.fa.flow_style():
        return None
    mapping, dash = indents(content)
    yaml.indent(mapping=mapping, sequence=dash + 2, offset=dash)
    for comment in comments_in(content):
        comment.start_mark.column += mapping
        first, *lines = comment.value.split("\n")
        shifted = (" " * mapping + line if line.strip() else line for line in lines)
        comment.value = "\n".join((first, *shifted))
    for name, value in defaults.items():
        content.setdefault(name, value)
    return written(CommentedMap({key: content}), yaml)


def indents(content: Any) -> tuple[int, int]:
    """Return how far the values of keys, and the dashes of lists, are indented in a mapping."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    blocks = [
        value
        for value in content.values()
        if isinstance(value, (CommentedMap, CommentedSeq))
        and value  # of an empty one, written as {} or [], the style is not known
        and not value.fa.flow_style()
    ]
    start = content.lc.col or 0
    mappings = [block.lc.col - start for block in blocks if isinstance(block, CommentedMap)]
    sequences = [block.lc.col - start for block in blocks if isinstance(block, CommentedSeq)]
    return next(iter(mappings), 2), next(iter(sequences), 0)


def comments_in(content: Any) -> Iterator[Any]:
    """Yield each comment of a tree once; ruamel.yaml keeps some in two places."""
    seen: set[int] = set()
    left = [content]
    while left:
        value = left.pop()
        if id(value) in seen or value is None:
            continue
        seen.add(id(value))
        if hasattr(value, "start_mark"):
            yield value
        elif isinstance(value, Mapping):
            left += value.values()
        elif isinstance(value, (list, tuple)):
            left += value
        if hasattr(value, "ca"):
            left += [value.ca.comment, value.ca.end, *value.ca.items.values()]
        left.append(getattr(value, "comment", None))  # behind a block of text
