"""Full fine-tuning: every parameter of the image trunk is tuned, nothing is added."""

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.trunks import ClipEncoder


@register_method("full_finetune", "Full fine-tuning")
class FullFinetune(Adaptation):
    """The whole trunk in train mode; no temporal module, as the usual baseline of the adapter papers."""

    kinds = ("vit", "resnet")
    mixes_frames = False

    def insert(self, encoder: ClipEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        return [encoder.trunk]
