"""DUALPATH (Park et al., CVPR 2023): parallel adapters on the frames, serial ones on a mosaic of all frames.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="dualpath",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=2e-3, real=5e-4),
    weight_decay=1e-3,
)
