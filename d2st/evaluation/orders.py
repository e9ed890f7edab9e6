"""Test clips with their frames in another order: what a model loses by it is what it had from time.

*shuffled*: every clip has a permutation of its own, in the support and among the queries, so that order is destroyed
everywhere. *reversed*: the queries alone run backwards; with the support reversed too, the problem would be as it was.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from d2st.errors import UserError

IN_ORDER, SHUFFLED, REVERSED = "in order", "shuffled", "reversed"
ORDERS = (SHUFFLED, REVERSED)
STREAM = 0x0DE5  # keeps these draws apart from others that start from the same seed


def checked(orders: Sequence[str]) -> list[str]:
    """``orders`` as a list, each once and in the order of :data:`ORDERS`.

    Raises:
        UserError: an order that is unknown.
    """
    for order in orders:
        if order not in ORDERS:
            raise UserError(
                f"test_orders: unknown order of frames '{order}'; known: {', '.join(ORDERS)}, or none at all"
            )
    return [order for order in ORDERS if order in orders]


def permutation(order: str, frames: int, seed: int, video: int) -> NDArray[np.int64]:
    """Which frame stands at each place of the clip: (t).

    A function of its arguments alone, and never the identity.

    Args:
        order: one of :data:`ORDERS`.
        frames: t, at least 2; one frame has no other order, so nothing is measured then.
        seed, video: of a shuffled clip: the seed of the test episodes and the video's index in its split.

    Raises:
        ValueError: fewer than two frames.
    """
    if frames < 2:
        raise ValueError(f"a clip of {frames} frame has no other order")
    places = np.arange(frames)
    if order == REVERSED:
        return places[::-1].copy()
    rng = np.random.Generator(np.random.PCG64([STREAM, seed, video]))
    drawn = places
    while (drawn == places).all():
        drawn = rng.permutation(frames)
    return drawn
