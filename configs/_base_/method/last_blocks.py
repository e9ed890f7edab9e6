"""Partial fine-tuning: the last two blocks and the final norm, at a rate nearer to full fine-tuning's.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="last_blocks",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=4e-3, real=2e-5),
    weight_decay=1e-3,
)
