"""Videos that lie as folders of jpg frames: the twins of MMAction2's DecordInit and DecordDecode."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from d2st.data.folders import frame_files
from d2st.errors import UserError


@TRANSFORMS.register_module()
class FrameFolderInit(BaseTransform):
    """List the frames of the folder ``filename``, sorted by name; adds ``frame_paths`` and ``total_frames``."""

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
