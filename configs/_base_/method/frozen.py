"""The trunk as it is. Bi-MHM, OTAM and ProtoNet have nothing to train here; the rate is that of a head with parameters (TRX).

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="frozen",
    arguments=dict(),
    lr=dict(vit_mini=4e-3, resnet_mini=2e-3, real=1e-3),
    weight_decay=1e-3,
)
