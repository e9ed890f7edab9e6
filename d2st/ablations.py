"""Ablations of the D2ST adapter, each a method of its own: one pathway, isotropic or fixed points, depthwise convolutions
in place of attention, and nothing between down and up.

Source: D2ST-Adapter, ICCV 2025, figure 2b for ``dst``; official code ``models/base/adapter.py`` (ResNet_Vanilla_Adapter,
ResNet_DST_Adapter) at 44387fae. The official code has no ViT form of the last two.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from d2st.adaptation import register_method
from d2st.adapter import bottleneck_width
from d2st.attention import Triple
from d2st.method import D2ST, Following
from d2st.points import densities, isotropic
from d2st.trunks.layout import ClipShape, Place, on_volume


@register_method("d2st_spatial", "D²ST, spatial pathway only")
class SpatialOnly(D2ST):
    """D2ST without its temporal pathway; takes the arguments of D2ST but those of that pathway."""

    pathways = ("spatial",)


@register_method("d2st_temporal", "D²ST, temporal pathway only")
class TemporalOnly(D2ST):
    """D2ST without its spatial pathway; takes the arguments of D2ST but those of that pathway."""

    pathways = ("temporal",)


@register_method("d2st_isotropic", "D²ST, isotropic sampling")
class Isotropic(D2ST):
    """D2ST with the same density in both pathways, neither dense in space nor in time: the geometric mean of the official
    two, rounded up (:func:`d2st.points.isotropic`), so that it never has fewer points to attend to."""

    def densities(self, kind: str, place: Place) -> tuple[Triple, Triple]:
        """See :meth:`D2ST.densities`."""
        both = isotropic(*densities(kind, place))
        return both, both


@register_method("d2st_fixed", "D²ST, fixed points")
class Fixed(D2ST):
    """D2ST with points that stay on the reference grid: no offset networks."""

    deformable = False


class BottleneckAdapter(nn.Module):
    """``x + up(activation(down x))``, up zero at first.

    Args:
        dim: ``d``, width of the trunk.
        ratio: bottleneck width over ``dim``.
        relu: ReLU, as the official ResNet adapters have it; else GELU, as the paper's figure has it.
    """

    def __init__(self, dim: int, ratio: float, relu: bool) -> None:
        super().__init__()
        width = bottleneck_width(dim, ratio)
        self.down, self.up = nn.Linear(dim, width), nn.Linear(width, dim)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)
        self.activation = F.relu if relu else F.gelu

    def between(self, z: Tensor, shape: ClipShape) -> Tensor:
        """What happens to the bottleneck's tokens ``((n t) l c)`` before the activation: nothing here."""
        return z

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)``, prefix tokens first -> tokens of the same shape."""
        return x + self.up(self.activation(self.between(self.down(x), shape)))


class DSTAdapter(BottleneckAdapter):
    """A bottleneck with the average of a spatial and a temporal depthwise convolution, each with BatchNorm. Prefix tokens
    have no neighbours to convolve with: they pass from down to the activation."""

    def __init__(self, dim: int, ratio: float, relu: bool) -> None:
        super().__init__(dim, ratio, relu)
        width = self.down.out_features
        self.spatial, self.temporal = (
            nn.Sequential(
                nn.Conv3d(
                    width, width, kernel, padding=tuple(k // 2 for k in kernel), groups=width, bias=False
                ),
                nn.BatchNorm3d(width),
            )
            for kernel in ((1, 3, 3), (3, 1, 1))
        )

    def between(self, z: Tensor, shape: ClipShape) -> Tensor:
        """See :meth:`BottleneckAdapter.between`."""
        return on_volume(z, shape, lambda volume: (self.spatial(volume) + self.temporal(volume)) / 2)


@register_method("bottleneck", "Bottleneck adapter")
class Bottleneck(Following):
    """A plain bottleneck where D2ST stands, with what D2ST tunes beside: frames do not see each other.

    Args:
        ratio: bottleneck width over the trunk's.
        blocks: indices of the blocks (ViT) or stages (ResNet) that get an adapter, from 0; by default all.
    """

    mixes_frames = False

    def __init__(self, ratio: float = 0.25, blocks: Sequence[int] | None = None) -> None:
        super().__init__(blocks)
        self.ratio = ratio

    def adapter(self, kind: str, place: Place) -> nn.Module:
        """See :meth:`Following.adapter`."""
        return BottleneckAdapter(place.dim, self.ratio, relu=kind == "resnet")


@register_method("dst", "DST-Adapter")
class DST(Bottleneck):
    """Depthwise convolutions in both pathways (the paper's DST-Adapter) where D2ST stands; arguments of ``bottleneck``."""

    mixes_frames = True

    def adapter(self, kind: str, place: Place) -> nn.Module:
        """See :meth:`Following.adapter`."""
        return DSTAdapter(place.dim, self.ratio, relu=kind == "resnet")
