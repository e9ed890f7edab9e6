"""The two sinusoidal position codes of the few-shot heads; computed for any number of places, never stored."""

import math

import torch
from torch import Tensor


def sinusoids(like: Tensor, steps: Tensor) -> Tensor:
    """Sine in even channels, cosine in odd ones, for the places of ``like`` (... l d) -> (l d).

    Args:
        steps: frequency of each sine (ceil(d/2)) and of each cosine (floor(d/2)) in radians a place: (2 ceil(d/2)),
            sines first.
    """
    length, dim = like.shape[-2:]
    sines, cosines = steps.chunk(2)
    place = torch.arange(length, device=like.device, dtype=torch.float32)[:, None]
    code = torch.zeros(length, dim, device=like.device)
    code[:, 0::2] = torch.sin(place * sines)
    code[:, 1::2] = torch.cos(place * cosines[: dim // 2])
    return code.to(like.dtype)


def transformer_code(like: Tensor) -> Tensor:
    """The usual code (Vaswani et al., 2017), as TRX and STRM use it: channel pair i turns by 10000^(-2i/d)."""
    dim = like.shape[-1]
    steps = torch.exp(torch.arange(0, dim, 2, device=like.device) * (-math.log(10000.0) / dim))
    return sinusoids(like, torch.cat([steps, steps]))


def doubled_code(like: Tensor) -> Tensor:
    """The code of HyRSM and MoLo: the even channel number stands where its half does in the usual code.

    Sine of channel i turns by 10000^(-2i/d), the cosine beside it by 10000^(-2(i+1)/d).
    """
    dim = like.shape[-1]
    even = torch.arange(0, dim, 2, device=like.device, dtype=torch.float64)
    steps = torch.cat([10000 ** (-2 * even / dim), 10000 ** (-2 * (even + 1) / dim)])
    return sinusoids(like, steps.float())
