"""The one error that is the user's to mend: a sentence that says what is wrong, where, and what to do."""

from collections.abc import Iterable


class UserError(ValueError):
    """Bad input. Command lines print its sentence and exit with code 2; it never needs a traceback."""


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that no registry knows: ``unknown("head", "botm", heads())``."""
    return UserError(f"unknown {kind} '{name}'; known: {', '.join(sorted(known))}")
