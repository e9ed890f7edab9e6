"""The miniature trunk of the embedded benchmark, registered with timm as ``vit_mini``."""

from pathlib import Path
from typing import Any

from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn

WEIGHTS = Path(__file__).parent / "weights" / "vit_mini.safetensors"

default_cfgs = generate_default_cfgs(
    {
        "vit_mini.untagged": {
            "file": str(WEIGHTS),
            "input_size": (3, 48, 48),
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
            "num_classes": 0,
            "first_conv": "patch_embed.proj",
            "classifier": "head",
        }
    }
)


@register_model
def vit_mini(pretrained: bool = False, **kwargs: Any) -> VisionTransformer:
    """A ViT of 0.5 M parameters for 48 x 48 pixels: patch 8, width 96, depth 4, 4 heads."""
    size = {"img_size": 48, "patch_size": 8, "embed_dim": 96, "depth": 4, "num_heads": 4}
    return build_model_with_cfg(
        VisionTransformer,
        "vit_mini",
        pretrained,
        pretrained_filter_fn=checkpoint_filter_fn,
        pretrained_strict=True,
        **{**size, **kwargs},
    )
