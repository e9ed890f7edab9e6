"""Few-shot evaluation: encode every needed video once, then score all episodes from the stored features."""

from d2st.evaluation.features import FeatureStore
from d2st.evaluation.loop import FewShotLoop
from d2st.evaluation.score import accuracy, score

__all__ = ["FeatureStore", "FewShotLoop", "accuracy", "score"]
