"""Building clip encoders: from a timm model at hand (:func:`adapt`) or from names, as configs do."""

import warnings
from pathlib import Path
from typing import Any

import timm
from mmaction.registry import MODELS
from timm.layers import QuickGELU
from timm.models import byobnet, vision_transformer
from timm.models.byobnet import ByobNet
from timm.models.resnet import ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from d2st.errors import UserError
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.names import CHOOSE, activation_twin, kind_of_model, known
from d2st.trunks.resnet import ResNetEncoder
from d2st.trunks.vit import ViTEncoder
from d2st.trunks.weight_files import clip_layout, read_state, weights_path

Size = int | tuple[int, int]
#: how timm reads a checkpoint of each class of model in its publisher's layout
FILTERS: dict[type[nn.Module], Any] = {
    VisionTransformer: vision_transformer.checkpoint_filter_fn,
    ByobNet: byobnet.checkpoint_filter_fn,
    ResNet: lambda state, model: state,
}


def encoder_of(model: nn.Module, frames: int = 8, image_size: Size | None = None) -> ClipEncoder:
    """The clip encoder for the class of ``model``, which it takes over; nothing is adapted yet.

    Raises:
        UserError: no encoder for this class, or ``image_size`` is not the one that a ViT was built for.
    """
    if type(model) in (ResNet, ByobNet):
        return ResNetEncoder(model, frames, image_size)
    if type(model) is not VisionTransformer:
        raise UserError(f"expected a timm VisionTransformer or ResNet, got {type(model).__name__}; {CHOOSE}")
    _warn_of_activation(model)
    encoder = ViTEncoder(model, frames)
    size = (image_size, image_size) if isinstance(image_size, int) else image_size
    if size is not None and tuple(size) != encoder.image_size:
        raise UserError(
            f"this ViT was built for images of {encoder.image_size} pixels, not {tuple(size)}; "
            "pass img_size to timm.create_model"
        )
    return encoder


def _warn_of_activation(vit: VisionTransformer) -> None:
    cfg = getattr(vit, "pretrained_cfg", {})
    twin = activation_twin(cfg.get("architecture", ""), cfg.get("tag", ""))
    if twin is not None and not isinstance(vit.blocks[0].mlp.act, QuickGELU):
        warnings.warn(
            f"'{cfg['architecture']}.{cfg['tag']}' has GELU, but its weights were trained with QuickGELU and give other "
            f"features: use '{twin}'",
            stacklevel=3,
        )


def adapt(
    model: nn.Module, method: str = "d2st", frames: int = 8, image_size: Size | None = None, **arguments: Any
) -> ClipEncoder:
    """Adapt a timm image model to clips with the method named ``method``.

    The model is taken over and changed in place: its classifier is dropped, its parameters are frozen as the method says.

    Args:
        model: a timm ``VisionTransformer`` or ``ResNet``, CLIP's modified ResNet included.
        method: ``d2st``, or after ``import baselines`` also the others (``d2st.methods()`` lists them).
        frames: frames ``t`` of every clip.
        image_size: pixels; a ResNet takes any (default: that of its weights), a ViT only the size that it was built for.
        arguments: the method's own, such as ``ratio``.

    Returns:
        an encoder of clips ``(n c t h w)`` into frame features ``(n t d)``.

    Raises:
        UserError: unknown method or argument, arguments that do not fit this trunk, or another kind of model.
    """
    from d2st.adaptation import build_adaptation

    return build_adaptation(method, **arguments)(encoder_of(model, frames, image_size))


@MODELS.register_module(name="ClipEncoder")
def build_encoder(
    trunk: str,
    adaptation: dict[str, Any],
    weights: str = "pretrained",
    frames: int = 8,
    image_size: int | None = None,
) -> ClipEncoder:
    """The encoder that a config describes.

    Args:
        trunk: timm name of a Vision Transformer or a ResNet.
        adaptation: ``dict(type=method, **arguments)``.
        weights: ``pretrained`` (timm's own: its hub, or the file shipped with this package), ``random``, another tag of
            timm, ``hf-hub:OWNER/NAME``, a file (OpenAI's archive included), or a folder with one;
            see :func:`d2st.trunks.weight_files.weights_path`.
        frames: frames ``t`` of every clip.
        image_size: pixels; timm interpolates a position embedding if it differs from the weights'.

    Raises:
        UserError: anything of these is unknown, missing or does not fit.
    """
    arguments = dict(adaptation)
    method = arguments.pop("type")
    return adapt(build_trunk(trunk, weights, image_size), method, frames, image_size, **arguments)


def build_trunk(name: str, weights: str = "pretrained", image_size: int | None = None) -> nn.Module:
    """A timm image model without classifier; see :func:`build_encoder`."""
    known(name)
    size = {"img_size": image_size} if name.startswith("vit_") and image_size is not None else {}
    model = timm.create_model(name, num_classes=0, **size)
    kind_of_model(model, name)
    path = weights_path(name, weights)
    if path is not None:
        _load(model, name, path)
        _warn_of_archive(model, name, path)
    return model


def _load(model: nn.Module, name: str, path: Path) -> None:
    state = FILTERS[type(model)](read_state(path), model)
    classifier = model.pretrained_cfg["classifier"]
    state = {key: value for key, value in state.items() if not key.startswith(f"{classifier}.")}
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        detail = " ".join(str(error).split())[:300]
        clip = clip_layout(path)
        hint = f"; these are weights of {clip}: choose a trunk with 'clip' in timm's name" if clip else ""
        raise UserError(f"weights file {path} does not fit timm's '{name}': {detail}{hint}") from error


def _warn_of_archive(model: nn.Module, name: str, path: Path) -> None:
    """OpenAI's own files need QuickGELU, whatever the trunk's name says."""
    gelu = isinstance(model, VisionTransformer) and not isinstance(model.blocks[0].mlp.act, QuickGELU)
    if gelu and clip_layout(path) == "OpenAI's CLIP":
        twin = name.split(".")[0].replace("_clip_", "_clip_quickgelu_", 1)
        warnings.warn(
            f"'{name}' has GELU, but {path.name} of OpenAI's CLIP was trained with QuickGELU and gives other features: "
            f"use '{twin}.openai'",
            stacklevel=3,
        )
