"""TRX (Perrett et al., CVPR 2021): tuples of frames attend to those of all shots of a class; has parameters to train.

Its code has no base-class loss. Keys and values are as wide as the miniature trunks' features there: the published 1,152 would
be twice as many parameters as such a trunk has.
"""

head = dict(name="trx", arguments=dict(embedded=dict(width=96), real=dict()), base_loss_weight=0.0)
