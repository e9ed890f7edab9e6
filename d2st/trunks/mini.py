"""The miniature trunks of the embedded benchmark, registered with timm: ``vit_mini``, a plain ViT behind a small convolutional
stem, with which it learns from few images (Xiao et al., "Early Convolutions Help Transformers See Better", 2021), and
``resnet_mini``, a plain ResNet of one basic block a stage.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

from timm.layers import PatchEmbed
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from timm.models.resnet import BasicBlock, ResNet
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn
from torch import nn

MINIS = ("vit_mini", "resnet_mini")


def weights_file(name: str) -> Path:
    """Where the package keeps the weights of the miniature trunk ``name``."""
    return Path(__file__).parent / "weights" / f"{name}.safetensors"


def _cfg(name: str, first_conv: str, classifier: str) -> dict[str, Any]:
    half = (0.5, 0.5, 0.5)
    told = {"file": str(weights_file(name)), "input_size": (3, 48, 48), "mean": half, "std": half}
    return {**told, "num_classes": 0, "first_conv": first_conv, "classifier": classifier}


default_cfgs = generate_default_cfgs(
    {
        "vit_mini.untagged": _cfg("vit_mini", "patch_embed.proj.0", "head"),
        "resnet_mini.untagged": _cfg("resnet_mini", "conv1.0", "fc"),
    }
)


class ConvStem(PatchEmbed):
    """timm's patch embedding with three strided convolutions in place of one, (b c 8h 8w) to tokens (b (h w) d)."""

    def __init__(self, *args: Any, in_chans: int = 3, embed_dim: int = 96, **kwargs: Any) -> None:
        super().__init__(*args, in_chans=in_chans, embed_dim=embed_dim, **kwargs)
        widths = (in_chans, embed_dim // 4, embed_dim // 2, embed_dim)
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.GroupNorm(1, wide), nn.GELU()]
        self.proj = nn.Sequential(*layers, nn.Conv2d(embed_dim, embed_dim, 1))


@register_model
def vit_mini(pretrained: bool = False, **kwargs: Any) -> VisionTransformer:
    """A ViT of 0.5 M parameters for 48 x 48 pixels: patches of 8, width 96, depth 4, 4 heads."""
    size = {
        "img_size": 48,
        "patch_size": 8,
        "embed_dim": 96,
        "depth": 4,
        "num_heads": 4,
        "embed_layer": ConvStem,
    }
    return build_model_with_cfg(
        VisionTransformer,
        "vit_mini",
        pretrained,
        pretrained_filter_fn=checkpoint_filter_fn,
        pretrained_strict=True,
        **{**size, **kwargs},
    )


@register_model
def resnet_mini(pretrained: bool = False, **kwargs: Any) -> ResNet:
    """A ResNet of 0.7 M parameters for 48 x 48 pixels: stages of 24, 48, 96 and 192 channels on grids of 24, 12, 6 and 3,
    which halve as a ResNet-50's do at 224 pixels (56 to 7). Only the stem's first convolution shrinks: no max-pooling."""
    size = {
        "block": BasicBlock,
        "layers": (1, 1, 1, 1),
        "channels": (24, 48, 96, 192),
        "stem_type": "deep",
        "stem_width": 16,
    }
    model = build_model_with_cfg(
        ResNet, "resnet_mini", pretrained, pretrained_strict=True, **{**size, **kwargs}
    )
    model.maxpool = nn.Identity()
    return model
