"""AIM (Yang et al., ICLR 2023): adapters in space, time and jointly, the frozen attention reused over time.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="aim",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=4e-3, real=1e-3),
    weight_decay=1e-3,
)
