"""HMDB51 (ARN's split) under a data root; it has no embedded stand-in."""

data = dict(
    name="hmdb51",
    data_root=None,
    base_loss_weight=1.0,
    flip=0.5,
    jitter=False,
    workers=0,
    encode_batch=16,
)
