"""What timm knows of a trunk by its name: its settings, its class, and whether its activation suits its weights."""

import functools

import timm
import torch
from timm.models import PretrainedCfg, get_pretrained_cfg
from timm.models.byobnet import ByobNet
from timm.models.resnet import ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from d2st.errors import UserError

#: the kind of trunk that each class of timm model is, as ``ClipEncoder.kind``
KINDS: dict[type[nn.Module], str] = {VisionTransformer: "vit", ResNet: "resnet", ByobNet: "resnet"}
CHOOSE = "choose a vit_*, resnet* or resnet*_clip model of timm"


def known(name: str) -> PretrainedCfg:
    """timm's settings of ``architecture`` or ``architecture.tag``; without a tag those of timm's default weights.

    Raises:
        UserError: timm has no such model, or no such weights of it; the sentence names similar ones.
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
    assert cfg is not None
    return cfg


def kind_of(name: str) -> str:
    """``vit`` or ``resnet``, by the class that timm builds for ``name``.

    Raises:
        UserError: a model of another class.
    """
    return kind_of_model(_without_storage(name.split(".")[0]), name)


@functools.cache
def _without_storage(architecture: str) -> nn.Module:
    with torch.device("meta"):
        return timm.create_model(architecture, num_classes=0)


def kind_of_model(model: nn.Module, name: str) -> str:
    """``vit`` or ``resnet``. Raises ``UserError`` for another class, with the ``name`` that was asked for."""
    if type(model) not in KINDS:
        raise UserError(
            f"trunk '{name}' is a {type(model).__name__}, not a VisionTransformer or ResNet; {CHOOSE}"
        )
    return KINDS[type(model)]


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
