"""The trunk as it is. Bi-MHM, OTAM and ProtoNet have nothing to train here; the rates are those of heads with parameters.

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how those with TRX were chosen.
Those of the other heads are what TRX chose on generator 4 (docs/embedded-4.md).
"""

method = dict(
    name="frozen",
    arguments=dict(),
    lr=dict(vit_mini=2e-3, resnet_mini=8e-3, real=1e-3),
    lr_by_head=dict(trx=dict(vit_mini=4e-3, resnet_mini=2e-3)),
    weight_decay=1e-3,
)
