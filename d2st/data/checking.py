"""Read one video to its end and say what is wrong with it; imports nothing heavy, as it runs in many processes.

Broken is: no video, a picture that does not decode, a hole of zeros (as broken downloads leave), a stream that ends before its
header or its duration says. decord is trusted with a file where it counts the frames that PyAV decodes, and returns the same
pictures in the middles of eight segments; never with AVI (see :mod:`d2st.data.decoding`).
"""

import os
import re
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import av
import decord
import numpy as np
from PIL import Image

from d2st.data.checked import Seen, Status
from d2st.data.folders import frame_files
from d2st.data.second_decoder import pictures

PROBES = 8
ALIKE = 2.0  # levels of 255, mean over a picture; where both are right they agree to the bit
LEFT_OUT = 0.1  # part of the promised frames that may lack without a word: some headers round up
AVI = "AVI: decord may return neighbouring frames"
LEAST_HOLE = 16  # bytes; what marks a skipped frame is shorter
ENDING = 0.25  # seconds that a container may promise beyond its last packet

Arrays = list[np.ndarray]


class Broken(Exception):
    """The sentence says why; ``frames`` were read."""

    def __init__(self, why: str, frames: int = 0) -> None:
        super().__init__(why)
        self.frames = frames


class Header(NamedTuple):
    """What a file says of itself: frames promised (0: nothing said), video packets, seconds that lack at its end."""

    promised: int
    packets: int
    lacking: float


def check(key: str, path: str, kind: str, least: int, recorded: int | None = None) -> Seen:
    """Read one video. ``kind`` as ``Source.kind``; fewer than ``least`` frames is short; ``recorded`` frames of a folder."""
    size = mtime = 0
    try:
        about = os.stat(path)
        size, mtime = about.st_size, about.st_mtime_ns
        if kind == "frames":
            frames = _check_folder(Path(path), recorded)
            decoder = reason = ""
        elif size == 0:
            raise Broken("the file is empty")
        else:
            frames, decoder, reason = _check_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return Seen(
            key, path, 0, 0, "missing", 0, "", "no such file" if path else "in none of the folders searched"
        )
    except Broken as error:
        return Seen(key, path, size, mtime, "broken", error.frames, "", str(error))
    except OSError as error:
        return Seen(key, path, size, mtime, "broken", 0, "", f"cannot be read: {error.strerror or error}")
    status: Status = "short" if frames < least else "ok"
    if status == "short":
        reason = f"too short: {frames} frames, and a clip takes {least}"
    return Seen(key, path, size, mtime, status, frames, decoder, reason)


def _check_file(path: str) -> tuple[int, str, str]:
    """Frames, decoder, and why not decord."""
    header = _header(path)
    probes = [(2 * i + 1) * header.packets // (2 * PROBES) for i in range(PROBES)] if header.packets else []
    frames, ours = _decode_all(path, probes)
    if frames == 0:
        raise Broken("no picture in it")
    expected = max(header.promised, header.packets)
    if frames < (1 - LEFT_OUT) * expected:
        raise Broken(f"breaks off: {frames} of its {expected} frames are there", frames)
    if header.lacking > 0:
        raise Broken(f"breaks off: {header.lacking:.1f} s lack at its end", frames)
    objection = _objection(path, frames, probes, ours)
    if objection.startswith("decord fails") and frames < header.promised:
        raise Broken(f"damaged: {frames} of its {header.promised} frames are there, and {objection}", frames)
    if path.lower().endswith(".avi"):
        objection = objection or AVI
    return frames, "pyav" if objection else "decord", objection


def _header(path: str) -> Header:
    """Reads every packet, and decodes none."""
    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise Broken("no video stream in it")
            stream = container.streams.video[0]
            times: dict[int, list[float]] = {}
            packets = 0
            end = 0.0
            for packet in container.demux():
                if packet.size and packet.pts is not None and packet.time_base is not None:
                    time = float(packet.pts * packet.time_base)
                    times.setdefault(packet.stream_index, []).append(time)
                    end = max(end, time + float((packet.duration or 0) * packet.time_base))
                if packet.stream_index == stream.index and packet.size:
                    packets += 1
                    if packet.size > LEAST_HOLE and not any(bytes(packet)):
                        raise Broken(
                            f"a hole in the file: frame {packets - 1} of the stream is nothing but zeros"
                        )
            start, length = (
                (container.start_time or 0) / av.time_base,
                (container.duration or 0) / av.time_base,
            )
            gaps = [float(np.diff(np.sort(several)).max()) for several in times.values() if len(several) > 1]
            allowed = max([ENDING, *(2 * gap for gap in gaps)])
            lacking = start + length - end if times else 0.0
            return Header(stream.frames, packets, lacking if lacking > allowed else 0.0)
    except av.FFmpegError as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise Broken(f"no video, or its header is damaged ({type(error).__name__})") from None


def _decode_all(path: str, probes: list[int]) -> tuple[int, Arrays]:
    """Number of frames, and the pictures at ``probes``."""
    wanted, kept, count = set(probes), {}, 0
    try:
        with closing(pictures(path)) as stream:
            for picture in stream:
                if count in wanted:
                    kept[count] = picture.to_ndarray(format="rgb24")
                count += 1
    except av.FFmpegError as error:
        raise Broken(
            f"damaged: does not decode after frame {count} ({type(error).__name__})", count
        ) from None
    return count, [kept[i] for i in probes if i in kept]


def _objection(path: str, frames: int, probes: list[int], ours: Arrays) -> str:
    """Why decord is not to be trusted with the file; empty where it is."""
    try:
        reader = decord.VideoReader(path, num_threads=1)
        if len(reader) != frames:
            return f"decord counts {len(reader)} frames, PyAV decodes {frames}"
        theirs = list(reader.get_batch(probes).asnumpy())
    except Exception as error:  # decord's own error is no RuntimeError
        return f"decord fails ({type(error).__name__})"
    alike = [
        a.shape == b.shape and np.abs(a.astype(np.int16) - b).mean() <= ALIKE for a, b in zip(ours, theirs)
    ]
    return "" if len(ours) == len(theirs) and all(alike) else "decord returns other pictures"


def _check_folder(folder: Path, recorded: int | None) -> int:
    """Frames of a folder; each is decoded, and none may lack between the first and the last."""
    files = list(frame_files(folder))
    if not files:
        raise Broken("no *.jpg in it")
    for file in files:
        try:
            with Image.open(file.path) as image:
                image.load()
        except (OSError, SyntaxError) as error:
            raise Broken(
                f"the frame '{file.name}' does not decode ({type(error).__name__})", len(files)
            ) from None
    numbers = [
        int(digits[-1]) for file in files if (digits := re.findall(r"\d+", os.path.splitext(file.name)[0]))
    ]
    if len(numbers) == len(files):
        if len(set(numbers)) < len(numbers):
            raise Broken("two series of frames in one folder", len(files))
        gone = sorted(set(range(min(numbers), max(numbers) + 1)) - set(numbers))
        if gone:
            raise Broken(
                f"frame {gone[0]} lacks between frames {min(numbers)} and {max(numbers)}", len(files)
            )
    if recorded is not None and len(files) != recorded:
        raise Broken(f"{len(files)} frames, and {recorded} when it was prepared: prepare again", len(files))
    return len(files)
