"""Full fine-tuning: every parameter of the trunk, at a much lower rate than adapters.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="full_finetune",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=5e-4, real=1e-5),
    weight_decay=1e-3,
)
