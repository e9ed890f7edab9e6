"""STRM (Thatipelli et al., CVPR 2022): patches and frames enriched, pairs of frames as TRX; reads the trunk's feature maps.

Its code has no base-class loss.
"""

head = dict(name="strm", arguments=dict(), base_loss_weight=0.0)
