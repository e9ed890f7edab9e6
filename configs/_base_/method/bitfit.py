"""BitFit (Ben Zaken et al., ACL 2022): only the trunk's biases.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="bitfit",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=1.6e-2, real=1e-3),
    weight_decay=1e-3,
)
