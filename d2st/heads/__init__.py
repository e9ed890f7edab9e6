"""Few-shot heads: frame features of an episode in, one logit per query and class out."""

from d2st.heads.base import Head, build_head, by_class, heads, register_head
from d2st.heads.bimhm import BiMHM, bimhm
from d2st.heads.distances import frame_distances
from d2st.heads.hyrsm import HyRSM
from d2st.heads.linear_probe import LinearProbe
from d2st.heads.molo import MoLo
from d2st.heads.otam import OTAM, otam
from d2st.heads.protonet import ProtoNet
from d2st.heads.strm import STRM
from d2st.heads.trx import TRX

__all__ = [
    "OTAM",
    "STRM",
    "TRX",
    "BiMHM",
    "Head",
    "HyRSM",
    "LinearProbe",
    "MoLo",
    "ProtoNet",
    "bimhm",
    "build_head",
    "by_class",
    "frame_distances",
    "heads",
    "otam",
    "register_head",
]
