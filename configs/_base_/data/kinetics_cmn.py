"""Kinetics-100 under a data root, CMN's own version of its lists; 277 of the 10,000 videos are others than in ``kinetics``."""

data = dict(
    name="kinetics_cmn",
    data_root=None,
    base_loss_weight=1.0,
    flip=0.5,
    jitter=False,
    workers=0,
    encode_batch=16,
)
