"""Names and paths as Python code: in ASCII, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable

from cocosynth.datasets.snippets.built import BuiltDataset


def literal(text: str) -> str:
    r"""Write a string as a Python literal that no configuration reader takes for a variable.

    Examples
    --------
    >>> print(literal("caf\u00e9 {{ x }}"))
    'caf\xe9 \x7b\x7b x }}'
    """
    return ascii(text).replace("{", "\\x7b")


def places(dataset: BuiltDataset) -> str:
    """Write where each split lies as the inside of a dict: annotation file and image folder."""
    return "\n".join(
        f"    {literal(split)}: ({literal(place.annotations)}, {literal(place.images)}),"
        for split, place in dataset.places.items()
    )


def literals(texts: Iterable[str]) -> str:
    """Write strings as the inside of a tuple, one in each line, indented by four.

    Examples
    --------
    >>> print(literals(["cat", "dog"]))
        'cat',
        'dog',
    """
    return "\n".join(f"    {literal(text)}," for text in texts)
