"""Bi-MHM (Wang et al., CVPR 2022): bidirectional mean Hausdorff distance of frames; the head of D2ST-Adapter."""

head = dict(name="bimhm", arguments=dict())
