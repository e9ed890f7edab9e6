"""Several readings of each test video, as in protocols that draw test frames at random (D2ST's official code on SSv2).

Every video is encoded ``views`` times, and each place of an episode takes one of its video's views. Only as many encodings as
there are views stand behind 10,000 episodes, where the official code decodes every place anew.
"""

from dataclasses import replace

import numpy as np

from d2st.episodes import Manifest

STREAM = 0x71E5  # keeps these draws apart from others that start from the same seed


def viewed(manifest: Manifest, views: int) -> Manifest:
    """The same episodes with clip ``video * views + view`` in place of each video; ids and labels stay the video's.

    The view is a function of the manifest's seed, its shape and the place alone. With one view it is the manifest itself.
    """
    if views == 1:
        return manifest
    rng = np.random.Generator(np.random.PCG64([STREAM, manifest.protocol.seed, views]))
    query, support = (
        (part * views + rng.integers(views, size=part.shape)).astype(np.int32)
        for part in (manifest.query, manifest.support)
    )
    videos, labels = (
        tuple(value for value in values for _ in range(views))
        for values in (manifest.videos, manifest.labels)
    )
    return replace(manifest, videos=videos, labels=labels, support=support, query=query)
