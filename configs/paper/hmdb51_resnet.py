"""D2ST-Adapter on a ResNet-50, HMDB51, as the official code trains and tests it.

    export D2ST_DATA_ROOT=/data
    mim train mmaction configs/paper/hmdb51_resnet.py
    mim test mmaction configs/paper/hmdb51_resnet.py --checkpoint work_dirs/hmdb51_resnet/iter_4000.pth

Protocol ``paper`` (docs/protocol.md), 4,000 episodes of 10 clips.
Needs a data root: there is no embedded stand-in.
Expected 5-way accuracy (%): not known: no published figure was at hand.
Weights: ``resnet50.tv_in1k``, torchvision's IMAGENET1K_V1.
Hardware: one GPU; the official figures were made on two, of a model that is not stated. Memory not measured.
"""

_base_ = [
    "../_base_/trunk/resnet.py",
    "../_base_/method/d2st.py",
    "../_base_/head/bimhm.py",
    "../_base_/data/hmdb51.py",
    "../_base_/schedule/paper.py",
    "../_base_/protocol/paper.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
