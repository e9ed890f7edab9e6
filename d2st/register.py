"""Makes everything of this package known to MMAction2's registries: ``custom_imports`` of every config names it.

It also turns a :class:`UserError` that nobody caught, as in ``mim train``, into its sentence and exit code 2.
"""

import io
import sys
from types import TracebackType

import d2st.adapter
import d2st.data.datasets
import d2st.evaluation
import d2st.heads
import d2st.optimisation
import d2st.rates
import d2st.recognizer
import d2st.training
import d2st.trunks  # noqa: F401
from d2st.errors import UserError

_previous_hook = sys.excepthook


def _say_user_errors(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not isinstance(error, UserError):
        _previous_hook(kind, error, trace)
        return
    sys.stdout.flush()
    captured = isinstance(sys.stderr, io.StringIO)  # by torch's hook of a process group, which would lose it
    print(f"error: {error}", file=sys.__stderr__ if captured else sys.stderr, flush=True)
    sys.exit(2)  # an excepthook may; Python leaves with that code instead of 1


sys.excepthook = _say_user_errors
