"""Parameter names of the official code in ours: modules of methods, heads and OpenAI CLIP, by the keys of ``RULES``.

A table of rewriting rules per source; what no rule touches keeps its name, what a rule
leaves no name is dropped. Sources and commits: see the methods' own files. Every table here was
checked on weights of the official modules (the parity fixtures).
"""

_CLIP_BLOCK = [
    (r"attn\.in_proj_(weight|bias)", r"attn.qkv.\1"),
    (r"attn\.out_proj\.", "attn.proj."),
    (r"ln_([12])\.", r"norm\1."),
    (r"mlp\.c_fc\.", "mlp.fc1."),
    (r"mlp\.c_proj\.", "mlp.fc2."),
]
_WRAPPED = [(r"(^|\.)(?=(attn\.qkv|attn\.proj|norm[12]|mlp\.fc[12])\.)", r"\1block.")]
_CLIP_RESNET = [
    (r"^(visual\.)?conv(\d)\.", r"stem.conv\2.conv."),
    (r"^(visual\.)?bn(\d)\.", r"stem.conv\2.bn."),
    *[(rf"^(visual\.)?layer{i + 1}\.", f"stages.{i}.") for i in range(4)],
    *[
        (rf"^(stages\.\d+\.\d+)\.conv{i}\.", rf"\1.conv{i}_{k}.conv.")
        for i, k in ((1, "1x1"), (2, "kxk"), (3, "1x1"))
    ],
    *[
        (rf"^(stages\.\d+\.\d+)\.bn{i}\.", rf"\1.conv{i}_{k}.bn.")
        for i, k in ((1, "1x1"), (2, "kxk"), (3, "1x1"))
    ],
    (r"\.downsample\.0\.", ".shortcut.conv.conv."),
    (r"\.downsample\.1\.", ".shortcut.conv.bn."),
    (r"^(visual\.)?attnpool\.positional_embedding$", "head.pos_embed"),
    (r"^(visual\.)?attnpool\.([qkv])_proj\.", r"head.\2."),
    (r"^(visual\.)?attnpool\.c_proj\.", "head.proj."),
]
_D2ST = [
    (r"\bpos_embed\.", "position."),
    (r"\bs_ln\.(norm\.)?", "spatial_norm."),
    (r"\bt_ln\.(norm\.)?", "temporal_norm."),
    (r"\bs_attn\.", "spatial."),
    (r"\bt_attn\.", "temporal."),
    (r"\bconv_offset\.1\.norm\.", "offsets.1."),
    (r"\bconv_offset\.", "offsets."),
    (r"\bproj_q\.", "query."),
    (r"\bproj_k\.", "key."),
    (r"\bproj_v\.", "value."),
    (r"\bproj_out\.", "out."),
]
_TUPLES = [
    (r"\bk_linear\.", "key."),
    (r"\bv_linear\.", "value."),
    (r"\bnorm_k\.", "key_norm."),
    (r"\bnorm_v\.", "value_norm."),
]
_COMPUTED = [(r"^(.*\.)?pe\.pe$", "")]  # position codes are computed here, not stored
_CLASSIFIER = [(r"^classification_layer\..*$", "")]  # of the base classes: not part of the head

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
    "clip-rn": _CLIP_RESNET,
    "d2st-vit": _D2ST,
    "d2st-rn": _D2ST,
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
    "dualpath": [
        (r"\bs_adapter_(attn|mlp)\.", r"adapters.frame_\1."),
        (r"\bt_adapter_attn_b\.", "adapters.mosaic_before."),
        (r"\bt_adapter_(attn|mlp)\.", r"adapters.mosaic_\1."),
        (r"_attn\.(down|up)_proj\.", r"_attention.\1."),
        (r"\.(down|up)_proj\.", r".\1."),
        *_CLIP_BLOCK,
        *_WRAPPED,
    ],
    "lora": [
        (r"(^|\.)lora_A$", r"\1lora.down"),
        (r"(^|\.)lora_B$", r"\1lora.up"),
        (r"(^|\.)(weight|bias)$", r"\1base.\2"),
    ],
    "trx": [
        *_COMPUTED,
        (r"^(transformers\.)?(?=\d+\.)", "cross."),
        *_TUPLES,
    ],
    "strm": [
        *_COMPUTED,
        (r"^attn_pat\.", "patches."),
        (r"\b(query|key)_proj\.", r"\1."),
        (r"\bvalue_conv\.", "value."),
        (r"^(patches\.)Bot_MLP\.inp_fc\.", r"\1mlp.0."),
        (r"^(patches\.)Bot_MLP\.hid_fc\.", r"\1mlp.2."),
        (r"^(patches\.)Bot_MLP\.out_fc\.", r"\1mlp.4."),
        (r"^fr_enrich\.Tok_MLP\.", "enrich.time."),
        (r"^fr_enrich\.Bot_MLP\.", "enrich.channels."),
        (r"\binp_fc\.", "0."),
        (r"\bout_fc\.", "2."),
        (r"^(new_dist|new_dist_loss_post_pat\.0)\.clsW\.", "second."),
        (r"^transformer(s\.0)?\.", "cross."),
        *_TUPLES,
    ],
    "hyrsm": [
        *_COMPUTED,
        *_CLASSIFIER,
        (r"^temporal_atte_before\.norm\.", "within.norm."),
        (r"^temporal_atte_before\.fn\.to_qkv\.", "within.qkv."),
        (r"^temporal_atte_before\.fn\.to_out\.0\.", "within.out."),
        (r"^temporal_atte\.w_qs\.", "between.query."),
        (r"^temporal_atte\.w_ks\.", "between.key."),
        (r"^temporal_atte\.w_vs\.", "between.value."),
        (r"^temporal_atte\.fc\.", "between.out."),
        (r"^temporal_atte\.layer_norm\.", "between.norm."),
        (r"^layer2\.0\.", "join."),
    ],
    "molo": [
        *_COMPUTED,
        *_CLASSIFIER,
        (r"^class_token_motion$", "moving.token"),
        (r"^class_token$", "still.token"),
        (r"^scale_motion$", "moving.scale"),
        (r"^scale$", "still.scale"),
        (r"^temporal_atte_before_motion\.layers\.0\.", "moving."),
        (r"^temporal_atte_before\.layers\.0\.", "still."),
        (r"\b0\.norm\.", "attention.norm."),
        (r"\b0\.fn\.to_qkv\.", "attention.qkv."),
        (r"\b0\.fn\.to_out\.0\.", "attention.out."),
        (r"\b1\.net\.", "mlp."),
        (r"^motion_reduce\.", "differences.narrow."),
        (r"^motion_conv\.", "differences.shift."),
        (r"^motion_up\.", "differences.widen."),
    ],
}
