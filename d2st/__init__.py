"""D2ST-Adapter (Pei et al., ICCV 2025, arXiv 2312.01431) as a component of MMAction2, with everything
few-shot that MMAction2 lacks. ``import baselines`` makes the other adaptation methods known."""

from d2st import compat

compat.mend()

from d2st import ablations as ablations  # noqa: E402
from d2st.adaptation import Adaptation, load_tunable_state_dict, methods, tunable_state_dict  # noqa: E402
from d2st.errors import UserError  # noqa: E402
from d2st.method import D2ST  # noqa: E402
from d2st.trunks import adapt, trunk_info  # noqa: E402

__version__ = "0.1.0"
__all__ = [
    "D2ST",
    "Adaptation",
    "UserError",
    "adapt",
    "load_tunable_state_dict",
    "methods",
    "trunk_info",
    "tunable_state_dict",
]
