"""Support videos that share no group (the longer video that clips were cut from) with any query of their episode."""

import numpy as np
from numpy.typing import NDArray

from d2st.errors import UserError

Ints = NDArray[np.int64]
AT_ONCE = 256  # episodes, so that the table of candidates stays small


def left_at_worst(groups: Ints, queries: int) -> int:
    """Videos of a class that are left when its ``queries`` largest groups are taken; ``groups``: group of each video."""
    return len(groups) - int(np.sort(np.bincount(groups))[::-1][:queries].sum())


def draw_support(
    rng: np.random.Generator,
    members: Ints,
    groups: Ints,
    classes: Ints,
    query: Ints,
    shot: int,
    names: list[str],
) -> Ints:
    """Support (e w k), uniform over what the queries' groups leave of each class, from ``rng.random()`` alone.

    Args:
        members: (c m) videos of each class, -1 behind the last.
        groups: group of each video.
        classes: (e w) of the episodes.
        query: (e w q) videos.
        names: of the classes, for messages.

    Raises:
        UserError: too few videos are left of a class.
    """
    drawn = []
    for start in range(0, len(classes), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        candidates = members[classes[part]]  # e w m
        taken = groups[query[part]].reshape(len(candidates), 1, 1, -1)
        free = (candidates >= 0) & ~(groups[candidates][..., None] == taken).any(-1)
        short = np.argwhere(free.sum(-1) < shot)
        if len(short):
            episode, place = short[0]
            raise UserError(
                f"group_disjoint: beside the queries of episode {start + episode}, class "
                f"'{names[classes[part][episode, place]]}' has {free[episode, place].sum()} videos of other groups, and "
                f"{shot} are needed: ask for fewer shots or queries"
            )
        key = np.where(free, rng.random(candidates.shape), np.inf)
        best = np.argsort(key, axis=-1, kind="stable")[..., :shot]
        drawn.append(np.take_along_axis(candidates, best, axis=-1))
    return np.concatenate(drawn)
