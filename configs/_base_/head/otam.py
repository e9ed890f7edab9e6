"""OTAM (Cao et al., CVPR 2020): soft alignment of frames in order."""

head = dict(name="otam", arguments=dict())
