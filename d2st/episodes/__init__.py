"""Which videos form which episode: protocol, test manifest, training episodes as functions of (seed, i)."""

from d2st.episodes.manifest import Manifest
from d2st.episodes.protocol import Protocol
from d2st.episodes.sampling import Pool, training_episode

__all__ = ["Manifest", "Pool", "Protocol", "training_episode"]
