"""D2ST-Adapter on CLIP ViT-B/16, Something-Something V2 (OTAM's full split), as the official code trains and tests it.

    export D2ST_DATA_ROOT=/data
    mim train mmaction configs/paper/ssv2_vit.py
    mim test mmaction configs/paper/ssv2_vit.py --checkpoint work_dirs/ssv2_vit/iter_60000.pth

Protocol ``paper`` (docs/protocol.md), 60,000 episodes of 10 clips.
Without a data root: on ``motion``, with the miniature trunk.
Expected 5-way accuracy (%): 66.7 at 1 shot, 81.9 at 5 shots (published,
by the public digests WW and TS of the paper's tables; a run of the official code by others, seed 18: 66.55 at 1 shot).
Hardware: one GPU with 16 GB (11.8 GB at most were seen in training by users of the official code, 0.4 s an episode
with gradient checkpointing); the official figures were made on two.
"""

_base_ = [
    "../_base_/trunk/vit.py",
    "../_base_/method/d2st.py",
    "../_base_/head/bimhm.py",
    "../_base_/data/ssv2.py",
    "../_base_/schedule/paper.py",
    "../_base_/protocol/paper.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
