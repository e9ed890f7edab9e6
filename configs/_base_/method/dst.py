"""DST-Adapter (ablation in the D2ST paper): depthwise convolutions in place of deformable attention.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="dst",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=8e-3, real=1e-3),
    weight_decay=1e-3,
)
