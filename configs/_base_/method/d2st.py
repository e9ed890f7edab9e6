"""D2ST-Adapter (Pei et al., ICCV 2025), as the official code computes it: ratio 1/4, one adapter behind every block.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="d2st",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=8e-3, real=1e-3),
    weight_decay=1e-3,
)
