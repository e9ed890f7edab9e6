"""Invented test sets whose true accuracy is known: classes, videos, and a matcher that is right or wrong."""

import numpy as np
from numpy.typing import NDArray

from d2st.episodes import Pool, Protocol


class World:
    """Class centres in ``d`` dimensions, videos scattered about them, classes and videos of different difficulty.

    Two methods see the same videos through noise of their own, as correlated as two networks are.
    """

    def __init__(self, draw: np.random.Generator, classes: int, scatter: float, d: int = 12) -> None:
        self.centres = draw.normal(size=(classes, 1, d))
        self.scatter = scatter * np.exp(0.4 * draw.normal(size=(classes, 1, 1)))

    def videos(self, draw: np.random.Generator, each: int, noise: tuple[float, ...] = (0.0,)) -> NDArray:
        """Features (m v d) of ``each`` new videos a class, as each of m methods sees them."""
        shape = (len(self.centres), each, self.centres.shape[-1])
        x = self.centres + self.scatter * np.exp(0.4 * draw.normal(size=(*shape[:2], 1))) * draw.normal(
            size=shape
        )
        return np.stack([x + n * draw.normal(size=shape) for n in noise]).reshape(len(noise), -1, shape[-1])


def episodes(
    draw: np.random.Generator, classes: int, each: int, number: int, shot: int
) -> tuple[NDArray, NDArray]:
    """Support (e w k) and query (e w) of 5-way episodes, drawn as the benchmark draws them."""
    pool = Pool(np.repeat(np.arange(classes), each))
    support, query = pool.draw(draw, Protocol(shot=shot, episodes=number), number)
    return support, query[..., 0]


def correct(x: NDArray, support: NDArray, query: NDArray) -> NDArray:
    """Whether the nearest prototype by cosine is that of the query's class: (e w)."""
    prototypes = x[support].mean(2)
    prototypes /= np.linalg.norm(prototypes, axis=-1, keepdims=True)
    return (x[query] @ prototypes.swapaxes(1, 2)).argmax(-1) == np.arange(support.shape[1])


def columns(support: NDArray, query: NDArray, each: int) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Episode, class, query video (r) and support videos (r s) of each row."""
    number, way = query.shape
    rows = np.repeat(np.arange(number), way)
    return rows, (query // each).reshape(-1), query.reshape(-1), support.reshape(number, -1)[rows]
