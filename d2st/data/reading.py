"""Run one video through its transforms: reproducibly, and with one clear sentence where it cannot be read."""

import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmengine.fileio import get_file_backend

from d2st.data import decoding as _decoding  # noqa: F401  (registers)
from d2st.data import transforms as _transforms  # noqa: F401  (registers)
from d2st.data.video import Video
from d2st.errors import UserError


@contextmanager
def seeded(*key: int) -> Iterator[None]:
    """Python's, numpy's and torch's CPU generators follow from ``key`` within, and are as before after."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    seed = int(np.random.SeedSequence(key).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed would touch the GPU's generators too
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


class Reader:
    """A pipeline of MMAction2 transforms that turns a :class:`Video` into ``{inputs, data_samples}``."""

    def __init__(self, pipeline: Sequence[Mapping[str, Any]]):
        with seeded(0):  # ColorJitter draws the order of its steps when it is built
            self.transforms = [TRANSFORMS.build(dict(transform)) for transform in pipeline]
        for transform in self.transforms:
            if (
                getattr(transform, "io_backend", None) == "disk"
            ):  # else it warns, in every worker, of its own habits
                transform.file_client = get_file_backend(backend_args={"backend": "local"})

    def __call__(self, video: Video, **metainfo: Any) -> dict[str, Any]:
        """The packed clip; ``gt_label`` is the video's label, its id and ``metainfo`` go into the metainfo.

        Raises:
            UserError: the video is missing, or cannot be decoded.
        """
        results: dict[str, Any] = {
            "filename": video.path,
            "label": video.label,
            "start_index": 0,
            "modality": "RGB",
            "decoder": video.decoder,
            "recorded_frames": video.frames,
        }
        for transform in self.transforms:
            decoded = "imgs" in results or "inputs" in results
            results = transform(results) if decoded else _decode(transform, results)
        results["data_samples"].set_metainfo({"video_id": video.id, **metainfo})
        return results


def _decode(transform: Any, results: dict[str, Any]) -> dict[str, Any]:
    path, failure = results["filename"], None
    try:
        with _silent_stderr():
            results = transform(results)
    except UserError:
        raise
    except FileNotFoundError:
        failure = f"no video '{path}': put it back, or remove it from the dataset"
    except Exception as error:  # decord's own error is no RuntimeError
        failure = (
            f"cannot read the video '{path}' ({type(error).__name__}): it is broken, or of a format that "
            "neither decord nor PyAV knows; replace or remove it"
        )
    if failure is None and "total_frames" in results:
        total, recorded = results["total_frames"], results.get("recorded_frames")
        if total == 0:
            failure = f"the video '{path}' has no frames: replace or remove it"
        elif recorded not in (None, total):
            failure = (
                f"the video '{path}' has {total} frames, and {recorded} are on record: it changed since it was "
                "prepared; prepare or check the data again"
            )
    if failure is not None:
        # Raised out here and without the reader: a decord reader that an exception keeps alive has threads,
        # and a
        # process that is forked meanwhile dies of them.
        results.pop("video_reader", None)
        raise UserError(failure)
    return results


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Hide what decord and FFmpeg write there about a broken file, its content included."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
