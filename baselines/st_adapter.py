"""ST-Adapter: a linear bottleneck with a depthwise convolution over time, on the residual stream in front of a block's
attention or MLP; the class token passes by, and there is no activation.

Source: Pan et al., "ST-Adapter: Parameter-Efficient Image-to-Video Transfer Learning", NeurIPS 2022; official code
linziyi96/st-adapter ``models_adapter.py`` at b914b388.
"""

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.adapter import bottleneck_width
from d2st.attention import Triple
from d2st.errors import UserError
from d2st.trunks import ClipBlock, ClipEncoder, ClipShape, ViTEncoder

PLACES = ("attention", "mlp")


class STAdapter(nn.Module):
    """``p + up(conv(down p))`` on patch tokens; the convolution is zero at first, or up is.

    Args:
        dim: ``d``, width of the trunk.
        width: channels of the convolution.
        kernel: ``(t, h, w)``, odd sizes.
        zero_up: up is zero at first and the rest drawn as PyTorch does (ResNet form); else the convolution and the biases.
    """

    def __init__(self, dim: int, width: int, kernel: Triple = (3, 1, 1), zero_up: bool = False) -> None:
        super().__init__()
        if any(k % 2 == 0 for k in kernel):
            raise UserError(
                f"ST-Adapter's kernel {kernel} needs odd sizes, so that the token grid keeps its shape"
            )
        self.down = nn.Linear(dim, width)
        self.conv = nn.Conv3d(width, width, kernel, padding=tuple(k // 2 for k in kernel), groups=width)
        self.up = nn.Linear(width, dim)
        ours = (self.down.bias, self.conv.weight, self.conv.bias, self.up.bias)
        for zero in (self.up.weight, self.up.bias) if zero_up else ours:
            nn.init.zeros_(zero)

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)``, prefix tokens first -> tokens of the same shape."""
        prefix, patches = x[:, : shape.prefix], x[:, shape.prefix :]
        volume = rearrange(self.down(patches), "(n t) (h w) c -> n c t h w", t=shape.t, h=shape.h)
        y = self.up(rearrange(self.conv(volume), "n c t h w -> (n t) (h w) c"))
        return torch.cat([prefix, patches + y], dim=1) if shape.prefix else patches + y


class STBlock(ClipBlock):
    """The trunk's block with an adapter in front of its attention, its MLP, or both."""

    def __init__(self, block: nn.Module, adapters: dict[str, STAdapter]) -> None:
        super().__init__(block)
        self.adapters = nn.ModuleDict(adapters)

    def _adapted(self, place: str, x: Tensor, shape: ClipShape) -> Tensor:
        return self.adapters[place](x, shape) if place in self.adapters else x

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)`` to tokens of the same shape."""
        x = self._adapted("attention", x, shape)
        x = x + self.attend(self.block.norm1(x))
        x = self._adapted("mlp", x, shape)
        return x + self.perceive(self.block.norm2(x))


@register_method("st_adapter", "ST-Adapter")
class STAdapterMethod(Adaptation):
    """ST-Adapter in every block of a ViT, or behind every stage of a ResNet as the code of D2ST has it
    (``models/base/adapter.py``, ResNet_ST_Adapter, at 44387fae); nothing else is tuned.

    A ViT's frame features are ``ln_post(class token)`` as for the other methods; the official classifier averages over
    frames before that norm, which few-shot matching cannot. In front of the last block's MLP an adapter never reaches the
    class token: it is counted, as officially, but gets no gradient.

    Args:
        places: on a ViT, ``("mlp",)`` is the released preset "12x384" (Kinetics) and the default, ``("attention", "mlp")``
            is "24x384" (SSv2).
        ratio: convolution channels over the trunk's width; by default 1/2 on a ViT (384 of 768), 1/4 on a ResNet.
        kernel: of the convolution, ``(t, h, w)``.

    Raises:
        UserError: an unknown place, places on a ResNet, or an even kernel.
    """

    kinds = ("vit", "resnet")

    def __init__(
        self, places: Sequence[str] | None = None, ratio: float | None = None, kernel: Triple = (3, 1, 1)
    ) -> None:
        if places is not None and (not places or set(places) - set(PLACES)):
            raise UserError(f"ST-Adapter's places are some of {', '.join(PLACES)}; got {list(places)}")
        t, h, w = kernel
        self.places, self.ratio, self.kernel = places, ratio, (t, h, w)

    def insert(self, encoder: ClipEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        if isinstance(encoder, ViTEncoder):
            return self._in_blocks(encoder)
        if self.places is not None:
            raise UserError(
                "ST-Adapter's places are those of a ViT's block; on a ResNet it follows every stage"
            )
        adapters, ratio = list[nn.Module](), 0.25 if self.ratio is None else self.ratio
        for place in encoder.places:
            width = bottleneck_width(place.dim, ratio)
            adapters.append(STAdapter(place.dim, width, self.kernel, zero_up=True))
            encoder.follow(place.number, adapters[-1])
        return adapters

    def _in_blocks(self, encoder: ViTEncoder) -> Tuned:
        vit, tuned = encoder.vit, list[nn.Module]()
        width = bottleneck_width(vit.embed_dim, 0.5 if self.ratio is None else self.ratio)
        for i, block in enumerate(vit.blocks):
            places = self.places or ("mlp",)
            adapters = {place: STAdapter(vit.embed_dim, width, self.kernel) for place in places}
            vit.blocks[i] = STBlock(block, adapters)
            tuned += adapters.values()
        return tuned
