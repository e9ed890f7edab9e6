"""Which file holds a trunk's weights: shipped, fetched from a hub, the user's own, or one in a folder; and reading it."""

import functools
import json
import warnings
import zipfile
from pathlib import Path
from typing import NamedTuple

import torch
from timm.data import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD
from timm.models import PretrainedCfg, load_state_dict
from torch import Tensor

from d2st.errors import UserError
from d2st.trunks.hub import fetched, fetched_from
from d2st.trunks.names import known

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
HUB = "hf-hub:"
ELSEWHERE = "pass the file (--weights FILE, or weights=FILE in a config)"


class Pixels(NamedTuple):
    """The mean and standard deviation on the 0..1 scale that a file of weights expects, and how that is known."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    said: str


def weights_path(trunk: str, weights: str) -> Path | None:
    """The file of ``weights`` for timm's ``trunk``, fetched if need be; ``None`` for ``random``.

    Args:
        weights: ``pretrained`` (those that timm names for ``trunk``), another tag or full name of timm, ``hf-hub:OWNER/NAME``,
            ``random``, a file, or a folder with one file of weights (of ``model.safetensors`` and ``pytorch_model.bin``,
            which hubs hold side by side, the first).

    Raises:
        UserError: it cannot be found or fetched, or a folder holds several.
    """
    if weights == "random":
        return None
    if _own(weights):
        return fetched(weights.removeprefix(HUB)) if weights.startswith(HUB) else _file(Path(weights), trunk)
    name, cfg = _named(trunk, weights)
    if not cfg.has_weights:
        raise UserError(
            f"timm has no weights for '{trunk}'; name a tag (timm.list_pretrained('{trunk}*')) or pass a local file"
        )
    return Path(cfg.file) if cfg.file else fetched_from(cfg, name)


def expected_pixels(trunk: str, weights: str) -> Pixels | None:
    """What a file of the user's says of its pixels; ``None`` where timm's name says it. Nothing of timm's own is fetched."""
    if weights in ("random", "pretrained"):
        return None
    if not _own(weights):
        cfg = _named(trunk, weights)[1]
        return Pixels(cfg.mean, cfg.std, "timm's")
    path = weights_path(trunk, weights)
    assert path is not None
    clip = clip_layout(path)
    if clip == "OpenAI's CLIP" or (clip and "." not in trunk):
        return Pixels(OPENAI_CLIP_MEAN, OPENAI_CLIP_STD, f"{clip}, with OpenAI's mean and std")
    beside = path.parent / "config.json"
    told = json.loads(beside.read_text("utf-8")) if beside.is_file() else {}
    told = told.get("pretrained_cfg", {}) if isinstance(told, dict) else {}
    if "mean" in told and "std" in told:
        return Pixels(tuple(told["mean"]), tuple(told["std"]), f"mean and std of its {beside.name}")
    return None


def _own(weights: str) -> bool:
    """Whether these are the user's: a hub's name, or something that is there or looks like a path."""
    path = Path(weights)
    return weights.startswith(HUB) or path.exists() or path.suffix in SUFFIXES or "/" in weights


def _named(trunk: str, weights: str) -> tuple[str, PretrainedCfg]:
    """timm's full name of ``weights``, which may be that name, a tag of ``trunk``, or ``pretrained``, and its settings."""
    if weights == "pretrained":
        return trunk, known(trunk)
    architecture = trunk.split(".")[0]
    name = weights if weights.split(".")[0] == architecture else f"{architecture}.{weights}"
    try:
        return name, known(name)
    except UserError as error:
        raise UserError(f"weights '{weights}' are no file or folder, and {error}") from error


def _file(path: Path, trunk: str) -> Path:
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.is_file() and one.suffix in SUFFIXES)
        names = [one.name for one in found]
        if names == ["model.safetensors", "pytorch_model.bin"]:
            names, found = names[:1], found[:1]
        if len(found) != 1:
            what = f"{len(found)} files of weights ({', '.join(names)})" if found else "no file of weights"
            wanted = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
            raise UserError(
                f"the folder {path} holds {what}: exactly one of {wanted} is looked for in it; {ELSEWHERE}"
            )
        return found[0]
    if not path.is_file():
        raise UserError(
            f"weights file {path} does not exist; pass a .safetensors or .pth file for timm's '{trunk}'"
        )
    return path


def is_archive(path: Path) -> bool:
    """Whether this is a TorchScript archive, as OpenAI publishes its CLIP."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name, in float32: a state dict, wrapped or not, or what a TorchScript archive holds.

    Raises:
        UserError: it is broken, or holds more than tensors.
    """
    try:
        if is_archive(path):  # torch.load reads none with weights_only
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # deprecated, and what OpenAI publishes
                state = torch.jit.load(str(path), map_location="cpu").state_dict()
        else:
            state = load_state_dict(str(path), device="cpu", weights_only=True)
        return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    except Exception as error:  # unpicklers and safetensors raise many types on a broken file
        raise UserError(
            f"weights file {path} cannot be read as a state dict ({type(error).__name__}): "
            "it is broken, or holds more than tensors; pass a .safetensors or .pth file of a state dict"
        ) from error


def clip_layout(path: Path) -> str | None:
    """``OpenAI's CLIP`` for the archive that OpenAI publishes or its state dict, ``a CLIP`` for another file in that
    layout, as OpenCLIP writes it, ``None`` for any other file."""
    stat = path.stat()
    return _clip_layout(path, stat.st_mtime_ns, stat.st_size)


@functools.cache
def _clip_layout(path: Path, changed: int, size: int) -> str | None:
    names = read_state(path)
    if "visual.conv1.weight" not in names:
        return None
    return "OpenAI's CLIP" if is_archive(path) or "input_resolution" in names else "a CLIP"
