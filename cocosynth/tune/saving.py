"""Write values back into the YAML file that they came from: its comments and its style stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from cocosynth.config.yaml_text import round_trip, written

Equal = Callable[[dict[str, Any], dict[str, Any]], bool]


def saved_text(old: bytes, key: str | None, values: dict[str, Any], equal: Equal) -> bytes:
    """Return the text of a file with new values.

    Parameters
    ----------
    old : bytes
        The text with the values as they were; empty for a new file.
    key : str, optional
        Where in the file they stand: ``a.b``; at its top by default.
    values : dict
    equal : callable
        Whether two mappings are the same configuration: a key that changes nothing, and was not in
        the file, is not written.
    """
    from ruamel.yaml.comments import CommentedMap

    yaml = round_trip()
    whole = yaml.load(old) if old.strip() else CommentedMap()
    node = whole
    for name in key.split(".") if key else ():
        node = node[name]
    _merge(node, _without_defaults(values, node, equal))
    if old.lstrip().startswith(b"{") and _is_json(old):
        return json.dumps(_plain(whole), indent=2).encode() + b"\n"
    _indent_as(whole, yaml)
    return written(whole, yaml)


def _without_defaults(values: dict[str, Any], old: Any, equal: Equal) -> dict[str, Any]:
    """Remove keys that change nothing and that the file does not have."""
    kept = dict(values)
    for key in values:
        if key in old:
            continue
        less = {name: value for name, value in kept.items() if name != key}
        if equal(less, values):
            kept = less
    for key, value in list(kept.items()):
        if not isinstance(value, dict):
            continue
        known = old.get(key) if isinstance(old.get(key), dict) else {}
        for inner in list(value):
            less = {name: part for name, part in kept[key].items() if name != inner}
            if inner not in known and less and equal({**kept, key: less}, values):
                kept = {**kept, key: less}
    return kept


def _merge(node: Any, values: dict[str, Any]) -> None:
    for key in [key for key in node if str(key) not in values]:
        _remove(node, key)
    names = {str(key): key for key in node}
    for name, value in values.items():
        if name not in names:
            node[name] = _styled(value, flow=_is_flow(node))
        else:
            _put(node, names[name], value)


def _put(node: Any, key: Any, value: Any) -> None:
    """Put a value in the place of another; what is the same in both stays as it is written."""
    before = node[key]
    if _same(_plain(before), value):
        return
    if isinstance(before, dict) and isinstance(value, dict) and before:
        _merge(before, value)
        return
    if isinstance(before, list) and isinstance(value, list):
        value = _items(before, value)
        lost = _comments_of(before) - _comments_of(value)
        node[key] = value
    else:
        lost = _comments_of(before)
        node[key] = _styled(value, flow=_is_flow(node) or not isinstance(value, (dict, list)))
    _keep(node, key, [text for text in _ordered(before) if text in lost])


def _items(before: Any, values: list[Any]) -> Any:
    """Return a list whose items are those that were there, changed, as far as they are."""
    items = _styled([], flow=_is_flow(before))
    left = list(before)
    for value in values:
        like = next((one for one in left if _same(_plain(one), value)), None)
        if like is None:
            like = next((one for one in left if _named_alike(one, value)), None)
        if like is None:
            items.append(_styled(value, flow=_is_flow(before)))
            continue
        left = [one for one in left if one is not like]
        if isinstance(like, dict) and isinstance(value, dict):
            _merge(like, value)
            items.append(like)
        else:
            items.append(like if _same(_plain(like), value) else _styled(value, flow=True))
    return items


def _named_alike(one: Any, value: Any) -> bool:
    """Whether two steps or sources are of the same name, so that one is the other, changed."""
    if not (isinstance(one, dict) and isinstance(value, dict) and one and value):
        return False
    first, second = next(iter(one)), next(iter(value))
    if first in ("coco", "folder"):
        return first == second and one[first] == value[second]
    return str(first) == second


def _styled(value: Any, *, flow: bool) -> Any:
    """Return a value in the style of the sample: a list of steps has a line for each of them."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        made = CommentedMap((key, _styled(part, flow=True)) for key, part in value.items())
        (made.fa.set_flow_style if flow or value == {} else made.fa.set_block_style)()
        return made
    if isinstance(value, list):
        lines = not flow and all(isinstance(part, dict) for part in value) and value
        items = CommentedSeq(_styled(part, flow=not lines) for part in value)
        (items.fa.set_block_style if lines else items.fa.set_flow_style)()
        return items
    return value


def _is_flow(node: Any) -> bool:
    return bool(node.fa.flow_style())


def _remove(node: Any, key: Any) -> None:
    """Remove a key; comments below it, which are about what follows, stay."""
    kept = _ordered({key: node[key]}) + _lines(node.ca.items.get(key))
    keys = list(node)
    position = keys.index(key)
    del node[key]
    node.ca.items.pop(key, None)
    if position + 1 < len(keys):
        _before(node, keys[position + 1], kept)
    elif position:
        _keep(node, keys[position - 1], kept)


def _keep(node: Any, key: Any, lines: list[str]) -> None:
    keys = list(node)
    position = keys.index(key)
    if lines and position + 1 < len(keys):
        _before(node, keys[position + 1], lines)


def _before(node: Any, key: Any, lines: list[str]) -> None:
    text = "\n".join(line.lstrip("#").strip() for line in lines)
    if text:
        node.yaml_set_comment_before_after_key(key, before=text, indent=node.lc.col or 0)


def _comments_of(value: Any) -> set[str]:
    return set(_ordered(value))


def _ordered(value: Any) -> list[str]:
    """Return the comments in a value that have a line of their own."""
    found: list[str] = []
    if isinstance(value, dict):
        for part in value.values():
            found += _ordered(part)
    elif isinstance(value, list):
        for part in value:
            found += _ordered(part)
    if hasattr(value, "ca"):
        for entry in value.ca.items.values():
            found += _lines(entry)
    return found


def _lines(entry: Any) -> list[str]:
    texts = [token.value for token in _tokens(entry)]
    return [
        line.strip()
        for text in texts
        for line in text.split("\n")[1:]  # the first stands behind the value
        if line.strip().startswith("#")
    ]


def _tokens(entry: Any) -> Iterator[Any]:
    for token in entry or ():
        if isinstance(token, list):
            yield from _tokens(token)
        elif token is not None:
            yield token


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _same(first: Any, second: Any) -> bool:
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _indent_as(whole: Any, yaml: Any) -> None:
    """Let lists and mappings be indented as in the file."""
    from cocosynth.config.nested_yaml import indents

    mapping, dash = indents(whole)
    yaml.indent(mapping=mapping, sequence=dash + 2, offset=dash)
