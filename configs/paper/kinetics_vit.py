"""D2ST-Adapter on CLIP ViT-B/16, Kinetics-100, as the official code trains and tests it.

    export D2ST_DATA_ROOT=/data
    mim train mmaction configs/paper/kinetics_vit.py
    mim test mmaction configs/paper/kinetics_vit.py --checkpoint work_dirs/kinetics_vit/iter_1500.pth

Protocol ``paper`` (docs/protocol.md), 1,500 episodes of 10 clips.
Without a data root: on ``appearance``, with the miniature trunk.
Expected 5-way accuracy (%): at 1 shot not known, 95.5 at 5 shots (published,
by the public digest WW of the paper's tables).
Hardware: one GPU with 16 GB (11.8 GB at most were seen in training by users of the official code, 0.4 s an episode
with gradient checkpointing); the official figures were made on two.
"""

_base_ = [
    "../_base_/trunk/vit.py",
    "../_base_/method/d2st.py",
    "../_base_/head/bimhm.py",
    "../_base_/data/kinetics.py",
    "../_base_/schedule/paper.py",
    "../_base_/protocol/paper.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
