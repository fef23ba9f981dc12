"""The values of a step as a file holds them: checked before they are applied."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec

from cocosynth.core.decoding import fault_of

_RANGE = "_range"
_SEED = "seed"


def check_values(tone: Any, values: Mapping[str, Any]) -> None:
    """Refuse values that a tone of ours draws with no parameters at all.

    A value is called as the parameter it is drawn from, without `_range`: `factor` lies within the
    limits of `factor_range`. So the technique itself, which knows them, checks it. One whose
    attribute `seeded` is true draws a seed, too.

    Parameters
    ----------
    tone : dataclass
        A technique of ours.
    values : mapping
        As a scene holds them.

    Raises
    ------
    ValueError
        The text names the value and the rule.

    Examples
    --------
    >>> from cocosynth.render.tones.blur import Blur
    >>> check_values(Blur(), {"sigma": 2.0})
    >>> check_values(Blur(), {"sigma": 1e6})
    Traceback (most recent call last):
    ValueError: sigma_range must lie in [0, 50], got [1000000.0, 1000000.0]
    """
    parameters = {
        field.name.removesuffix(_RANGE): field.name
        for field in dataclasses.fields(tone)
        if field.name != "p"
    }
    seeds = [_SEED] if getattr(tone, "seeded", False) else []
    if set(values) != {*parameters, *seeds}:
        expected = ", ".join([*parameters, *seeds]) or "nothing"
        raise ValueError(f"its values must be {expected}; got {', '.join(values) or 'nothing'}")
    for name in seeds:
        if type(values[name]) is not int or not 0 <= values[name] < 2**32:
            raise ValueError(f"{name} must be an integer from 0 to 2**32 - 1")
    drawn = {
        parameter: [values[name]] * 2 if parameter.endswith(_RANGE) else values[name]
        for name, parameter in parameters.items()
    }
    try:
        msgspec.convert(drawn, type(tone))
    except msgspec.ValidationError as error:
        raise ValueError(fault_of(error).at("").removeprefix(".").removeprefix(": ")) from None
