"""A plain bottleneck adapter behind every block, where D2ST stands: frames do not see each other, but a
tuned temporal embedding, as beside D2ST, tells each its place in the clip.

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="bottleneck",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=8e-3, resnet_mini=2e-3, real=1e-3),
    lr_by_head=dict(trx=dict(vit_mini=4e-3)),
    weight_decay=1e-3,
)
