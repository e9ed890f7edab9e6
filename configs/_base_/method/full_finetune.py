"""Full fine-tuning: every parameter of the trunk, at a much lower rate than adapters.

Rates by trunk: ``vit_mini``, ``resnet_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="full_finetune",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=1e-3, resnet_mini=1e-3, real=1e-5),
    lr_by_head=dict(trx=dict(resnet_mini=5e-4)),
    weight_decay=1e-3,
)
