"""D2ST without its spatial pathway (ablation).

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="d2st_temporal",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=8e-3, resnet_mini=4e-3, real=1e-3),
    lr_by_head=dict(trx=dict(vit_mini=4e-3, resnet_mini=2e-3)),
    weight_decay=1e-3,
)
