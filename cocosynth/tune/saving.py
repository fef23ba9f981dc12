"""Write values back into the YAML file that they came from: its comments and its style stay."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from cocosynth.config.nested_yaml import comments_in, indents
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
    whole = (yaml.load(old) if old.strip() else None) or CommentedMap()
    yaml.brace_single_entry_mapping_in_flow_sequence = True  # [{folder: cutouts}] as it stands
    node = whole
    for name in key.split(".") if key else ():
        node = node[name]
    mapping, dash = indents(node) if node else (2, 2)
    yaml.indent(mapping=mapping, sequence=dash + 2, offset=dash)
    keys = [str(name) for name in node]
    _merge(node, _without_defaults(values, node, equal))
    if old.lstrip().startswith(b"{") and _is_json(old):
        return json.dumps(_plain(whole), indent=2).encode() + b"\n"
    for following, lines in _lost(old.decode(), written(whole, yaml).decode(), keys):
        _before(node, following, lines)
    return written(whole, yaml)


def _lost(old: str, new: str, keys: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield comments with a line of their own that are gone, and the keys that followed them."""
    there = Counter(_comment_lines(new))
    found: dict[int, list[str]] = {}
    position = 0
    for line in old.splitlines():
        name = line.strip().partition(":")[0].strip("\"'")
        if name in keys[position:]:
            position = keys.index(name) + 1
        elif line.strip().startswith("#"):
            if there[line.strip()]:
                there[line.strip()] -= 1
            else:
                found.setdefault(position, []).append(line.strip())
    for place, lines in found.items():
        yield keys[place:], lines


def _comment_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


def _before(node: Any, following: list[str], lines: list[str]) -> None:
    """Put comments before the first of some keys that there is, or at the end."""
    text = "\n".join(line.lstrip("#").strip() for line in lines)
    indent = node.lc.col or 0
    names = {str(key): key for key in node}
    for name in following:
        if name in names:
            node.yaml_set_comment_before_after_key(names[name], before=text, indent=indent)
            return
    if names:
        last = list(node)[-1]
        node.yaml_set_comment_before_after_key(last, before=text, indent=indent)


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
    elif isinstance(before, list) and isinstance(value, list):
        _put_items(before, value)
    else:
        _without_lines(before)
        node[key] = _styled(value, flow=_is_flow(node) or not isinstance(value, (dict, list)))


def _put_items(before: Any, values: list[Any]) -> None:
    """Change a list; its items are those that were there, changed, as far as they are."""
    if len(before) == len(values) and all(map(_alike, before, values)):
        for place, value in enumerate(values):
            _put(before, place, value)
        return
    items, left = [], list(before)
    _without_lines(left)  # what stands below an item is about what follows
    flow = _is_flow(before)
    for value in values:
        like = next((one for one in left if _same(_plain(one), value)), None)
        if like is None:
            like = next((one for one in left if _alike(one, value)), None)
        left = [one for one in left if one is not like]
        if isinstance(like, dict) and isinstance(value, dict):
            _merge(like, value)
            items.append(like)
        else:
            items.append(_styled(value, flow=flow))
    if not len(before):
        before.fa.set_block_style() if _has_lines(values) and not flow else None
    before[:] = items


def _without_lines(value: Any) -> None:
    for token in comments_in(value):
        token.value = token.value.partition("\n")[0] + "\n"


def _alike(one: Any, value: Any) -> bool:
    """Whether one item may become another by a change of its values."""
    if not isinstance(one, (dict, list)):
        return not isinstance(value, (dict, list))
    return _named_alike(one, value) or (isinstance(one, list) and isinstance(value, list))


def _has_lines(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


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
        lines = not flow and _has_lines(value)
        items = CommentedSeq(_styled(part, flow=not lines) for part in value)
        (items.fa.set_block_style if lines else items.fa.set_flow_style)()
        return items
    return value


def _is_flow(node: Any) -> bool:
    return bool(node.fa.flow_style())


def _remove(node: Any, key: Any) -> None:
    del node[key]
    node.ca.items.pop(key, None)


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
