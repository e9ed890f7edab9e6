"""DST-Adapter (ablation in the D2ST paper): depthwise convolutions in place of deformable attention.

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="dst",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=1.6e-2, resnet_mini=8e-3, real=1e-3),
    lr_by_head=dict(trx=dict(vit_mini=8e-3)),
    weight_decay=1e-3,
)
