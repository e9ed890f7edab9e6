"""Parameter names of the official code in ours: D2ST (ViT), AIM, ST-Adapter and OpenAI CLIP (ViT).

A table of rewriting rules per source; what no rule touches keeps its name, what a rule
leaves no name is dropped. Sources and commits: see the methods' own files.
"""

import re
from collections.abc import Mapping

from einops import rearrange
from torch import Tensor

from d2st.errors import unknown

_CLIP_BLOCK = [
    (r"attn\.in_proj_(weight|bias)", r"attn.qkv.\1"),
    (r"attn\.out_proj\.", "attn.proj."),
    (r"ln_([12])\.", r"norm\1."),
    (r"mlp\.c_fc\.", "mlp.fc1."),
    (r"mlp\.c_proj\.", "mlp.fc2."),
]
_WRAPPED = [(r"(^|\.)(?=(attn\.qkv|attn\.proj|norm[12]|mlp\.fc[12])\.)", r"\1block.")]
_TUPLES = [
    (r"\bk_linear\.", "key."),
    (r"\bv_linear\.", "value."),
    (r"\bnorm_k\.", "key_norm."),
    (r"\bnorm_v\.", "value_norm."),
]
_COMPUTED = [(r"^(.*\.)?pe\.pe$", "")]  # position codes are computed here, not stored

RULES: dict[str, list[tuple[str, str]]] = {
    "clip-vit": [
        (r"^(visual\.)?transformer\.resblocks\.", "blocks."),
        (r"^(visual\.)?conv1\.", "patch_embed.proj."),
        (r"^(visual\.)?class_embedding$", "cls_token"),
        (r"^(visual\.)?positional_embedding$", "pos_embed"),
        (r"^(visual\.)?ln_pre\.", "norm_pre."),
        (r"^(visual\.)?ln_post\.", "norm."),
        *_CLIP_BLOCK,
    ],
    "d2st-vit": [
        (r"\bpos_embed\.", "position."),
        (r"\bs_ln\.", "spatial_norm."),
        (r"\bt_ln\.", "temporal_norm."),
        (r"\bs_attn\.", "spatial."),
        (r"\bt_attn\.", "temporal."),
        (r"\bconv_offset\.1\.norm\.", "offsets.1."),
        (r"\bconv_offset\.", "offsets."),
        (r"\bproj_q\.", "query."),
        (r"\bproj_k\.", "key."),
        (r"\bproj_v\.", "value."),
        (r"\bproj_out\.", "out."),
    ],
    "aim": [
        (r"\bMLP_Adapter\.", "joint."),
        (r"\bS_Adapter\.", "spatial."),
        (r"\bT_Adapter_in\.", "before_temporal."),
        (r"\bT_Adapter\.", "temporal."),
        (r"\bD_fc1\.", "down."),
        (r"\bD_fc2\.", "up."),
        *_CLIP_BLOCK,
        *_WRAPPED,
    ],
    "st-adapter": [
        (r"\badapter_pre_attn\.", "adapters.attention."),
        (r"\badapter_pre_mlp\.", "adapters.mlp."),
        (r"(^|\.)fc1\.", r"\1down."),
        (r"(^|\.)fc2\.", r"\1up."),
        *_CLIP_BLOCK,
        *_WRAPPED,
    ],
    "trx": [
        *_COMPUTED,
        (r"^(transformers\.)?(?=\d+\.)", "cross."),
        *_TUPLES,
    ],
}


def from_official(state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """``state`` of an official module under our names, for ``source`` one of ``RULES``.

    Raises:
        UserError: unknown ``source``.
    """
    if source not in RULES:
        raise unknown("source of weights", source, RULES)
    renamed = {new: value for name, value in state.items() if (new := _rename(name, RULES[source]))}
    return _clip_shapes(renamed) if source == "clip-vit" else renamed


def _rename(name: str, rules: list[tuple[str, str]]) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def _clip_shapes(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """CLIP keeps the class token without batch axes and multiplies by its projection from the right."""
    shaped = dict(state)
    for name in ("cls_token", "pos_embed"):
        shaped[name] = state[name].reshape(1, -1, state[name].shape[-1])
    projection = shaped.pop("proj", None)
    projection = shaped.pop("visual.proj", projection)
    if projection is not None:
        shaped["head.weight"] = rearrange(projection, "d e -> e d")
        shaped["head.bias"] = projection.new_zeros(projection.shape[1])
    return shaped
