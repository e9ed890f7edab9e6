"""Building clip encoders: from a timm model at hand (:func:`adapt`) or from names, as configs do."""

import warnings
from pathlib import Path
from typing import Any

import timm
from mmaction.registry import MODELS
from timm.layers import QuickGELU
from timm.models import byobnet, load_state_dict, vision_transformer
from timm.models.byobnet import ByobNet
from timm.models.resnet import ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from d2st.errors import UserError
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.info import activation_twin, trunk_info
from d2st.trunks.resnet import ResNetEncoder
from d2st.trunks.vit import ViTEncoder

Size = int | tuple[int, int]
#: how timm reads a checkpoint of each class of model in its publisher's layout
FILTERS: dict[type[nn.Module], Any] = {
    VisionTransformer: vision_transformer.checkpoint_filter_fn,
    ByobNet: byobnet.checkpoint_filter_fn,
    ResNet: lambda state, model: state,
}
CHOOSE = "choose a vit_*, resnet* or resnet*_clip model of timm"


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
        weights: ``pretrained`` (timm's own: its hub, or the file shipped with this package), ``random``, or a file.
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
    trunk_info(name)
    vit = name.startswith("vit_") and image_size is not None
    size = {"img_size": image_size} if vit else {}
    if weights == "pretrained":
        return _pretrained(name, size)
    model = _created(name, size)
    if weights != "random":
        _load(model, name, Path(weights))
    return model


def _created(name: str, size: dict[str, Any], pretrained: bool = False) -> nn.Module:
    model = timm.create_model(name, pretrained=pretrained, num_classes=0, **size)
    if type(model) not in FILTERS:
        raise UserError(
            f"trunk '{name}' is a {type(model).__name__}, not a VisionTransformer or ResNet; {CHOOSE}"
        )
    return model


def _pretrained(name: str, size: dict[str, Any]) -> nn.Module:
    cfg = timm.models.get_pretrained_cfg(name)
    if not cfg.has_weights:
        raise UserError(
            f"timm has no weights for '{name}'; name a tag (timm.list_pretrained('{name}*')) or pass a local file"
        )
    try:
        return _created(name, size, pretrained=True)
    except UserError:
        raise
    except Exception as error:  # hub clients raise many types when offline
        where = cfg.file or cfg.url or f"the Hugging Face hub, {cfg.hf_hub_id}"
        fetch = (
            f"fetch them where there is a network (hf download {cfg.hf_hub_id})"
            if cfg.hf_hub_id
            else "fetch them"
        )
        raise UserError(
            f"the weights of '{name}' could not be fetched from {where} ({type(error).__name__}); "
            f"{fetch} and pass the file (--weights FILE, or weights=FILE in a config)"
        ) from error


def _load(model: nn.Module, name: str, path: Path) -> None:
    if not path.is_file():
        raise UserError(
            f"weights file {path} does not exist; pass a .safetensors or .pth file for timm's '{name}'"
        )
    try:
        state = load_state_dict(str(path), device="cpu", weights_only=True)
        state = FILTERS[type(model)](state, model)
    except Exception as error:  # unpicklers and safetensors raise many types on a broken file
        raise UserError(
            f"weights file {path} cannot be read as a state dict ({type(error).__name__}): "
            "it is broken, or holds more than tensors; pass a .safetensors or .pth file of a state dict"
        ) from error
    classifier = model.pretrained_cfg["classifier"]
    state = {key: value for key, value in state.items() if not key.startswith(f"{classifier}.")}
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        detail = " ".join(str(error).split())[:300]
        raise UserError(f"weights file {path} does not fit timm's '{name}': {detail}") from error
