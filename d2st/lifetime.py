"""How long a process lives that another one has started."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Be killed when the starting process ends, even by kill -9; leave at once if it has ended already.

    ``parent`` is the process id of the one that started this. Where not on Linux, only the latter.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that started this one is gone")
