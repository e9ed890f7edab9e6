"""The test manifest: the fixed, hashed list of episodes that every method is tested on."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from d2st.data.video import Video
from d2st.episodes.protocol import Protocol
from d2st.episodes.sampling import Pool
from d2st.errors import UserError


@dataclass(frozen=True, eq=False)
class Manifest:
    """Which videos form which episode.

    Attributes:
        videos: ids of all videos of the split, sorted.
        labels: their class indices.
        classes: class names by class index.
        protocol: way, shots, queries per class, number of episodes, seed, disjoint groups or not.
        support: (e w k) indices into ``videos``; axis w is the episode's label, classes in drawn order.
        query: (e w q) indices into ``videos``.
    """

    videos: tuple[str, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    protocol: Protocol
    support: NDArray[np.int32]
    query: NDArray[np.int32]

    @classmethod
    def draw(cls, videos: Sequence[Video], protocol: Protocol) -> "Manifest":
        """Draw all episodes from ``protocol.seed``.

        Raises:
            UserError: too few classes, too few videos in a class, or too few groups.
        """
        ordered = sorted(videos, key=lambda video: video.id)
        names = {video.label: video.class_name for video in ordered}
        classes = tuple(names.get(label, "") for label in range(max(names, default=-1) + 1))
        labels = tuple(video.label for video in ordered)
        rng = np.random.Generator(np.random.PCG64(protocol.seed))
        pool = Pool(labels, classes, [video.group for video in ordered])
        support, query = pool.draw(rng, protocol, protocol.episodes)
        return cls(
            tuple(video.id for video in ordered),
            labels,
            classes,
            protocol,
            support.astype(np.int32),
            query.astype(np.int32),
        )

    @cached_property
    def hash(self) -> str:
        """sha256 (hex) of everything above: equal exactly where episodes, videos and labels are equal."""
        digest = hashlib.sha256(json.dumps(self._head(), sort_keys=True).encode())
        for indices in (self.support, self.query):
            digest.update(np.ascontiguousarray(indices, dtype="<i4").tobytes())
        return digest.hexdigest()

    @cached_property
    def needed(self) -> NDArray[np.int64]:
        """Sorted indices of the videos that occur in some episode."""
        return np.unique(np.concatenate([self.support.ravel(), self.query.ravel()])).astype(np.int64)

    def save(self, path: str | Path) -> None:
        """Write as JSON, atomically."""
        content = {
            "hash": self.hash,
            **self._head(),
            "support": self.support.tolist(),
            "query": self.query.tolist(),
        }
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
        os.replace(partial, path)

    @classmethod
    def load(cls, path: str | Path) -> "Manifest":
        """Read what :meth:`save` wrote.

        Raises:
            UserError: no such file, not a manifest, or content that does not match its hash.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            manifest = cls(
                tuple(content["videos"]),
                tuple(content["labels"]),
                tuple(content["classes"]),
                Protocol(**content["protocol"]),
                np.asarray(content["support"], dtype=np.int32),
                np.asarray(content["query"], dtype=np.int32),
            )
            stored = content["hash"]
        except FileNotFoundError:
            raise UserError(f"no episode manifest '{path}'") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"'{path}' is not an episode manifest ({type(error).__name__}: {error})"
            ) from None
        if manifest.hash != stored:
            raise UserError(f"the episode manifest '{path}' was changed: its content does not match its hash")
        return manifest

    def _head(self) -> dict:
        protocol = asdict(self.protocol)
        if not self.protocol.group_disjoint:
            del protocol["group_disjoint"]  # manifests from before there was a choice keep their hash
        return {
            "videos": list(self.videos),
            "labels": list(self.labels),
            "classes": list(self.classes),
            "protocol": protocol,
        }
