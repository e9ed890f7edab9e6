"""Image trunks as clip encoders, built by timm's names. Importing this registers the miniature ``vit_mini`` with timm."""

from d2st.trunks import mini as mini
from d2st.trunks.build import adapt, build_encoder, encoder_of
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.info import TrunkInfo, trunk_info
from d2st.trunks.layout import ClipShape, Place, on_volume
from d2st.trunks.resnet import ResNetEncoder
from d2st.trunks.vit import ClipBlock, ViTEncoder

__all__ = [
    "ClipBlock",
    "ClipEncoder",
    "ClipShape",
    "Place",
    "ResNetEncoder",
    "TrunkInfo",
    "ViTEncoder",
    "adapt",
    "build_encoder",
    "encoder_of",
    "on_volume",
    "trunk_info",
]
