"""Image trunks as clip encoders, built by timm's names. Importing this registers the miniature ``vit_mini`` with timm."""

from d2st.trunks import mini as mini
from d2st.trunks.build import adapt, build_encoder
from d2st.trunks.encoder import ClipEncoder, ClipShape
from d2st.trunks.info import TrunkInfo, trunk_info
from d2st.trunks.vit import ClipBlock, ViTEncoder

__all__ = [
    "ClipBlock",
    "ClipEncoder",
    "ClipShape",
    "TrunkInfo",
    "ViTEncoder",
    "adapt",
    "build_encoder",
    "trunk_info",
]
