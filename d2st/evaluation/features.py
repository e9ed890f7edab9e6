"""Frame features kept on disk, so that another head, shot or seed of episodes costs no encoding.

One safetensors file an encoding, named by a hash of all that it follows from (:func:`identity`); it carries a checksum. A file
that cannot be read, or whose content is not what was written, is told in one line and the videos are encoded again.
"""

import hashlib
import inspect
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.dist import get_dist_info
from mmengine.model import is_model_wrapper
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

import d2st

SUFFIX = ".safetensors"
#: parts of d2st that no frame feature depends on; heads are one where the features are what a head made of maps
WITHOUT = ("evaluation", "episodes", "interop")


def digest(value: Any) -> str:
    """sha256 of a JSON value (hex); the order of keys does not matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def weights_hash(module: nn.Module) -> str:
    """sha256 of the names, types and bytes of all parameters and persistent buffers, frozen ones included."""
    total = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        total.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        total.update(_bytes(value))
    return total.hexdigest()


def code_hash(method: str, heads: bool) -> str:
    """sha256 of the source of all that encodes: d2st without its scoring, and the folder in which ``method`` is written."""
    root = Path(d2st.__file__).parent
    left_out = WITHOUT if heads else (*WITHOUT, "heads")
    files = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in left_out]
    written = Path(inspect.getfile(MODELS.get(method)))
    if root not in written.parents:
        files += written.parent.glob("*.py")
    total = hashlib.sha256()
    for path in sorted(set(files)):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def identity(loop: Any, clips: np.ndarray) -> dict[str, Any]:
    """All that the features of ``clips`` (sorted indices) follow from, but for the order of frames, as a JSON value.

    Args:
        loop: a loop of MMEngine's runner over a ``ClipDataset``.
    """
    model = loop.runner.model.module if is_model_wrapper(loop.runner.model) else loop.runner.model
    dataset, maps = loop.dataloader.dataset, model.head.needs_maps
    loader = loop.runner.cfg[f"{loop.stage}_dataloader"]
    encoder = {key: value for key, value in loop.runner.cfg.model.backbone.items() if key != "weights"}
    described = {key: value for key, value in loader.dataset.items() if key not in ("source", "data_root")}
    preprocessor = (model.data_preprocessor.mean, model.data_preprocessor.std)
    return {
        "weights": weights_hash(model.backbone),
        "encoder": encoder,
        "kept": [type(model.head).__name__, weights_hash(model.head)] if maps else "frame features",
        "code": code_hash(model.backbone.method, maps),
        "normalisation": [part.flatten().tolist() for part in preprocessor],
        "data": f"{dataset.source.name} {dataset.source.version}",
        "dataset": described,
        "clips": digest([clips.tolist(), [video.id for video in dataset.videos]]),
        "batch": loader.batch_size,
        "ranks": get_dist_info()[1],
        "torch": [torch.__version__, torch.get_num_threads(), _processor(next(model.parameters()).device)],
    }


class FeatureStore:
    """A folder of encodings, ``<key>.safetensors``; nothing is created before the first write."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def path(self, key: str) -> Path:
        """The file of an encoding."""
        return self.root / f"{key}{SUFFIX}"

    def put(self, key: str, features: Tensor, clips: np.ndarray, told: Mapping[str, float]) -> None:
        """Keep the rows ``clips`` of ``features`` (v ...), atomically, with some numbers about how they were made."""
        rows = features.detach().cpu()[torch.from_numpy(clips)].contiguous()
        meta = {"checksum": hashlib.sha256(_bytes(rows)).hexdigest(), "told": json.dumps(dict(told))}
        self.root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.root, prefix=f".{key}.", suffix=".part")
        os.close(handle)
        try:
            save_file({"features": rows}, name, metadata=meta)
            os.chmod(name, 0o644)
            os.replace(name, self.path(key))
        finally:
            Path(name).unlink(missing_ok=True)

    def get(self, key: str, clips: np.ndarray, total: int) -> tuple[Tensor, dict[str, float]] | None:
        """What :meth:`put` kept, as (v ...) with ``total`` rows, zero but for ``clips``; None where there is nothing sound."""
        path = self.path(key)
        try:
            with safe_open(path, "pt") as file:
                meta, rows = file.metadata() or {}, file.get_tensor("features")
            sound = hashlib.sha256(_bytes(rows)).hexdigest() == meta.get("checksum") and len(rows) == len(
                clips
            )
            told = json.loads(meta["told"]) if sound else {}
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            sound, told = False, {"error": str(error)}
        if not sound:
            print(f"the features in {path} are broken: encoding the videos again", flush=True)
            return None
        features = rows.new_zeros(total, *rows.shape[1:])
        features[torch.from_numpy(clips)] = rows
        return features, told

    def files(self) -> list[Path]:
        """All encodings, and what an interrupted write left."""
        return sorted((*self.root.glob(f"*{SUFFIX}"), *self.root.glob(".*.part")))

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.files())

    def clear(self) -> int:
        """Delete all files; returns how many."""
        files = self.files()
        for path in files:
            path.unlink(missing_ok=True)
        return len(files)


def _processor(device: torch.device) -> str:
    return (
        torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else torch.backends.cpu.get_cpu_capability()
    )


def _bytes(value: Tensor) -> memoryview:
    flat = value.detach().cpu().contiguous().flatten()
    return memoryview(flat.view(torch.uint8).numpy()) if flat.numel() else memoryview(b"")
