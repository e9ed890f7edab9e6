"""The embedded benchmark: two procedural video datasets that ship as code and become video files on first use.

``ensure("motion")`` returns a class-folder dataset ``{train,val,test}/<class>/<id>.mp4`` in the cache ($D2ST_CACHE
or ~/.cache/d2st); ``python -m d2st.data.embedded`` writes both. Frames are 64x64, 16 a clip, stored without loss.
"""

from d2st.data.embedded.cache import NAMES, VERSION, ensure

__all__ = ["NAMES", "VERSION", "ensure"]
