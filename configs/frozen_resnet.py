"""The frozen trunk on a ResNet, Bi-MHM head.

    mim test mmaction configs/frozen_resnet.py --checkpoint untrained

There is nothing to train: ``mim train`` says so.

Tests on the embedded benchmark ``motion`` with ``resnet_mini``, or, if D2ST_DATA_ROOT names
the folder that holds ``ssv2/``, on Something-Something V2 with torchvision's ImageNet ResNet-50.
Expected 5-way accuracy (%): not known, on either.
"""

_base_ = [
    "_base_/trunk/resnet.py",
    "_base_/method/frozen.py",
    "_base_/head/bimhm.py",
    "_base_/data/ssv2.py",
    "_base_/schedule/quick.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
