"""Partial fine-tuning: the last two blocks and the final norm, at a rate nearer to full fine-tuning's.

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="last_blocks",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=1e-3, resnet_mini=4e-3, real=2e-5),
    lr_by_head=dict(trx=dict(resnet_mini=2e-3)),
    weight_decay=1e-3,
)
