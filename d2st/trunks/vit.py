"""A timm Vision Transformer as a clip encoder: clips (n c t h w) -> frame features (n t d).

Every frame runs through the image model; blocks that an adaptation replaced by a :class:`ClipBlock` also see the clip's
frames beside each other. A frame's feature is timm's pre-logits feature: for CLIP ``ln_post(class token)``, without projection.
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from einops import rearrange
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor, nn

from d2st.errors import UserError


class ClipShape(NamedTuple):
    """How the tokens ``((n t) l d)`` of a batch of clips are laid out: ``l = prefix + h * w``, prefix tokens first."""

    t: int
    h: int
    w: int
    prefix: int


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


class ClipEncoder(nn.Module):
    """A timm ``VisionTransformer`` that encodes clips frame by frame; the base that an ``Adaptation`` works on.

    It takes the model over: the classifier is dropped, and an adaptation changes it in place.

    Args:
        vit: the image model.
        frames: ``t``, the number of frames of every clip.

    Raises:
        UserError: not a timm VisionTransformer, or ``frames`` below 1.
    """

    def __init__(self, vit: nn.Module, frames: int = 8) -> None:
        super().__init__()
        if type(vit) is not VisionTransformer:
            raise UserError(
                f"expected a timm VisionTransformer, got {type(vit).__name__}; choose a vit_* model of timm"
            )
        if frames < 1:
            raise UserError(f"a clip needs at least one frame, got frames={frames}")
        vit.reset_classifier(0)
        self.vit = vit
        self.frames = frames
        self.register_parameter("temporal_embedding", None)
        self.method: str | None = None
        self.tunable_names: list[str] = []
        self._owned: tuple[nn.Module, ...] = ()

    @property
    def feature_dim(self) -> int:
        """``d``, the width of a frame feature."""
        return int(self.vit.num_features)

    @property
    def shape(self) -> ClipShape:
        """The layout of the tokens between blocks."""
        h, w = self.vit.patch_embed.grid_size
        return ClipShape(self.frames, h, w, self.vit.num_prefix_tokens)

    @property
    def tunable_count(self) -> int:
        """Number of tunable parameters (scalars)."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    @property
    def final_norm(self) -> nn.Module:
        """The norm behind the last block: ``ln_post`` in CLIP's terms."""
        return self.vit.fc_norm if isinstance(self.vit.norm, nn.Identity) else self.vit.norm

    def add_temporal_embedding(self) -> nn.Parameter:
        """Add a zero-initialised embedding ``(1 t d)`` to all tokens of each frame, before ``norm_pre`` (AIM, D2ST)."""
        self.temporal_embedding = nn.Parameter(torch.zeros(1, self.frames, self.vit.embed_dim))
        return self.temporal_embedding

    def declare(self, method: str, tuned: Iterable[nn.Module | nn.Parameter]) -> None:
        """Freeze all but ``tuned``; modules in it also follow ``train()``, the rest of the trunk stays in eval mode."""
        things = list(tuned)
        owned = tuple(thing for thing in things if isinstance(thing, nn.Module))
        kept = {id(thing) for thing in things if isinstance(thing, nn.Parameter)}
        kept |= {id(p) for module in owned for p in (*module.parameters(), *module.buffers())}
        for parameter in self.parameters():
            parameter.requires_grad_(id(parameter) in kept)
        persistent = set(self.state_dict())
        named = (*self.named_parameters(), *self.named_buffers())
        self.tunable_names = [name for name, value in named if id(value) in kept and name in persistent]
        self._owned, self.method = owned, method
        self.train(self.training)

    def train(self, mode: bool = True) -> "ClipEncoder":
        """Set the mode of what is tuned; frozen norms and dropouts stay in eval mode."""
        super().train(False)
        for module in self._owned:
            module.train(mode)
        self.training = mode
        return self

    def init_weights(self) -> None:
        """Nothing: weights were loaded when the trunk was built, and MMEngine must not draw them anew."""

    def forward(self, clips: Tensor) -> Tensor:
        """Clips ``(n c t h w)``, normalised -> frame features ``(n t d)``.

        Raises:
            UserError: another number of frames or another image size than the encoder was built for.
        """
        self._check(clips)
        t, shape, vit = self.frames, self.shape, self.vit
        x = vit._pos_embed(vit.patch_embed(rearrange(clips, "n c t h w -> (n t) c h w")))
        if self.temporal_embedding is not None:
            x = rearrange(x, "(n t) l d -> n t l d", t=t) + rearrange(
                self.temporal_embedding, "n t d -> n t 1 d"
            )
            x = rearrange(x, "n t l d -> (n t) l d")
        x = vit.norm_pre(vit.patch_drop(x))
        for block in vit.blocks:
            x = block(x, shape) if isinstance(block, ClipBlock) else block(x)
        x = vit.forward_head(vit.norm(x), pre_logits=True)
        return rearrange(x, "(n t) d -> n t d", t=t)

    def _check(self, clips: Tensor) -> None:
        size = tuple(self.vit.patch_embed.img_size)
        if clips.ndim != 5 or clips.shape[2] != self.frames or tuple(clips.shape[3:]) != size:
            wanted = f"(n, {self.vit.patch_embed.proj.in_channels}, {self.frames}, {size[0]}, {size[1]})"
            raise UserError(f"expected clips of shape {wanted} as (n c t h w), got {tuple(clips.shape)}")
