"""What one sample of a measurement is, what is kept of it, and how it is left undisturbed."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch

Seconds = dict[str, dict[str, list[float]]]  # of one sample a round: method -> what -> rounds
PARTS = ("forward", "backward", "optimizer")


class Turn(NamedTuple):
    """What one sample measures: a pass of ``batch`` clips, or a training step of as many."""

    method: str
    what: str  # "pass" or "step"
    batch: int

    @property
    def key(self) -> str:
        """Under which its seconds are kept: ``pass 4``, ``step 1``."""
        return f"{self.what} {self.batch}"


def only_memory(error: RuntimeError) -> None:
    """Pass over what says that memory is short, raise anything else."""
    if not isinstance(error, torch.OutOfMemoryError) and "allocate memory" not in str(error):
        raise error
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage collection meanwhile."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
