"""Videos as MMAction2 sees them: sources, datasets, pipelines, the embedded benchmark."""

from d2st.data.pipelines import clip_pipeline
from d2st.data.sources import Source, Video, known_datasets, resolve

__all__ = ["Source", "Video", "clip_pipeline", "known_datasets", "resolve"]
