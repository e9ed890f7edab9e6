"""Norm tuning: only scale and shift of the trunk's norms are tuned.

Source: LayerNorm tuning as a baseline of parameter-efficient transfer; for BatchNorm, Frankle et al., "Training BatchNorm and
Only BatchNorm", ICLR 2021, here with the statistics of the image weights.
"""

from torch import nn

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.trunks import ClipEncoder


@register_method("norm_tuning", "Norm tuning")
class NormTuning(Adaptation):
    """Every LayerNorm of a ViT, every BatchNorm's scale and shift of a ResNet."""

    kinds = ("vit", "resnet")
    mixes_frames = False

    def insert(self, encoder: ClipEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        modules = list(encoder.trunk.modules())
        layers = [module for module in modules if isinstance(module, nn.LayerNorm)]
        batches = [module for module in modules if isinstance(module, nn.BatchNorm2d)]
        return [*layers, *(parameter for norm in batches for parameter in norm.parameters())]
