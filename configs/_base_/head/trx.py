"""TRX (Perrett et al., CVPR 2021): tuples of frames attend to those of all shots of a class; has parameters to train."""

head = dict(name="trx", arguments=dict())
