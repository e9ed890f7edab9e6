"""AIM (Yang et al., ICLR 2023): adapters in space, time and jointly, the frozen attention reused over time.

Rates by trunk: ``vit_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="aim",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=4e-3, real=1e-3),
    lr_by_head=dict(trx=dict(vit_mini=2e-3)),
    weight_decay=1e-3,
)
