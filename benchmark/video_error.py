"""The error of an accuracy for other test videos of the same classes.

Sums of episodes are taken as classes (fixed) + an effect of each video as query and one as support (random, and
correlated) + a rest. The four (co)variances are found by the method of moments, as MINQUE(0) (Rao 1971): the squared
sums of each video's residuals, in each role, are equated to their expectations under this design, in which videos meet
again and again; merely summing over pairs of rows that share a video counts them several times.
"""

import numpy as np
from numpy.typing import NDArray

from benchmark.stats import Estimate, Labels, codes_of, estimate_of, held


class Videos:
    """The design of one list of episodes, once for all results on it.

    Args:
        episode, classes, query: (r) the episode, class and video of each row, names or numbers.
        support: (r s) the videos of its episode's support set.
    """

    def __init__(self, episode: Labels, classes: Labels, query: Labels, support: NDArray) -> None:
        support = np.asarray(support)
        self.rows, (self.episode, count) = len(support), codes_of(episode)
        first = np.unique(self.episode, return_index=True)[1]
        names, self.units = codes_of(
            np.concatenate([np.asarray(query).reshape(-1), support[first].reshape(-1)])
        )
        (group, self.groups), shown = codes_of(classes), names[self.rows :].reshape(count, -1)

        self.fixed = held(self.episode, group, count, self.groups)
        self.query = held(self.episode, names[: self.rows], count, self.units)
        self.support = held(np.repeat(np.arange(count), shown.shape[1]), shown.reshape(-1), count, self.units)
        self.inverse = np.linalg.pinv((self.fixed.T @ self.fixed).toarray(), hermitian=True)
        of_query, of_support = ((self.fixed.T @ role).toarray() for role in (self.query, self.support))
        qq = (self.query.T @ self.query).toarray() - of_query.T @ self.inverse @ of_query
        ss = (self.support.T @ self.support).toarray() - of_support.T @ self.inverse @ of_support
        qs = (self.query.T @ self.support).toarray() - of_query.T @ self.inverse @ of_support

        def inner(a: NDArray, b: NDArray) -> float:
            return float(np.vdot(a, b))

        cross = 2 * (inner(qs, qs.T) + inner(ss, qq))
        rest = count - np.linalg.matrix_rank(self.inverse, hermitian=True)
        self.moments = np.array([
            [inner(qq, qq), inner(qs, qs), 2 * inner(qs, qq), np.trace(qq)],
            [inner(qs, qs), inner(ss, ss), 2 * inner(qs, ss), np.trace(ss)],
            [2 * inner(qs, qq), 2 * inner(qs, ss), cross, 2 * np.trace(qs)],
            [np.trace(qq), np.trace(ss), 2 * np.trace(qs), rest],
        ])  # fmt: skip
        q, s = (np.asarray(role.sum(0)).reshape(-1) for role in (self.query, self.support))
        self.weights = np.array([q @ q, s @ s, 2 * q @ s, count])

    def estimate(self, values: Labels) -> Estimate:
        """The mean of ``values`` (r); t on videos - classes; the error is never below that over episodes."""
        values = np.asarray(values, float)
        sums = np.bincount(self.episode, values)
        z = sums - self.fixed @ (self.inverse @ (self.fixed.T @ sums))
        q, s = self.query.T @ z, self.support.T @ z
        found = np.linalg.lstsq(self.moments, np.array([q @ q, s @ s, 2 * q @ s, z @ z]), rcond=1e-10)[0]
        own = float(((sums - sums.mean()) ** 2).sum())
        total = max(float(self.weights @ found), own)
        return estimate_of(values.mean(), total / self.rows**2, self.units, self.units - self.groups)
