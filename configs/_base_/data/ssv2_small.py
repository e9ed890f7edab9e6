"""Something-Something V2 (CMN's small split) under a data root; it has no embedded stand-in."""

data = dict(
    name="ssv2_small",
    data_root=None,
    base_loss_weight=1.0,
    flip=0.5,
    directional=True,  # a flip would turn left into right: none, unless the protocol's flip_directional asks for it
    jitter=False,
    workers=0,
    encode_batch=16,
)
