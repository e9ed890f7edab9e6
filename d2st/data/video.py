"""One labelled video of a split, and the file names that count as videos and as frames."""

from dataclasses import dataclass

VIDEO_SUFFIXES = (".mp4", ".webm", ".avi", ".mkv", ".mov")
FRAME_SUFFIXES = (".jpg", ".jpeg")


@dataclass(frozen=True)
class Video:
    """A video file, or a folder of frames.

    Attributes:
        id: unique within its split, independent of the machine.
        path: where it lies here.
        label: index of its class within its split.
        class_name: the class in words, where the dataset says it.
        group: the longer video that this one was cut from, where file names say so (HMDB51, UCF101).
        frames: number of frames on record (``check_data.py``, or counted in the folder); None: not counted yet.
        decoder: ``decord`` or ``pyav``, as ``check_data.py`` recorded; None: not checked yet.
    """

    id: str
    path: str
    label: int
    class_name: str
    group: str | None = None
    frames: int | None = None
    decoder: str | None = None
