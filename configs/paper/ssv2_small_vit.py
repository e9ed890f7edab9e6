"""D2ST-Adapter on CLIP ViT-B/16, Something-Something V2 (CMN's small split), as the official code trains and tests it.

    export D2ST_DATA_ROOT=/data
    mim train mmaction configs/paper/ssv2_small_vit.py
    mim test mmaction configs/paper/ssv2_small_vit.py --checkpoint work_dirs/ssv2_small_vit/iter_20000.pth

Protocol ``paper`` (docs/protocol.md), 20,000 episodes of 10 clips.
Needs a data root: there is no embedded stand-in.
Expected 5-way accuracy (%): 55.0 at 1 shot, 69.3 at 5 shots (published,
by the public digests WW and TS of the paper's tables).
Hardware: one GPU with 16 GB (11.8 GB at most were seen in training by users of the official code, 0.4 s an episode
with gradient checkpointing); the official figures were made on two.
"""

_base_ = [
    "../_base_/trunk/vit.py",
    "../_base_/method/d2st.py",
    "../_base_/head/bimhm.py",
    "../_base_/data/ssv2_small.py",
    "../_base_/schedule/paper.py",
    "../_base_/protocol/paper.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
