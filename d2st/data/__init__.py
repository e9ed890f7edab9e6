"""Videos as MMAction2 sees them: sources, datasets, pipelines, the embedded benchmark."""

from d2st.data.sources import Source, Video, known_datasets, resolve

__all__ = ["Source", "Video", "known_datasets", "resolve"]
