"""A timm Vision Transformer as a clip encoder: clips (n c t h w) -> frame features (n t d).

Every frame runs through the image model; blocks that an adaptation replaced by a :class:`ClipBlock` also see the clip's
frames beside each other. A frame's feature is timm's pre-logits feature: for CLIP ``ln_post(class token)``, without projection.
"""

import torch
from einops import rearrange
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor, nn

from d2st.errors import UserError
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.layout import ClipShape, Place


class ClipBlock(nn.Module):
    """A transformer block that may look across the frames of a clip; wraps the trunk's own ``block``."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        if type(block) is not Block:
            raise UserError(
                f"the trunk's blocks are of type {type(block).__name__}; adapters work on timm's plain pre-norm "
                "vision_transformer Block: choose a vit_* trunk such as vit_base_patch16_clip_quickgelu_224.openai"
            )
        self.block = block

    def attend(self, normed: Tensor) -> Tensor:
        """The trunk's own self-attention (with its layer scale) over the middle axis of ``(b l d)``."""
        return self.block.ls1(self.block.attn(normed))

    def perceive(self, normed: Tensor) -> Tensor:
        """The trunk's own MLP (with its layer scale) on ``(b l d)``."""
        return self.block.ls2(self.block.mlp(normed))

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)`` to tokens of the same shape."""
        raise NotImplementedError


class FollowedBlock(ClipBlock):
    """The trunk's block, then an adapter on its output."""

    def __init__(self, block: nn.Module, adapter: nn.Module) -> None:
        super().__init__(block)
        self.adapter = adapter

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)`` to tokens of the same shape."""
        return self.adapter(self.block(x), shape)


class ViTEncoder(ClipEncoder):
    """A timm ``VisionTransformer`` that encodes clips frame by frame.

    Args:
        vit: the image model.
        frames: ``t``, the number of frames of every clip.

    Raises:
        UserError: not a timm VisionTransformer, or ``frames`` below 1.
    """

    kind = "vit"

    def __init__(self, vit: nn.Module, frames: int = 8) -> None:
        super().__init__(frames)
        if type(vit) is not VisionTransformer:
            raise UserError(
                f"expected a timm VisionTransformer, got {type(vit).__name__}; choose a vit_* model of timm"
            )
        vit.reset_classifier(0)
        self.vit = vit
        self.register_parameter("temporal_embedding", None)
        self.register_module("second_path", None)

    @property
    def trunk(self) -> nn.Module:
        """The timm model."""
        return self.vit

    @property
    def feature_dim(self) -> int:
        """``d``, the width of a frame feature."""
        return int(self.vit.num_features)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of the frames in pixels."""
        height, width = self.vit.patch_embed.img_size
        return height, width

    @property
    def shape(self) -> ClipShape:
        """The layout of the tokens between blocks."""
        h, w = self.vit.patch_embed.grid_size
        return ClipShape(self.frames, h, w, self.vit.num_prefix_tokens)

    @property
    def parts(self) -> list[nn.Module]:
        """The blocks."""
        return list(self.vit.blocks)

    @property
    def places(self) -> list[Place]:
        """Behind every block."""
        return [Place(i, int(self.vit.embed_dim), self.shape) for i in range(len(self.vit.blocks))]

    def follow(self, index: int, adapter: nn.Module) -> None:
        """See :meth:`ClipEncoder.follow`."""
        self.vit.blocks[index] = FollowedBlock(self.vit.blocks[index], adapter)

    @property
    def final_norm(self) -> nn.Module:
        """The norm behind the last block: ``ln_post`` in CLIP's terms."""
        return self.vit.fc_norm if isinstance(self.vit.norm, nn.Identity) else self.vit.norm

    def add_temporal_embedding(self) -> nn.Parameter:
        """Add a zero-initialised embedding ``(1 t d)`` to all tokens of each frame, before ``norm_pre`` (AIM, D2ST)."""
        self.temporal_embedding = nn.Parameter(torch.zeros(1, self.frames, self.vit.embed_dim))
        return self.temporal_embedding

    def add_second_path(self, path: nn.Module) -> nn.Module:
        """Add to the frame features what ``path`` makes of this encoder and the frames ``((n t) c h w)`` (DUALPATH)."""
        self.second_path = path
        return path

    def encode(self, frames: Tensor, maps: bool = False) -> Tensor:
        """See :meth:`ClipEncoder.encode`."""
        vit, shape = self.vit, self.shape
        x = vit._pos_embed(vit.patch_embed(frames))
        if self.temporal_embedding is not None:
            x = rearrange(x, "(n t) l d -> n t l d", t=shape.t) + rearrange(
                self.temporal_embedding, "n t d -> n t 1 d"
            )
            x = rearrange(x, "n t l d -> (n t) l d")
        x = vit.norm_pre(vit.patch_drop(x))
        for block in vit.blocks:
            x = block(x, shape) if isinstance(block, ClipBlock) else block(x)
        if maps:
            patches = self.final_norm(x)[:, shape.prefix :]
            return rearrange(patches, "b (h w) d -> b d h w", h=shape.h)
        features = vit.forward_head(vit.norm(x), pre_logits=True)
        return features if self.second_path is None else features + self.second_path(self, frames)
