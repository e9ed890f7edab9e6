"""HyRSM (Wang et al., CVPR 2022): relations within and between clips, then Bi-MHM; has parameters to train.

Its base-class loss, of every frame, weighs 0.6 as in its code for SSv2 with 1 shot (0.4 for Kinetics with 5).
"""

head = dict(name="hyrsm", arguments=dict(), base_loss_weight=0.6)
