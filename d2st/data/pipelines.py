"""How a clip is read and prepared: lists of MMAction2 transforms, as configs hold them.

Frames: the video is cut into equal segments and one frame of each is taken, at random in training and the middle
one at test, so a video's test features do not depend on when it is read; or as the official D2ST code takes them
(:mod:`d2st.data.official_frames`). Sizes: at 224 pixels as the official code, resize to 256x256 whatever the aspect ratio,
then crop; miniatures see the whole frame at test.
"""

from typing import Any

from d2st.data.official_frames import Branch

LEAST_CROPPED = 100  # pixels; below, a border of one eighth is worth more than the habit of cropping it

Transforms = list[dict[str, Any]]


def clip_pipeline(
    kind: str,
    frames: int,
    size: int,
    train: bool,
    query: bool,
    resize: int | None = None,
    flip: float = 0.0,
    jitter: bool = False,
    official: Branch | None = None,
    views: int = 1,
) -> Transforms:
    """The transforms from a file name to packed inputs (1 c t h w), uint8.

    Args:
        kind: ``video`` or ``frames``, as ``Source.kind``.
        frames: frames a clip.
        size: side of the square clip, pixels.
        train: random frame of each segment, random crop.
        query: whether it is a query; only training queries are flipped and jittered, as in the official code.
        resize: side before the crop; default 8/7 of ``size`` (256 for 224), under 100 pixels 9/8 in training
            and no crop at test.
        flip: probability of a horizontal flip; 0 by default, as it changes classes told apart by left and right.
        jitter: change the colours, see :class:`ClipColorJitter`.
        official: branch of :class:`OfficialSample`, or None for segments that cover the whole video.
        views: more than 1: random frames at test too, for as many readings of each video.
    """
    if resize is None:
        resize = _usual_resize(size, train)
    transforms = _reading(kind, _choice(frames, train or views > 1, official))
    if train and query and flip:
        transforms.append({"type": "Flip", "flip_ratio": flip, "direction": "horizontal"})
    transforms.append({"type": "Resize", "scale": (resize, resize), "keep_ratio": False})
    if resize != size:
        crop = {"type": "RandomCrop", "size": size} if train else {"type": "CenterCrop", "crop_size": size}
        transforms.append(crop)
    if train and query and jitter:
        transforms.append({"type": "ClipColorJitter"})
    return [*transforms, {"type": "FormatShape", "input_format": "NCTHW"}, {"type": "PackActionInputs"}]


def _choice(frames: int, random: bool, official: Branch | None) -> dict[str, Any]:
    if official is None:
        return {"type": "SegmentSample", "frames": frames, "random": random}
    return {"type": "OfficialSample", "frames": frames, "branch": official, "random": random}


def _reading(kind: str, sample: dict[str, Any]) -> Transforms:
    if kind == "frames":
        return [{"type": "FrameFolderInit"}, sample, {"type": "FrameFolderDecode"}]
    return [{"type": "VideoInit", "num_threads": 1}, sample, {"type": "VideoDecode"}]


def _usual_resize(size: int, train: bool) -> int:
    if size >= LEAST_CROPPED:
        return round(size * 8 / 7)
    return round(size * 9 / 8) if train else size
