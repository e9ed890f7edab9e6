"""Which tensors of a whole official checkpoint are whose: what a method tuned, and what it leaves as the image model has it.

Known from the official code: the names inside a block or an adapter (parity fixtures), CLIP's names around the blocks, and
which names each method tunes (substrings, facts 1.2 and 4.11). Not checked against a real file, since none is published or at
hand: the prefixes in front (any is taken, if it is the same everywhere), the attribute that holds D2ST's adapters (any name
with "Adapter" is taken; written as ``Adapter`` and ``Adapter1`` to ``Adapter4``), and names of classifiers.
"""

from typing import NamedTuple


class Layout(NamedTuple):
    """Patterns of whole names, behind the common prefix.

    Args:
        kept: (pattern of an official name, our name up to the module's own, which is group ``inner``).
        left_out: patterns of what is the frozen image model's, or serves training alone.
        back: (pattern of our name, official name), with group ``inner`` alike.
        anchor: a piece of a name in front of which the common prefix ends.
        prefix: that official checkpoints have in front of all names.
    """

    kept: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]
    back: tuple[tuple[str, str], ...]
    anchor: str
    prefix: str = ""


_BLOCK = r"transformer\.resblocks\.(?P<n>\d+)\."
_FINAL_NORM = (r"ln_post\.(?P<tail>weight|bias)", r"vit.norm.\g<tail>")
_TIME = (r"temporal_embedding", "temporal_embedding")
_OUR_NORM = (r"vit\.norm\.(?P<tail>weight|bias)", r"ln_post.\g<tail>")
_OUR_BLOCK = r"vit\.blocks\.(?P<n>\d+)\."
_CLIP = (
    _BLOCK + r"(attn\.in_proj_(weight|bias)|(attn\.out_proj|ln_[12]|mlp\.c_fc|mlp\.c_proj)\.(weight|bias))",
    r"conv1\.weight",
    "positional_embedding",
    r"ln_pre\.(weight|bias)",
    "proj",
)
_CLASSIFIER = (r"(.*\.)?(classification_layer|cls_head|fc|fc_cls)\.(.*\.)?(weight|bias)",)
_STATE = "(weight|bias|running_mean|running_var|num_batches_tracked)"
#: CNN_TRX holds torchvision's ResNet as nn.Sequential of its children, in DataParallel on several GPUs
_CHILD = r"resnet\.(module\.)?"
_STAGE = rf"(?P<tail>\d+\.((conv|bn)[123]|downsample\.[01])\.{_STATE})"
_STAGES = range(1, 5)
_TORCHVISION = (rf"(.*\.)?((conv|bn)[123]|downsample\.[01]|[01])\.{_STATE}",)

LAYOUTS: dict[str, Layout] = {
    "d2st-vit": Layout(
        kept=(
            (_BLOCK + r"\w*Adapter\w*\.(?P<inner>.+)", r"vit.blocks.\g<n>.adapter."),
            ("class_embedding", "vit.cls_token"),
            _TIME,
            _FINAL_NORM,
        ),
        left_out=(*_CLIP, *_CLASSIFIER),
        back=(
            (_OUR_BLOCK + r"adapter\.(?P<inner>.+)", r"transformer.resblocks.\g<n>.Adapter."),
            (r"vit\.cls_token", "class_embedding"),
            _TIME,
            _OUR_NORM,
        ),
        anchor="transformer.resblocks.",
    ),
    "d2st-rn": Layout(  # adapters are numbered by their width, before this table is read
        kept=((r"Adapter(?P<n>\d)\.(?P<inner>.+)", r"resnet.layer\g<n>.adapter."),),
        left_out=(*_TORCHVISION, *_CLASSIFIER),
        back=((r"resnet\.layer(?P<n>\d)\.adapter\.(?P<inner>.+)", r"Adapter\g<n>."),),
        anchor="Adapter1.",
    ),
    "aim": Layout(
        kept=(
            (_BLOCK + r"(?P<inner>(T_Adapter_in|T_Adapter|S_Adapter|MLP_Adapter)\..+)", r"vit.blocks.\g<n>."),
            _TIME,
            _FINAL_NORM,
        ),
        left_out=(*_CLIP, "class_embedding", *_CLASSIFIER),
        back=(
            (
                _OUR_BLOCK + r"(?P<inner>(before_temporal|temporal|spatial|joint)\..+)",
                r"transformer.resblocks.\g<n>.",
            ),
            _TIME,
            _OUR_NORM,
        ),
        anchor="transformer.resblocks.",
        prefix="backbone.",
    ),
    "st-adapter": Layout(
        kept=((_BLOCK + r"(?P<inner>adapter_pre_(attn|mlp)\..+)", r"vit.blocks.\g<n>."),),
        left_out=(*_CLIP, "class_embedding", r"ln_post\.(weight|bias)", *_CLASSIFIER),
        back=((_OUR_BLOCK + r"(?P<inner>adapters\..+)", r"transformer.resblocks.\g<n>."),),
        anchor="transformer.resblocks.",
    ),
    "trx": Layout(
        kept=(
            (r"transformers\.(?P<inner>\d+\..+)", "head."),
            (_CHILD + r"0\.weight", "backbone.resnet.conv1.weight"),
            (_CHILD + rf"1\.(?P<tail>{_STATE})", r"backbone.resnet.bn1.\g<tail>"),
            *[(_CHILD + rf"{i + 3}\.{_STAGE}", rf"backbone.resnet.layer{i}.\g<tail>") for i in _STAGES],
        ),
        left_out=(),
        back=(
            (r"head\.(?P<inner>cross\..+)", "transformers."),
            (r"backbone\.resnet\.conv1\.weight", "resnet.0.weight"),
            (rf"backbone\.resnet\.bn1\.(?P<tail>{_STATE})", r"resnet.1.\g<tail>"),
            *[(rf"backbone\.resnet\.layer{i}\.{_STAGE}", rf"resnet.{i + 3}.\g<tail>") for i in _STAGES],
        ),
        anchor="transformers.",
    ),
}
#: of a whole CLIP: all but the visual tower
TEXT = (
    r"transformer\..+|token_embedding\.weight|positional_embedding|ln_final\.(weight|bias)|text_projection|logit_scale|"
    r"input_resolution|context_length|vocab_size"
)
