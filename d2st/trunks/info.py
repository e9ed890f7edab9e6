"""What timm knows of a trunk by its name, without building it: image size and normalisation."""

from typing import NamedTuple

import timm
from timm.data import resolve_data_config
from timm.models import get_pretrained_cfg

from d2st.errors import UserError


class TrunkInfo(NamedTuple):
    """Image size in pixels; mean and standard deviation of the pixels on the 0..1 scale."""

    name: str
    image_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def trunk_info(name: str) -> TrunkInfo:
    """What the weights of timm model ``name`` expect of images.

    Raises:
        UserError: timm has no such model; the sentence names similar ones.
    """
    architecture = name.split(".")[0]
    if not timm.is_model(architecture):
        parts = architecture.split("_")
        similar = timm.list_models(f"{'_'.join(parts[:2])}*") or timm.list_models(f"{parts[0][:6]}*")
        similar = similar or timm.list_models("vit_*")
        raise UserError(f"timm has no model '{name}'; similar names: {', '.join(similar[:8])}")
    try:
        cfg = get_pretrained_cfg(name, allow_unregistered=False)
    except RuntimeError as error:
        tags = ", ".join(timm.list_pretrained(f"{architecture}*")) or "none"
        raise UserError(f"timm has no weights named '{name}'; it has: {tags}") from error
    resolved = resolve_data_config(pretrained_cfg=cfg.to_dict())
    return TrunkInfo(name, int(resolved["input_size"][-1]), tuple(resolved["mean"]), tuple(resolved["std"]))


def activation_twin(architecture: str, tag: str) -> str | None:
    """timm's name with QuickGELU, if it has the weights ``tag`` under both: they were then trained with QuickGELU, as
    OpenAI's CLIP was, and ``architecture`` computes another network from them."""
    twin = architecture.replace("_clip_", "_clip_quickgelu_", 1)
    if (
        not tag
        or twin == architecture
        or "quickgelu" in architecture
        or f"{twin}.{tag}" not in timm.list_pretrained(f"{twin}.{tag}")
    ):
        return None
    return f"{twin}.{tag}"
