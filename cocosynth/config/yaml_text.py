"""YAML, read and written: by the rules of YAML 1.2, as DVC has it."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cocosynth.core.errors import CocosynthError

if TYPE_CHECKING:
    from ruamel.yaml import YAML

MAX_BYTES = 2**18  # the reader of YAML is slow
MAX_VALUES = 100_000

_NO_LIMIT = 2**20  # characters in a line: none is broken

_UNREADABLE = (  # what the reader of YAML lets through besides its own errors
    *(AttributeError, IndexError, KeyError, OverflowError, RecursionError),
    *(TypeError, UnicodeError, ValueError),
)


def parse_yaml(text: bytes, path: str | Path) -> dict[str, Any]:
    """Read YAML: ``1e-3`` is a number, ``yes`` a word.

    Raises
    ------
    CocosynthError
        If it is not valid, or no mapping, or stands for more values than a configuration has.
    """
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


def write_yaml(content: Any, *, head: str = "") -> bytes:
    """Write values as YAML, in their order, each key on a line of its own.

    Parameters
    ----------
    content : dict
    head : str
        Comments to begin with, lines with their ``#``.
    """
    return head.encode() + written(content, round_trip())


def round_trip() -> YAML:
    """Return a reader and writer that keeps comments, quotes and the order of keys."""
    from ruamel.yaml import YAML

    yaml = YAML(pure=True)
    yaml.preserve_quotes = True
    yaml.width = _NO_LIMIT
    yaml.representer.add_representer(type(None), _null)
    return yaml


def _null(representer: Any, value: None) -> Any:
    """Write `null` out, where ruamel.yaml leaves the place empty."""
    del value
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def written(content: Any, yaml: YAML) -> bytes:
    stream = io.BytesIO()
    yaml.dump(content, stream)
    return stream.getvalue()
