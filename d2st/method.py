"""D2ST as an adaptation: its adapter behind every block of a ViT or every stage of a ResNet.

Source: D2ST-Adapter, ICCV 2025, figure 2a; official code ``models/base/adapter.py`` (ViT_CLIP, ResNet) at 44387fae.
"""

from collections.abc import Sequence
from typing import ClassVar

from torch import nn

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.adapter import D2STAdapter
from d2st.attention import Sampling, Triple
from d2st.errors import UserError
from d2st.points import Asked, densities, sampling
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.layout import Place
from d2st.trunks.vit import ViTEncoder


class Following(Adaptation):
    """A method whose adapters stand behind blocks or stages; subclasses say which adapter.

    On a ViT the class token, a temporal embedding and the final norm are tuned beside the adapters, on a ResNet nothing,
    as in the official code of D2ST (facts 1.4).

    Args:
        blocks: indices of the blocks (ViT) or stages (ResNet) that get an adapter, from 0; by default all.
    """

    kinds = ("vit", "resnet")

    def __init__(self, blocks: Sequence[int] | None = None) -> None:
        self.blocks = blocks

    def adapter(self, kind: str, place: Place) -> nn.Module:
        """The adapter at ``place`` of a trunk of ``kind``."""
        raise NotImplementedError

    def insert(self, encoder: ClipEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        chosen = self._chosen(encoder.places)
        adapters = [self.adapter(encoder.kind, place) for place in chosen]
        for place, adapter in zip(chosen, adapters, strict=True):
            encoder.follow(place.number, adapter)
        if not isinstance(encoder, ViTEncoder):
            return adapters
        class_token = [] if encoder.vit.cls_token is None else [encoder.vit.cls_token]
        return [*adapters, *class_token, encoder.add_temporal_embedding(), encoder.final_norm]

    def _chosen(self, places: list[Place]) -> list[Place]:
        if self.blocks is None:
            return places
        wanted = sorted(set(self.blocks))
        if not wanted or wanted[0] < 0 or wanted[-1] >= len(places):
            raise UserError(
                f"blocks={list(self.blocks)} does not name blocks of this trunk; choose among 0 to {len(places) - 1}"
            )
        return [places[i] for i in wanted]


@register_method("d2st", "D²ST-Adapter")
class D2ST(Following):
    """D2ST-Adapter behind every block of a ViT, or every stage of a ResNet.

    Each pathway's points are given by ``*_kernel`` and ``*_stride`` of its offset network, or by ``*_points`` per axis,
    ``(t, h, w)``. Without either: the official densities of the place (:func:`d2st.points.densities`), by the official
    kernels where the token grid is large enough for them.

    Args:
        ratio: bottleneck width over the trunk's.
        heads: attention heads (and offset groups) of each pathway. By default 4 on a ViT and, on a ResNet, 1, 2, 4 and 8
            from the first stage to the last: the official numbers, which keep a head's width the same in all stages (64
            channels in a ResNet-50, 16 in a ResNet-18), whatever the trunk's width.
        blocks: indices of the blocks (ViT) or stages (ResNet) that get an adapter, from 0; by default all.

    Raises:
        UserError: when adapting, if a kernel does not fit the grid, ``heads`` does not divide the width, or there is no
            such block.
    """

    #: the pathways that this method has, and whether their points move
    pathways: ClassVar[tuple[str, ...]] = ("spatial", "temporal")
    deformable: ClassVar[bool] = True

    def __init__(
        self,
        ratio: float = 0.25,
        heads: int | None = None,
        spatial_points: Triple | None = None,
        temporal_points: Triple | None = None,
        spatial_kernel: Triple | None = None,
        spatial_stride: Triple | None = None,
        temporal_kernel: Triple | None = None,
        temporal_stride: Triple | None = None,
        blocks: Sequence[int] | None = None,
    ) -> None:
        super().__init__(blocks)
        self.ratio, self.heads = ratio, heads
        self._spatial = Asked("spatial", spatial_points, spatial_kernel, spatial_stride)
        self._temporal = Asked("temporal", temporal_points, temporal_kernel, temporal_stride)
        for asked in (self._spatial, self._temporal):
            if asked.pathway not in self.pathways and asked[1:] != (None, None, None):
                raise UserError(
                    f"method '{self.name}' has no {asked.pathway} pathway to take points or kernels"
                )

    def densities(self, kind: str, place: Place) -> tuple[Triple, Triple]:
        """Points of the spatial and of the temporal pathway where the user asks for none."""
        return densities(kind, place)

    def adapter(self, kind: str, place: Place) -> nn.Module:
        """See :meth:`Following.adapter`."""
        ways: dict[str, Sampling | None] = {
            asked.pathway: sampling(asked, kind, place, density) if asked.pathway in self.pathways else None
            for asked, density in zip(
                (self._spatial, self._temporal), self.densities(kind, place), strict=True
            )
        }
        official = 4 if kind == "vit" else 2**place.number
        return D2STAdapter(
            place.dim,
            place.shape[:3],
            ways["spatial"],
            ways["temporal"],
            self.ratio,
            official if self.heads is None else self.heads,
            gelus=kind == "vit",
            deformable=self.deformable,
        )
