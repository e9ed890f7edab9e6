"""Building clip encoders: from a timm model at hand (:func:`adapt`) or from names, as configs do."""

from pathlib import Path
from typing import Any

import timm
from mmaction.registry import MODELS
from timm.models import load_state_dict
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn
from torch import nn

from d2st.errors import UserError
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.info import trunk_info
from d2st.trunks.vit import ViTEncoder


def adapt(vit: nn.Module, method: str = "d2st", frames: int = 8, **arguments: Any) -> ClipEncoder:
    """Adapt a timm Vision Transformer to clips with the method named ``method``.

    The model is taken over and changed in place: its classifier is dropped, its parameters are frozen as the method says.

    Args:
        vit: a timm ``VisionTransformer``.
        method: ``d2st``, or after ``import baselines`` also the others (``d2st.methods()`` lists them).
        frames: frames ``t`` of every clip.
        arguments: the method's own, such as ``ratio``.

    Returns:
        an encoder of clips ``(n c t h w)`` into frame features ``(n t d)``.

    Raises:
        UserError: unknown method or argument, arguments that do not fit this trunk, or another kind of model.
    """
    from d2st.adaptation import build_adaptation

    return build_adaptation(method, **arguments)(ViTEncoder(vit, frames))


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
        trunk: timm name of a Vision Transformer.
        adaptation: ``dict(type=method, **arguments)``.
        weights: ``pretrained`` (timm's own: its hub, or the file shipped with this package), ``random``, or a file.
        frames: frames ``t`` of every clip.
        image_size: pixels; timm interpolates the position embedding if it differs from the weights'.

    Raises:
        UserError: anything of these is unknown, missing or does not fit.
    """
    arguments = dict(adaptation)
    method = arguments.pop("type")
    return adapt(build_trunk(trunk, weights, image_size), method, frames, **arguments)


def build_trunk(name: str, weights: str = "pretrained", image_size: int | None = None) -> VisionTransformer:
    """A timm Vision Transformer without classifier; see :func:`build_encoder`."""
    trunk_info(name)
    size = {} if image_size is None else {"img_size": image_size}
    if weights == "pretrained":
        return _pretrained(name, size)
    vit = _created(name, size)
    if weights != "random":
        _load(vit, name, Path(weights))
    return vit


def _created(name: str, size: dict[str, int], pretrained: bool = False) -> VisionTransformer:
    vit = timm.create_model(name, pretrained=pretrained, num_classes=0, **size)
    if type(vit) is not VisionTransformer:
        raise UserError(
            f"trunk '{name}' is a {type(vit).__name__}, not a VisionTransformer; choose a vit_* model of timm"
        )
    return vit


def _pretrained(name: str, size: dict[str, int]) -> VisionTransformer:
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
        raise UserError(
            f"the weights of '{name}' could not be fetched from {where} ({type(error).__name__}); "
            "download them where there is a network and pass the file (--weights FILE, or weights=FILE in a config)"
        ) from error


def _load(vit: VisionTransformer, name: str, path: Path) -> None:
    if not path.is_file():
        raise UserError(
            f"weights file {path} does not exist; pass a .safetensors or .pth file for timm's '{name}'"
        )
    try:
        state = checkpoint_filter_fn(load_state_dict(str(path), device="cpu", weights_only=True), vit)
    except Exception as error:  # unpicklers and safetensors raise many types on a broken file
        raise UserError(
            f"weights file {path} cannot be read as a state dict ({type(error).__name__}: {error})"
        ) from error
    state = {key: value for key, value in state.items() if not key.startswith("head.")}
    try:
        vit.load_state_dict(state, strict=True)
    except RuntimeError as error:
        detail = " ".join(str(error).split())[:300]
        raise UserError(f"weights file {path} does not fit timm's '{name}': {detail}") from error
