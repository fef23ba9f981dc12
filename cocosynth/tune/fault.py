"""Where in the form the fault is that an error tells of."""

from __future__ import annotations

import re

from cocosynth.config.config import Config

_STEP = r"[A-Za-z_][\w-]*(?:\[\d+\])*"
_ADDRESS = re.compile(rf"({_STEP}(?:\.{_STEP})*)(:? .*)", re.DOTALL)


def fault_of(text: str) -> dict[str, str]:
    """Part an error into the address of the value at fault and what is wrong with it.

    Parameters
    ----------
    text : str
        As `read_config` raises it.

    Returns
    -------
    dict
        ``address``, the steps to the value; empty where the text names none. And ``text``, without
        the address.

    Examples
    --------
    >>> fault_of("configuration: limits.max_overlap: expected a number")
    {'address': 'limits.max_overlap', 'text': 'expected a number'}
    >>> fault_of("configuration: augment[0].rotate: p must lie in [0, 1]")
    {'address': 'augment[0].rotate.p', 'text': 'p must lie in [0, 1]'}
    """
    text = text.removeprefix("configuration: ")
    found = _ADDRESS.fullmatch(text)
    if found is None or re.split(r"[.\[]", found[1])[0] not in Config.__struct_fields__:
        return {"address": "", "text": text}
    where, rest = found[1], found[2].removeprefix(":").strip()
    parameter = re.match(r"([a-z]\w*) must ", rest)
    if parameter and where != found[1].split(".")[0].split("[")[0]:
        where = f"{where}.{parameter[1]}"
    return {"address": where, "text": rest}
