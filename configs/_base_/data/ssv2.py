"""Something-Something V2 (full split) under a data root; without one its embedded stand-in, ``motion``."""

data = dict(
    name="ssv2",
    data_root=None,
    base_loss_weight=1.0,
    flip=0.5,
    directional=True,  # a flip would turn left into right: none, unless the protocol's flip_directional asks for it
    jitter=False,
    workers=0,
    encode_batch=16,
)
