"""How a clip's tokens are laid out, and where between a trunk's parts an adapter can stand."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor


class ClipShape(NamedTuple):
    """How the tokens ``((n t) l d)`` of a batch of clips are laid out: ``l = prefix + h * w``, prefix tokens first."""

    t: int
    h: int
    w: int
    prefix: int


class Place(NamedTuple):
    """Behind block or stage ``number`` of a trunk: tokens of ``dim`` channels, laid out as ``shape``."""

    number: int
    dim: int
    shape: ClipShape


def on_volume(x: Tensor, shape: ClipShape, function: Callable[[Tensor], Tensor]) -> Tensor:
    """Tokens ``((n t) l c)`` with ``function`` run on the patches as volume ``(n c t h w)``; prefix tokens pass by."""
    volume = rearrange(x[:, shape.prefix :], "(n t) (h w) c -> n c t h w", t=shape.t, h=shape.h)
    patches = rearrange(function(volume), "n c t h w -> (n t) (h w) c")
    return torch.cat([x[:, : shape.prefix], patches], dim=1) if shape.prefix else patches
