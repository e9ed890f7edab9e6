"""ST-Adapter on a ResNet, Bi-MHM head.

    mim train mmaction configs/st_adapter_resnet.py
    mim test mmaction configs/st_adapter_resnet.py --checkpoint work_dirs/st_adapter_resnet/iter_480.pth

Trains and tests on the embedded benchmark ``motion`` with ``resnet_mini``, or, if D2ST_DATA_ROOT names
the folder that holds ``ssv2/``, on Something-Something V2 with torchvision's ImageNet ResNet-50.
Expected 5-way accuracy (%): not known, on either.
"""

_base_ = [
    "_base_/trunk/resnet.py",
    "_base_/method/st_adapter.py",
    "_base_/head/bimhm.py",
    "_base_/data/ssv2.py",
    "_base_/schedule/quick.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
