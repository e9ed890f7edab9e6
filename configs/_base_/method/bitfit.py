"""BitFit (Ben Zaken et al., ACL 2022): only the trunk's biases.

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="bitfit",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=1.6e-2, resnet_mini=1.6e-2, real=1e-3),
    lr_by_head=dict(trx=dict(resnet_mini=8e-3)),
    weight_decay=1e-3,
)
