"""The errors that the user can fix: one line each, exit code 2."""


class CocosynthError(Exception):
    """What the user can fix; its text says who, which rule, which value, and the way out."""

    def __str__(self) -> str:
        return one_line(super().__str__())


class UnusableError(CocosynthError):
    """One record or file that cannot be used; `reason` is the short name it is counted under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnwantedError(UnusableError):
    """One record that the user chose not to use: counted as well, but nothing to be fixed."""


class TechniqueError(CocosynthError):
    """A technique of the user's own has failed, or gave what it must not."""


class StoppedError(CocosynthError):
    """What stopped a build from outside: a full disk, a killed worker; it can be resumed."""


def one_line(text: str) -> str:
    r"""Write out as escapes what a terminal would obey: names in data may hold anything.

    Examples
    --------
    >>> one_line("dog\n\x1b[2J")
    'dog\\n\\x1b[2J'
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


class CannotBlendError(Exception):
    """A blend mode has no answer for this object on this canvas; the reason is its text.

    Rendering then pastes the object as it is, and counts that.
    """
