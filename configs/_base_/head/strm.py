"""STRM (Thatipelli et al., CVPR 2022): patches and frames enriched, pairs of frames as TRX; reads the trunk's feature maps."""

head = dict(name="strm", arguments=dict())
