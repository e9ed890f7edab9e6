"""Weights of the official code as ours and back: modules by :func:`from_official` and :func:`to_official`, whole checkpoints
by :func:`from_checkpoint` and :func:`to_checkpoint`, files by ``python -m d2st.interop official.pth ours.safetensors --from
d2st-vit``."""

from d2st.interop.checkpoints import SOURCES, from_checkpoint, to_checkpoint
from d2st.interop.fit import check_fit
from d2st.interop.modules import from_official, to_official
from d2st.interop.rules import RULES

__all__ = [
    "RULES",
    "SOURCES",
    "check_fit",
    "from_checkpoint",
    "from_official",
    "to_checkpoint",
    "to_official",
]
