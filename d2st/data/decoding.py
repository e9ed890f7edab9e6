"""A video's frames by decord, or by PyAV where decord cannot read it: the same frames at the same indices either way.

What ``check_data.py`` recorded of a file decides: its number of frames and its decoder. Of a file without a record decord says
both, except for AVI (HMDB51, UCF101): decord finds frames there by seeking and may return their neighbours, so PyAV reads it.
decord fails on some clips of Something-Something v2 that are whole (VP9, "Invalid NAL unit size").
"""

from typing import Any

import numpy as np
from mmaction.datasets.transforms import DecordInit
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from d2st.data.kept_frames import FRAMES, KEPT, VIDEO_BYTES, KeptVideo
from d2st.data.second_decoder import PyAVReader
from d2st.errors import UserError


@TRANSFORMS.register_module()
class VideoInit(DecordInit):
    """Open ``filename``; adds ``video_reader``, ``total_frames`` and ``avg_fps``.

    ``recorded_frames`` and ``decoder`` in the results are what the record says, if there is one.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Raises UserError for a broken file, FileNotFoundError for none."""
        path, recorded = results["filename"], results.get("recorded_frames")
        kept = KEPT.find(path)
        if kept is not None:
            results.update(video_reader=kept, total_frames=len(kept), avg_fps=kept.rate)
            return results
        decoder = results.get("decoder") or ("pyav" if path.lower().endswith(".avi") else "decord")
        if decoder == "decord" and _opened(super().transform, results, recorded):
            return results
        reader = PyAVReader(path, recorded)
        results.update(video_reader=reader, total_frames=len(reader), avg_fps=reader.rate)
        return results


def _opened(init: Any, results: dict[str, Any], recorded: int | None) -> bool:
    """Whether decord opened it, and counts as many frames as are on record."""
    try:
        init(results)
    except FileNotFoundError:
        raise
    except Exception:  # decord's own error is no RuntimeError
        return False
    if recorded in (None, results["total_frames"]):
        return True
    del results["video_reader"]  # an exception must not keep it alive: it has threads
    return False


@TRANSFORMS.register_module()
class VideoDecode(BaseTransform):
    """Read the frames ``frame_inds`` (t) as RGB; adds ``imgs``, ``original_shape`` and ``img_shape``."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Raises UserError for a broken file."""
        indices = np.asarray(results["frame_inds"]).ravel().tolist()
        reader = results.pop("video_reader")
        if isinstance(reader, PyAVReader | KeptVideo):
            images = reader.get(indices)
        else:
            images = _whole(reader, indices, results) or _by_decord(reader, indices)
            del reader
            if not images:
                images = _second(results, indices)
        shape = images[0].shape[:2]
        results.update(imgs=images, original_shape=shape, img_shape=shape)
        return results


def _whole(reader: Any, indices: list[int], results: dict[str, Any]) -> list[np.ndarray]:
    """The frames of a short video, all of which are read at once and kept if they are small; none of any other."""
    total = results["total_frames"]
    frames = _by_decord(reader, list(range(total))) if total <= FRAMES else []
    if frames and total * frames[0].nbytes <= VIDEO_BYTES:
        KEPT.keep(results["filename"], np.stack(frames), results["avg_fps"])
    return [frames[index] for index in indices] if frames else []


def _by_decord(reader: Any, indices: list[int]) -> list[np.ndarray]:
    """Its frames; none where it fails, so that no exception keeps decord's reader and its threads alive."""
    try:
        return list(reader.get_batch(indices).asnumpy())
    except Exception:
        return []


def _second(results: dict[str, Any], indices: list[int]) -> list[np.ndarray]:
    path, total = results["filename"], results["total_frames"]
    reader = PyAVReader(path, results.get("recorded_frames"))
    if len(reader) != total:
        raise UserError(
            f"cannot read the video '{path}': decord fails in it and counts {total} frames, PyAV {len(reader)}; "
            "it is broken: replace or remove it"
        )
    return reader.get(indices)
