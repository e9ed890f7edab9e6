"""The few-shot protocol: how many classes, shots, queries and episodes, and from which seed."""

from dataclasses import dataclass, fields

from d2st.errors import UserError


@dataclass(frozen=True)
class Protocol:
    """``way`` classes with ``shot`` support and ``queries`` query videos *per class*, ``episodes`` times.

    Few-shot action recognition reports 5-way 1- and 5-shot over 10,000 test episodes (D2ST's code: one query
    per class).

    Raises:
        UserError: a number that is not a positive whole one, or a negative seed.
    """

    way: int = 5
    shot: int = 1
    queries: int = 1
    episodes: int = 10000
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, least = getattr(self, field.name), 0 if field.name == "seed" else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise UserError(
                    f"the protocol's {field.name} has to be a whole number of at least {least}, not {value!r}"
                )

    @property
    def name(self) -> str:
        """For example ``5way1shot``."""
        return f"{self.way}way{self.shot}shot"
