"""Decoded frames of short, small videos, kept in memory: training episodes come back to the same files again and again.

Of the embedded videos decoding would take a sixth of a training step. Real videos are far larger and are never kept.
"""

import os
from collections.abc import Sequence

import numpy as np

#: of a video at most, so that decoding all of it costs hardly more than the few that are asked for
FRAMES = 32
VIDEO_BYTES = 2**20  # of a video's frames at most
ALL_BYTES = 2**29  # of a process at most

Stamp = tuple[int, int]


class KeptVideo:
    """A video whose frames are in memory; reads as a decoder does."""

    def __init__(self, frames: np.ndarray, rate: float, stamp: Stamp) -> None:
        self.frames, self.rate, self.stamp = frames, rate, stamp

    def __len__(self) -> int:
        return len(self.frames)

    def get(self, indices: Sequence[int]) -> list[np.ndarray]:
        """Copies of the frames (h w c) at ``indices``: transforms such as MMAction2's Flip work in place."""
        return list(self.frames[list(indices)])


class KeptFrames:
    """What this process has kept; nothing is thrown out, what comes when it is full is not taken in."""

    def __init__(self, limit: int = ALL_BYTES) -> None:
        self.limit, self.bytes = limit, 0
        self._videos: dict[str, KeptVideo] = {}

    def find(self, path: str) -> KeptVideo | None:
        """The kept video, unless its file is gone or was changed since."""
        video = self._videos.get(path)
        return video if video is not None and _stamp(path) == video.stamp else None

    def keep(self, path: str, frames: np.ndarray, rate: float) -> None:
        """Take in all frames (t h w c) of a small video, if there is room."""
        stamp, old = _stamp(path), self._videos.get(path)
        size = self.bytes + frames.nbytes - (old.frames.nbytes if old is not None else 0)
        if stamp is not None and size <= self.limit:
            self._videos[path], self.bytes = KeptVideo(frames, rate, stamp), size


def _stamp(path: str) -> Stamp | None:
    try:
        told = os.stat(path)
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns


KEPT = KeptFrames()
