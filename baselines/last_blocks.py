"""Partial fine-tuning: the last blocks of the trunk are tuned, the rest stays frozen."""

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.errors import UserError
from d2st.trunks import ClipEncoder, ViTEncoder


@register_method("last_blocks", "Last blocks")
class LastBlocks(Adaptation):
    """The last blocks and the final norm of a ViT, or the last stages of a ResNet.

    Args:
        count: how many blocks or stages.

    Raises:
        UserError: when adapting, if the trunk has fewer.
    """

    kinds = ("vit", "resnet")
    mixes_frames = False

    def __init__(self, count: int = 2) -> None:
        self.count = count

    def insert(self, encoder: ClipEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        parts = encoder.parts
        if not 1 <= self.count <= len(parts):
            raise UserError(
                f"count={self.count} blocks cannot be tuned; choose from 1 to the trunk's {len(parts)}"
            )
        norm = [encoder.final_norm] if isinstance(encoder, ViTEncoder) else []
        return [*parts[-self.count :], *norm]
