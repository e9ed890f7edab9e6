"""Which frames of a video the official D2ST code takes.

Source: ``base_dataset.py``, lines 482 to 505, at 44387fae. Its ``SAMPLING_RATE`` chooses a branch: 50 for SSv2, HMDB51 and UCF101
means segments, 35 for Kinetics means frames at an interval in a window.
"""

from typing import Any, Literal

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from d2st.errors import UserError

INTERVAL = 35  # frames at TARGET_RATE
TARGET_RATE = 12  # frames a second

Branch = Literal["segments", "interval"]


@TRANSFORMS.register_module()
class OfficialSample(BaseTransform):
    """The official choice of ``frames`` frames.

    ``segments``: one frame of each of ``frames`` segments of ``length // frames`` frames; the ``length % frames`` frames behind
    them are never seen. Random in the segment, in the official code at test too; without ``random`` its middle.

    ``interval``: evenly spaced from the start of a window of ``frames * 35 * rate / 12`` frames to 35 frames before its end,
    rounded down; the window is cut to ``(length // frames) * frames`` where it is longer than the video (every clip of
    Kinetics' ten seconds). It starts at random, or without ``random`` so that it lies in the middle. Videos of fewer than
    36 frames, which Kinetics hardly has, thus come out backwards.

    Args:
        frames: frames a clip.
        branch: ``segments`` or ``interval``.
        random: draw from numpy's global generator; else the middle.
    """

    def __init__(self, frames: int, branch: Branch = "segments", random: bool = False) -> None:
        if branch not in ("segments", "interval"):
            raise UserError(f"unknown branch '{branch}' of OfficialSample; known: segments, interval")
        self.frames, self.branch, self.random = frames, branch, random

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Adds ``frame_inds`` (t), ``clip_len`` and ``num_clips``; UserError where the video has fewer frames than a clip."""
        total = int(results["total_frames"])
        if total < self.frames:
            raise UserError(
                f"the video '{results.get('filename')}' has {total} frames, and the official choice of frames takes "
                f"{self.frames} different ones: remove it, or take the protocol's switch frames=even"
            )
        chosen = self._segments(total) if self.branch == "segments" else self._interval(total, results)
        results.update(frame_inds=chosen + results["start_index"], clip_len=self.frames, num_clips=1)
        return results

    def _segments(self, total: int) -> np.ndarray:
        length = total // self.frames
        starts = np.arange(self.frames) * length
        return starts + (np.random.randint(length, size=self.frames) if self.random else length // 2)

    def _interval(self, total: int, results: dict[str, Any]) -> np.ndarray:
        whole = (total // self.frames) * self.frames
        rate = results.get("avg_fps")  # a folder of frames has none: its window is the whole video
        window = self.frames * INTERVAL * rate / TARGET_RATE if rate else np.inf
        window = whole if window > total else window
        last = max(total - window + 1, 0)
        start = np.random.uniform(0, last) if self.random else last / 2
        spaced = np.linspace(start, start + window - INTERVAL, self.frames)
        return np.clip(spaced, 0, total - 1).astype(np.int64)
