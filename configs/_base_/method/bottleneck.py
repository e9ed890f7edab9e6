"""A plain bottleneck adapter behind every block, where D2ST stands: frames do not see each other, but a
tuned temporal embedding, as beside D2ST, tells each its place in the clip.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="bottleneck",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=8e-3, real=1e-3),
    weight_decay=1e-3,
)
