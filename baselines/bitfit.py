"""BitFit: only the bias vectors of the trunk are tuned.

Source: Ben Zaken et al., "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models", ACL 2022.
"""

from torch import nn

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.trunks import ClipEncoder


@register_method("bitfit", "BitFit")
class BitFit(Adaptation):
    """Every bias of the image model, the norms' included; on a ResNet, whose convolutions have none, those of BatchNorm."""

    kinds = ("vit", "resnet")
    mixes_frames = False

    def insert(self, encoder: ClipEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        biases = (getattr(module, "bias", None) for module in encoder.trunk.modules())
        return [bias for bias in biases if isinstance(bias, nn.Parameter)]
