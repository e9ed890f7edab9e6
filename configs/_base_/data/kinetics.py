"""Kinetics-100 under a data root; without one its embedded stand-in, ``appearance``."""

data = dict(
    name="kinetics",
    data_root=None,
    base_loss_weight=1.0,
    flip=0.5,
    jitter=False,
    workers=0,
    encode_batch=16,
)
