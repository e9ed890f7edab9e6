"""ST-Adapter on a ViT, Bi-MHM head.

    mim train mmaction configs/st_adapter_vit.py
    mim test mmaction configs/st_adapter_vit.py --checkpoint work_dirs/st_adapter_vit/iter_480.pth

Trains and tests on the embedded benchmark ``motion`` with ``vit_mini``, or, if D2ST_DATA_ROOT names
the folder that holds ``ssv2/``, on Something-Something V2 with CLIP ViT-B/16. Expected 5-way
accuracy (%): on ``motion`` 46.8 ± 0.4 at 1 shot, 63.1 ± 0.4 at 5 shots (seed 0, results/official/quick, made by
``python benchmark/run_all.py --datasets ssv2 kinetics``); on Something-Something V2 not known.
"""

_base_ = [
    "_base_/trunk/vit.py",
    "_base_/method/st_adapter.py",
    "_base_/head/bimhm.py",
    "_base_/data/ssv2.py",
    "_base_/schedule/quick.py",
]

from d2st.experiment import assemble  # noqa: E402

globals().update(assemble(_base_))
_base_.clear()  # the fragments are used up; see FragmentGuard
