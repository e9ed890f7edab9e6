"""Image trunks as clip encoders, built by timm's names; importing this registers ``vit_mini`` and ``resnet_mini`` with timm."""

from d2st.trunks import mini as mini
from d2st.trunks.build import adapt, build_encoder, encoder_of
from d2st.trunks.choice import sized, trunk_name
from d2st.trunks.encoder import ClipEncoder
from d2st.trunks.info import TrunkInfo, trunk_info
from d2st.trunks.layout import ClipShape, Place, on_volume
from d2st.trunks.names import kind_of
from d2st.trunks.resnet import ResNetEncoder
from d2st.trunks.vit import ClipBlock, ViTEncoder
from d2st.trunks.weight_files import weights_path

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
    "kind_of",
    "on_volume",
    "sized",
    "trunk_info",
    "trunk_name",
    "weights_path",
]
