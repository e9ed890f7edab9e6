"""The few-shot protocol: how many classes, shots, queries and episodes, and from which seed."""

from dataclasses import dataclass, fields

from d2st.errors import UserError


@dataclass(frozen=True)
class Protocol:
    """``way`` classes with ``shot`` support and ``queries`` query videos *per class*, ``episodes`` times.

    Few-shot action recognition reports 5-way 1- and 5-shot over 10,000 test episodes (D2ST's code: one query
    per class). With ``group_disjoint`` no support video of an episode was cut from the same longer video as one of its queries
    (HMDB51 and UCF101 cut many clips from one; the literature's protocol does not mind).

    Raises:
        UserError: a number that is not a positive whole one, a negative seed, or ``group_disjoint`` that is no bool.
    """

    way: int = 5
    shot: int = 1
    queries: int = 1
    episodes: int = 10000
    seed: int = 0
    group_disjoint: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.group_disjoint, bool):
            raise UserError(
                f"the protocol's group_disjoint has to be True or False, not {self.group_disjoint!r}"
            )
        for field in fields(self)[:-1]:
            value, least = getattr(self, field.name), 0 if field.name == "seed" else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise UserError(
                    f"the protocol's {field.name} has to be a whole number of at least {least}, not {value!r}"
                )

    @property
    def name(self) -> str:
        """For example ``5way1shot``."""
        return f"{self.way}way{self.shot}shot"
