"""MoLo (Wang et al., CVPR 2023) without its pixel decoder: frames and their differences; reads the trunk's feature maps.

Its base-class loss weighs 0.8 as in its code for SSv2. ``arguments=dict(metric="otam")`` is the paper's second form.
"""

head = dict(name="molo", arguments=dict(), base_loss_weight=0.8)
