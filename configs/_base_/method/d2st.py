"""D2ST-Adapter (Pei et al., ICCV 2025), as the official code computes it: ratio 1/4, one adapter behind every block.

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="d2st",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=8e-3, resnet_mini=8e-3, real=1e-3),
    lr_by_head=dict(trx=dict(vit_mini=4e-3, resnet_mini=4e-3)),
    weight_decay=1e-3,
)
