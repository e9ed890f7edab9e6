"""The frozen trunk: nothing is tuned; what the image model alone gives to a few-shot head."""

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.trunks import ClipEncoder


@register_method("frozen", "Frozen")
class Frozen(Adaptation):
    """No modules, no tunable parameters."""

    kinds = ("vit", "resnet")
    mixes_frames = False

    def insert(self, encoder: ClipEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        return []
