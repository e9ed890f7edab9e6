"""The one error that is the user's to mend: a sentence that says what is wrong, where, and what to do."""

from collections.abc import Iterable


class UserError(ValueError):
    """Bad input. Command lines print its sentence and exit with code 2; it never needs a traceback.

    Raised in a DataLoader worker, it arrives as a new one whose text is the worker's whole traceback: only the
    sentence at its end is kept.
    """

    def __init__(self, sentence: str):
        super().__init__(sentence.rsplit("UserError: ", 1)[-1].strip())


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that no registry knows: ``unknown("head", "botm", heads())``."""
    return UserError(f"unknown {kind} '{name}'; known: {', '.join(sorted(known))}")
