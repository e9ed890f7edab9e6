"""LoRA (Hu et al., ICLR 2022): a low-rank update of rank 8 beside the query and value projections.

Rates by trunk: ``vit_mini``, ``real`` for every other; README.md here says how they were chosen.
"""

method = dict(
    name="lora",
    arguments=dict(embedded=dict(), real=dict()),
    lr=dict(vit_mini=4e-3, real=5e-4),
    lr_by_head=dict(trx=dict(vit_mini=2e-3)),
    weight_decay=1e-3,
)
