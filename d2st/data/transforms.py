"""What MMAction2's transforms lack: even sampling of frames, folders of jpg frames, and the colour changes of D2ST's training.

MMAction2's own ColorJitter overflows under numpy 2 whenever it turns the hue backwards.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torchvision.transforms import functional as colours

from d2st.data.folders import frame_files
from d2st.errors import UserError


@TRANSFORMS.register_module()
class SegmentSample(BaseTransform):
    """One frame of each of ``frames`` equal segments of the video: its middle frame, or a random one.

    MMAction2's ``UniformSample`` rounds its segments at test so that of 8 frames it repeats one and drops the last, and
    treats the two directions of time differently; here 8 of 8 are all, and 8 of 16 are every second. Videos shorter than
    ``frames`` repeat frames in order. ``random`` draws from numpy's global generator.
    """

    def __init__(self, frames: int, random: bool = False) -> None:
        self.frames, self.random = frames, random

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Adds ``frame_inds`` (t), ``clip_len`` and ``num_clips``."""
        total = results["total_frames"]
        edges = np.arange(self.frames + 1) * total // self.frames
        if self.random:
            chosen = np.random.randint(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1))
        else:
            chosen = (2 * np.arange(self.frames) + 1) * total // (2 * self.frames)
        results.update(frame_inds=chosen + results["start_index"], clip_len=self.frames, num_clips=1)
        return results


@TRANSFORMS.register_module()
class FrameFolderInit(BaseTransform):
    """List the frames in the folder ``filename``, by name; adds ``frame_paths`` and ``total_frames``."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Raises UserError where the folder is missing or holds no ``*.jpg``."""
        folder = Path(results["filename"])
        paths = [entry.path for entry in frame_files(folder)] if folder.is_dir() else []
        if not paths:
            raise UserError(f"no *.jpg frames in '{folder}'")
        results.update(frame_paths=paths, total_frames=len(paths), start_index=0)
        return results


@TRANSFORMS.register_module()
class FrameFolderDecode(BaseTransform):
    """Read the frames ``frame_inds`` as RGB; adds ``imgs``, ``original_shape`` and ``img_shape``."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Raises UserError naming a frame that cannot be read."""
        indices = np.asarray(results["frame_inds"]).ravel().tolist()
        images = {i: _read(results["frame_paths"][i]) for i in set(indices)}
        imgs = [images[i].copy() for i in indices]  # a frame may occur twice
        shape = imgs[0].shape[:2]
        results.update(imgs=imgs, original_shape=shape, img_shape=shape)
        return results


def _read(path: str) -> np.ndarray:
    image = cv2.imread(path, cv2.IMREAD_COLOR)
    if image is None:
        raise UserError(f"cannot read the frame '{path}': replace it, or remove its video")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@TRANSFORMS.register_module()
class ClipColorJitter(BaseTransform):
    """One change of colours for the whole clip, as the official D2ST code changes its training queries.

    First grey with probability ``grey``; then brightness, contrast, saturation (factors 1 - x to 1 + x) and
    hue (turned by
    up to ``hue`` of the circle either way), in random order. Draws from numpy's global generator.
    """

    def __init__(
        self,
        brightness: float = 0.5,
        contrast: float = 0.5,
        saturation: float = 0.5,
        hue: float = 0.25,
        grey: float = 0.3,
    ):
        self.steps = (
            (colours.adjust_brightness, 1 - brightness, 1 + brightness),
            (colours.adjust_contrast, 1 - contrast, 1 + contrast),
            (colours.adjust_saturation, 1 - saturation, 1 + saturation),
            (colours.adjust_hue, -hue, hue),
        )
        self.grey = grey

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Changes ``imgs``, a list of (h w c) uint8."""
        clip = torch.from_numpy(np.stack(results["imgs"])).movedim(-1, 1)
        if np.random.rand() < self.grey:
            clip = colours.rgb_to_grayscale(clip, num_output_channels=3)
        for i in np.random.permutation(len(self.steps)):
            change, low, high = self.steps[i]
            clip = change(clip, float(np.random.uniform(low, high)))
        results["imgs"] = list(clip.movedim(1, -1).contiguous().numpy())
        return results
