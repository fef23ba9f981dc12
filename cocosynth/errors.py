"""The errors that are the user's to mend: one line each, exit code 2."""


class CocosynthError(Exception):
    """What the user can mend; its text says who, which rule, which value, and the way out."""


class UnusableError(CocosynthError):
    """One record or file that cannot be used; `reason` is the short name it is counted under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
