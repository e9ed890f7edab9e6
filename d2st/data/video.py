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
    """

    id: str
    path: str
    label: int
    class_name: str
