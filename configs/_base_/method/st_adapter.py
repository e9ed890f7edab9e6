"""ST-Adapter (Pan et al., NeurIPS 2022): a depthwise convolution over time in a bottleneck before the MLP.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="st_adapter",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=4e-3, real=1e-3),
    weight_decay=1e-3,
)
