"""D2ST-Adapter on CLIP ViT-B/16, UCF101, as the official code trains and tests it.

    export D2ST_DATA_ROOT=/data
    mim train mmaction configs/paper/ucf101_vit.py
    mim test mmaction configs/paper/ucf101_vit.py --checkpoint work_dirs/ucf101_vit/iter_1200.pth

Protocol ``paper`` (docs/protocol.md), 1,200 episodes of 10 clips.
Needs a data root: there is no embedded stand-in.
Expected 5-way accuracy (%): not known (runs of the official code by others:
95.5 to 96.2 at 1 shot, 98.7 to 99.2 at 5 shots).
Hardware: one GPU with 16 GB (11.8 GB at most were seen in training by users of the official code, 0.4 s an episode
with gradient checkpointing); the official figures were made on two.
"""

_base_ = [
    "../_base_/trunk/vit.py",
    "../_base_/method/d2st.py",
    "../_base_/head/bimhm.py",
    "../_base_/data/ucf101.py",
    "../_base_/schedule/paper.py",
    "../_base_/protocol/paper.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
