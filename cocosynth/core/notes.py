"""What a person should know of the sources, though nothing of them was skipped for it."""

from __future__ import annotations

import msgspec

_SHOWN = 5  # files named in a line


class Note(msgspec.Struct, frozen=True):
    """Something about a source.

    Attributes
    ----------
    source, text : str
    files : tuple of str
        What it is about; empty where that is the source as a whole.

    Examples
    --------
    >>> print(Note("cutouts", "cut-out with an uncertain border", ("dog/1.jpg", "dog/2.jpg")))
    cutouts: 2 x cut-out with an uncertain border: dog/1.jpg, dog/2.jpg
    """

    source: str
    text: str
    files: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.files:
            return f"{self.source}: {self.text}"
        more = f" and {len(self.files) - _SHOWN} more" if len(self.files) > _SHOWN else ""
        named = ", ".join(self.files[:_SHOWN])
        return f"{self.source}: {len(self.files)} x {self.text}: {named}{more}"


def joined(notes: list[Note]) -> list[Note]:
    """Make one note of all that say the same of a source, in the order they came."""
    files: dict[tuple[str, str], dict[str, None]] = {}
    for note in notes:
        files.setdefault((note.source, note.text), {}).update(dict.fromkeys(note.files))
    return [Note(*key, tuple(named)) for key, named in files.items()]
