"""Draw episodes: classes without replacement, then disjoint query and support videos without replacement.

Everything comes from ``Generator(PCG64(seed)).random()`` alone. Queries are drawn before the support, so
protocols that differ only in their shots share classes, queries and the first shots, and with ``group_disjoint`` classes and
queries stay as they are without.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from d2st.episodes.disjoint import draw_support, left_at_worst
from d2st.episodes.protocol import Protocol
from d2st.errors import UserError

Ints = NDArray[np.int64]


class Pool:
    """Videos grouped by class: label ``c`` owns ``order[start[c] : start[c] + count[c]]``.

    Args:
        labels: class index of every video, 0 to C-1.
        classes: names of the classes, for messages.
        groups: the longer video that each was cut from, None where not known; only ``group_disjoint`` asks for it.
    """

    def __init__(
        self,
        labels: Sequence[int] | Ints,
        classes: Sequence[str] | None = None,
        groups: Sequence[str | None] | None = None,
    ):
        array = np.asarray(labels, dtype=np.int64)
        self.order: Ints = np.argsort(array, kind="stable")
        self.count: Ints = np.bincount(array)
        self.start: Ints = np.cumsum(self.count) - self.count
        self.classes = (
            list(classes) if classes is not None else [f"class {c}" for c in range(len(self.count))]
        )
        self.groups: Ints | None = None
        if groups is not None and None not in groups:
            self.groups = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1].astype(np.int64)

    def check(self, protocol: Protocol) -> None:
        """UserError where the protocol asks for more classes, or more videos of a class, than there are."""
        if protocol.way > len(self.count):
            raise UserError(
                f"a {protocol.way}-way episode needs {protocol.way} classes, and there are {len(self.count)}"
            )
        needed = protocol.shot + protocol.queries
        least = int(np.argmin(self.count))
        if self.count[least] < needed:
            raise UserError(
                f"an episode needs {needed} videos a class ({protocol.shot} shot, {protocol.queries} query), "
                f"and class '{self.classes[least]}' has {self.count[least]}"
            )
        if protocol.group_disjoint:
            self._check_groups(protocol)

    def _check_groups(self, protocol: Protocol) -> None:
        if self.groups is None:
            raise UserError(
                "group_disjoint asks from which longer video each clip was cut, and these data do not say: "
                "hmdb51 and ucf101 do, once benchmark/prepare_data.py prepared them"
            )
        for label, name in enumerate(self.classes):
            own = self.groups[self._members(label)]
            left = left_at_worst(own, protocol.queries)
            if left < protocol.shot:
                raise UserError(
                    f"group_disjoint: class '{name}' has too few groups ({len(set(own.tolist()))}): when its largest hold the "
                    f"{protocol.queries} query videos, {left} videos are left for {protocol.shot} shots"
                )

    def _members(self, label: int) -> Ints:
        return self.order[self.start[label] : self.start[label] + self.count[label]]

    def classes_of(self, rng: np.random.Generator, protocol: Protocol, episodes: int) -> Ints:
        """Distinct classes (e w) of each episode, in drawn order."""
        self.check(protocol)
        return _distinct(rng, np.full(episodes, len(self.count)), protocol.way)

    def draw(self, rng: np.random.Generator, protocol: Protocol, episodes: int) -> tuple[Ints, Ints]:
        """Support (e w k) and query (e w q): indices into ``labels``; classes in drawn order."""
        return self.videos_of(rng, protocol, self.classes_of(rng, protocol, episodes))

    def videos_of(self, rng: np.random.Generator, protocol: Protocol, classes: Ints) -> tuple[Ints, Ints]:
        """Support (e w k) and query (e w q) of the given ``classes`` (e w)."""
        if protocol.group_disjoint and self.groups is not None:
            places = _distinct(rng, self.count[classes], protocol.queries)
            query = self.order[self.start[classes][..., None] + places]
            members = np.full((len(self.count), self.count.max()), -1, dtype=np.int64)
            for label in range(len(members)):
                members[label, : self.count[label]] = self._members(label)
            return draw_support(rng, members, self.groups, classes, query, protocol.shot, self.classes), query
        places = _distinct(rng, self.count[classes], protocol.queries + protocol.shot)
        videos = self.order[self.start[classes][..., None] + places]
        return videos[..., protocol.queries :], videos[..., : protocol.queries]


def training_episode(
    labels: Sequence[int] | Ints | Pool, protocol: Protocol, index: int, attempt: int = 0
) -> tuple[Ints, Ints]:
    """Training episode ``index``: support (w k) and query (w q), from (labels, seed, index) alone.

    Any number of workers, ranks or a resume therefore sees the same list of episodes. Pass a :class:`Pool` to
    spare the grouping on every call. A later ``attempt`` has the same classes with other videos.

    Raises:
        UserError: too few classes, or too few videos in a class.
    """
    pool = labels if isinstance(labels, Pool) else Pool(labels)
    rng = np.random.Generator(np.random.PCG64([protocol.seed, index]))
    classes = pool.classes_of(rng, protocol, episodes=1)
    if attempt:
        rng = np.random.Generator(np.random.PCG64([protocol.seed, index, attempt]))
    support, query = pool.videos_of(rng, protocol, classes)
    return support[0], query[0]


def _distinct(rng: np.random.Generator, sizes: Ints, picks: int) -> Ints:
    """Distinct whole numbers below each of ``sizes``, uniform, in random order: (...) -> (... picks)."""
    chosen = np.empty((*sizes.shape, picks), dtype=np.int64)
    for j in range(picks):
        left = sizes - j
        rank = np.minimum((rng.random(sizes.shape) * left).astype(np.int64), left - 1)
        for taken in np.moveaxis(np.sort(chosen[..., :j], axis=-1), -1, 0):
            rank += rank >= taken  # the rank-th number that is still free
        chosen[..., j] = rank
    return chosen
