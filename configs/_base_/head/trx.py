"""TRX (Perrett et al., CVPR 2021): tuples of frames attend to those of all shots of a class; has parameters to train.

Its code has no base-class loss.
"""

head = dict(name="trx", arguments=dict(), base_loss_weight=0.0)
