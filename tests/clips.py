"""Videos whose pictures say their number: six stripes, one a bit.

VP9 is written by a process of its own (``python tests/clips.py PATH FRAMES ...``): once decord is loaded, its libvpx gets in the
way of PyAV's.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

UNEVEN = (20, 50, 200, 33)  # milliseconds between frames, in turn


def picture(number: int) -> np.ndarray:
    image = np.full((32, 96, 3), 30, np.uint8)
    for bit in range(6):
        if number >> bit & 1:
            image[:, bit * 16 : (bit + 1) * 16] = 220
    return image


def number_of(image: np.ndarray) -> int:
    light = np.asarray(image, float).mean((0, 2)).reshape(6, -1)[:, 4:12].mean(1)
    return int(sum((light > 125) << np.arange(6)))


def write_clip(path: Path, frames: int, codec: str = "libx264", uneven: bool = False, **options: str) -> Path:
    """``uneven``: a variable frame rate."""
    if codec == "libvpx-vp9" and __name__ != "__main__":
        arguments = [str(path), frames, codec, {"uneven": uneven, **options}]
        subprocess.run([sys.executable, __file__, json.dumps(arguments)], check=True)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    muxing = {key: options.pop(key) for key in ("movflags",) if key in options}
    with av.open(str(path), "w", container_options=muxing) as container:
        stream = container.add_stream(codec, rate=12, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 32, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000) if uneven else Fraction(1, 12)
        time = 0
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            if uneven:
                frame.pts, frame.time_base = time, Fraction(1, 1000)
                time += UNEVEN[number % len(UNEVEN)]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


#: containers and codecs that users have, each with what goes wrong in it
KINDS: dict[str, tuple[str, dict]] = {
    "b_frames.mp4": ("libx264", {"bf": "3", "g": "12"}),
    "uneven.mp4": ("libx264", {"bf": "3", "g": "12", "uneven": True}),
    "uneven.webm": ("libvpx-vp9", {"uneven": True, "deadline": "realtime", "cpu-used": "8"}),
    "b_frames.avi": ("mpeg4", {"bf": "2"}),
}


def write_kind(folder: Path, kind: str, frames: int = 40) -> Path:
    codec, options = KINDS[kind]
    return write_clip(folder / kind, frames, codec, **options)


def numbers(images: Sequence[np.ndarray]) -> list[int]:
    return [number_of(image) for image in images]


if __name__ == "__main__":
    where, count, name, more = json.loads(sys.argv[1])
    write_clip(Path(where), count, name, **more)
