"""Image trunks as clip encoders, built by timm's names. Importing this registers the miniature ``vit_mini`` with timm."""

from d2st.trunks import mini as mini
from d2st.trunks.build import adapt, build_encoder, trunk_info
from d2st.trunks.info import TrunkInfo
from d2st.trunks.vit import ClipBlock, ClipEncoder, ClipShape

__all__ = ["ClipBlock", "ClipEncoder", "ClipShape", "TrunkInfo", "adapt", "build_encoder", "trunk_info"]
