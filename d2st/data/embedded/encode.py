"""Frames to a video file without loss: H.264 in RGB, so that any reader gives back exactly what was drawn."""

from os import PathLike

import av
import numpy as np

RATE = 12  # frames a second


def write_video(path: str | PathLike, frames: np.ndarray) -> None:
    """Writes ``frames`` (t h w c) uint8 RGB. Same frames and encoder version: same bytes."""
    height, width = frames.shape[1:3]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264rgb", rate=RATE, options={"crf": "0", "preset": "ultrafast", "tune": "zerolatency"}
        )
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = width, height, "rgb24", 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
