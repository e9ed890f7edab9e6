"""D2ST with points that stay on the reference grid (ablation).

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="d2st_fixed",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=4e-3, real=1e-3),
    weight_decay=1e-3,
)
