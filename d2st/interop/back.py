"""Our parameter names in those of the official code: the inverse of :mod:`d2st.interop.rules`, source by source.

Checked by the round trip of every parity fixture of these sources: from official names to ours and back.
"""

_CLIP_BLOCK = [
    (r"(^|\.)attn\.qkv\.", r"\1attn.in_proj_"),
    (r"(^|\.)attn\.proj\.", r"\1attn.out_proj."),
    (r"(^|\.)norm([12])\.", r"\1ln_\2."),
    (r"(^|\.)mlp\.fc1\.", r"\1mlp.c_fc."),
    (r"(^|\.)mlp\.fc2\.", r"\1mlp.c_proj."),
]
_UNWRAPPED = [(r"(^|\.)block\.", r"\1"), *_CLIP_BLOCK]
_D2ST = [
    (r"\bposition\.", "pos_embed."),
    (r"\bspatial\.", "s_attn."),
    (r"\btemporal\.", "t_attn."),
    (r"\boffsets\.1\.", "conv_offset.1.norm."),
    (r"\boffsets\.", "conv_offset."),
    (r"\bquery\.", "proj_q."),
    (r"\bkey\.", "proj_k."),
    (r"\bvalue\.", "proj_v."),
    (r"\bout\.", "proj_out."),
]
_KERNELS = ((1, "1x1"), (2, "kxk"), (3, "1x1"))

BACK: dict[str, list[tuple[str, str]]] = {
    "clip-vit": [
        (r"^blocks\.", "transformer.resblocks."),
        (r"^patch_embed\.proj\.", "conv1."),
        (r"^cls_token$", "class_embedding"),
        (r"^pos_embed$", "positional_embedding"),
        (r"^norm_pre\.", "ln_pre."),
        (r"^norm\.", "ln_post."),
        *_CLIP_BLOCK,
    ],
    "clip-rn": [
        (r"^stem\.conv(\d)\.conv\.", r"conv\1."),
        (r"^stem\.conv(\d)\.bn\.", r"bn\1."),
        (r"\.shortcut\.conv\.conv\.", ".downsample.0."),
        (r"\.shortcut\.conv\.bn\.", ".downsample.1."),
        *[
            (rf"^(stages\.\d+\.\d+)\.conv{i}_{kernel}\.{part}\.", rf"\1.{part}{i}.")
            for i, kernel in _KERNELS
            for part in ("conv", "bn")
        ],
        *[(rf"^stages\.{i}\.", f"layer{i + 1}.") for i in range(4)],
        (r"^head\.pos_embed$", "attnpool.positional_embedding"),
        (r"^head\.([qkv])\.", r"attnpool.\1_proj."),
        (r"^head\.proj\.", "attnpool.c_proj."),
    ],
    "d2st-vit": [(r"\bspatial_norm\.", "s_ln."), (r"\btemporal_norm\.", "t_ln."), *_D2ST],
    "d2st-rn": [(r"\bspatial_norm\.", "s_ln.norm."), (r"\btemporal_norm\.", "t_ln.norm."), *_D2ST],
    "aim": [
        (r"\bdown\.", "D_fc1."),
        (r"\bup\.", "D_fc2."),
        (r"\bjoint\.", "MLP_Adapter."),
        (r"\bspatial\.", "S_Adapter."),
        (r"\bbefore_temporal\.", "T_Adapter_in."),
        (r"\btemporal\.", "T_Adapter."),
        *_UNWRAPPED,
    ],
    "st-adapter": [
        (r"\badapters\.attention\.", "adapter_pre_attn."),
        (r"\badapters\.mlp\.", "adapter_pre_mlp."),
        (r"(^|\.)down\.", r"\1fc1."),
        (r"(^|\.)up\.", r"\1fc2."),
        *_UNWRAPPED,
    ],
    "trx": [
        (r"^cross\.", ""),
        (r"\bkey\.", "k_linear."),
        (r"\bvalue\.", "v_linear."),
        (r"\bkey_norm\.", "norm_k."),
        (r"\bvalue_norm\.", "norm_v."),
    ],
}
