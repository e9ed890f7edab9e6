"""PyAV reads what decord cannot, frame for frame at the same indices.

Frame i is the i-th picture that the video stream decodes to, in the order of showing. Time stamps play no part: a clip of
variable frame rate has as many frames as pictures (OpenCV would estimate the number from duration and rate). Frames are decoded
from the start of the file, as seeking is what goes wrong in files like AVI with B-frames, where decord returns neighbours.
"""

from collections.abc import Generator, Sequence
from contextlib import closing

import av
import numpy as np

from d2st.errors import UserError


def pictures(path: str) -> Generator[av.VideoFrame, None, None]:
    """Every frame of the first video stream, in one thread; raises what PyAV raises."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        yield from container.decode(stream)


class PyAVReader:
    """The frames of a file.

    Args:
        path: the file.
        frames: number of frames, where that is on record; else they are counted, and a file that holds fewer than its header
            promises is refused.
    """

    def __init__(self, path: str, frames: int | None = None) -> None:
        self.path = path
        with av.open(path) as container:
            stream = container.streams.video[0]
            self.rate = float(stream.average_rate or 0)
            promised = stream.frames
        if frames is None:
            with closing(pictures(path)) as all_pictures:
                frames = sum(1 for _ in all_pictures)
            if frames < promised:
                raise UserError(
                    f"the video '{path}' breaks off or is damaged: {frames} of its {promised} frames can be read"
                )
        self.frames = frames

    def __len__(self) -> int:
        return self.frames

    def get(self, indices: Sequence[int]) -> list[np.ndarray]:
        """The frames at ``indices``, in that order: (h w c) uint8 RGB, all of the first one's size.

        Raises:
            UserError: the file has no such frame.
        """
        wanted, found = set(indices), {}
        width = height = None
        with closing(pictures(self.path)) as all_pictures:
            for number, picture in enumerate(all_pictures):
                if number == 0:
                    width, height = picture.width, picture.height
                if number in wanted:
                    found[number] = picture.to_ndarray(format="rgb24", width=width, height=height)
                    if len(found) == len(wanted):
                        break
        if len(found) < len(wanted):
            raise UserError(
                f"the video '{self.path}' has no frame {min(wanted - set(found))}, though it should have {self.frames}: "
                "it changed or is broken; replace it, or run benchmark/check_data.py again"
            )
        return [found[index].copy() for index in indices]
