"""DUALPATH (Park et al., CVPR 2023): parallel adapters on the frames, serial ones on a mosaic of all frames.

Rates by trunk: ``vit_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="dualpath",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=1e-3, real=5e-4),
    weight_decay=1e-3,
)
