"""How many points each pathway of D2ST samples at a place of a trunk, and by which kernels.

Source: D2ST-Adapter's official code ``models/base/adapter.py`` at 44387fae, facts 1.3.
"""

from math import isqrt
from typing import NamedTuple

from d2st.attention import Sampling, Triple
from d2st.errors import UserError
from d2st.trunks.layout import Place

#: sampling of the official ViT adapter, for 8 x 14 x 14 tokens: ⟨2,4,4⟩ and ⟨8,2,2⟩ points
OFFICIAL_SPATIAL = Sampling((4, 5, 5), (4, 3, 3))
OFFICIAL_TEMPORAL = Sampling((1, 7, 7), (1, 7, 7))
#: points along height and width behind the stages of a ResNet, spatial and temporal pathway
STAGE_POINTS = ((8, 4), (4, 2), (4, 2), (2, 1))


class Asked(NamedTuple):
    """What the user asked of a pathway; all ``None``: the official sampling."""

    pathway: str
    points: Triple | None
    kernel: Triple | None
    stride: Triple | None


def densities(kind: str, place: Place) -> tuple[Triple, Triple]:
    """The official numbers of points ``(t, h, w)``: spatial pathway ⟨t/4, 4, 4⟩, temporal ⟨t, 2, 2⟩ behind a ViT's blocks;
    behind a ResNet's stages 8 and 4, 4 and 2, 4 and 2, 2 and 1 along height and width."""
    t = place.shape.t
    spatial, temporal = (4, 2) if kind == "vit" else STAGE_POINTS[place.number]
    return (max(1, t // 4), spatial, spatial), (t, temporal, temporal)


def isotropic(spatial: Triple, temporal: Triple) -> Triple:
    """The geometric mean of two densities per axis, rounded up: ⟨4,3,3⟩ from ⟨2,4,4⟩ and ⟨8,2,2⟩. About as many points
    (36 for 32; 144 for 128 and 16 for 8 behind a ResNet's first and last stage), and never fewer."""
    t, h, w = (isqrt(a * b - 1) + 1 for a, b in zip(spatial, temporal, strict=True))
    return t, h, w


def sampling(asked: Asked, kind: str, place: Place, density: Triple) -> Sampling:
    """Kernel and stride as asked; else, on a ViT, the official ones wherever they yield ``density``; else those of it.

    Raises:
        UserError: both points and kernels were asked for.
    """
    pathway, points, kernel, stride = asked
    official = OFFICIAL_SPATIAL if pathway == "spatial" else OFFICIAL_TEMPORAL
    grid = place.shape[:3]
    if points is not None and (kernel is not None or stride is not None):
        raise UserError(f"give {pathway}_points or {pathway}_kernel and {pathway}_stride, not both")
    if kernel is not None or stride is not None:
        return Sampling(tuple(kernel or official.kernel), tuple(stride or official.stride))  # type: ignore[arg-type]
    if points is not None:
        return Sampling.of_points(tuple(points), grid)  # type: ignore[arg-type]
    enough = official.fits(grid) and all(n >= d for n, d in zip(official.points(grid), density, strict=True))
    return official if kind == "vit" and enough else Sampling.of_points(density, grid)
