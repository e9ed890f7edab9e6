"""What the D2ST adapter behind one block attends to in a clip: sampled points of its pathways and their attention."""

from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from d2st.adapter import D2STAdapter
from d2st.drawing import Pathway
from d2st.errors import UserError
from d2st.trunks import ClipEncoder


def adapter_of(encoder: ClipEncoder, block: int | None) -> tuple[int, D2STAdapter]:
    """The adapter behind ``block`` (default: the last that has one), and its number.

    Raises:
        UserError: no such adapter.
    """
    parts = ((i, getattr(part, "adapter", None)) for i, part in enumerate(encoder.parts))
    found = {i: adapter for i, adapter in parts if isinstance(adapter, D2STAdapter)}
    if not found:
        raise UserError(
            f"method '{encoder.method}' samples no points; draw d2st or an ablation of it (d2st_spatial, ...)"
        )
    number = max(found) if block is None else block
    if number not in found:
        raise UserError(f"no D2ST adapter behind block {block}; choose among {', '.join(map(str, found))}")
    return number, found[number]


@torch.no_grad()
def look(encoder: ClipEncoder, adapter: D2STAdapter, clip: Tensor, queries: str) -> list[Pathway]:
    """What each pathway of ``adapter`` attends to in the normalised ``clip`` ``(c t h w)``.

    Args:
        queries: ``all``: attention is the mean over all tokens of the clip; ``class``: over the class tokens of its frames.

    Raises:
        UserError: class tokens were asked for and there are none.
    """
    seen: dict[str, tuple[Any, ...]] = {}
    hooks = [
        getattr(adapter, name).register_forward_pre_hook(
            lambda module, inputs, name=name: seen.update({name: inputs})
        )
        for name in adapter.pathways
    ]
    try:
        encoder.eval()(rearrange(clip, "c t h w -> 1 c t h w"))
    finally:
        for hook in hooks:
            hook.remove()
    pathways = []
    for name, (x, shape) in seen.items():
        if queries == "class" and not shape.prefix:
            raise UserError("this trunk has no class token: draw the attention of --queries all")
        attention = getattr(adapter, name)
        positions, weights = attention.look(x, shape)
        weights = rearrange(weights[0], "g (t l) p -> g t l p", t=shape.t)
        weights = (weights[:, :, :1] if queries == "class" else weights).mean((1, 2))
        reference = rearrange(attention.reference, "d t h w -> (t h w) d")
        cells = (
            torch.tensor(shape[:3]) - 1
        )  # align_corners: -1 and 1 are the first and the last token's centre
        sampled, regular = (((points + 1) / 2 * cells).numpy() for points in (positions[0], reference))
        pathways.append(Pathway(name, sampled, regular, weights.numpy(), (shape.h, shape.w)))
    return pathways
