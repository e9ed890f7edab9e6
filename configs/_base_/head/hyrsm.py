"""HyRSM (Wang et al., CVPR 2022): relations within and between clips, then Bi-MHM; has parameters to train."""

head = dict(name="hyrsm", arguments=dict())
