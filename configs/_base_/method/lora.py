"""LoRA (Hu et al., ICLR 2022): a low-rank update of rank 8 beside the query and value projections.

Rates by size of trunk: ``embedded`` for ``vit_mini`` and ``resnet_mini``, ``real`` for every other.
"""

method = dict(
    name="lora",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(embedded=8e-3, real=5e-4),
    weight_decay=1e-3,
)
