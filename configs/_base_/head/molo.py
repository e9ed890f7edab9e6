"""MoLo (Wang et al., CVPR 2023) without its pixel decoder: frames and their differences; reads the trunk's feature maps."""

head = dict(name="molo", arguments=dict())
