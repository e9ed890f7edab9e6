"""The adaptation methods that D2ST is compared with, one a file; importing this makes their names known."""

from baselines.aim import AIM
from baselines.frozen import Frozen
from baselines.full_finetune import FullFinetune
from baselines.st_adapter import STAdapterMethod

__all__ = ["AIM", "Frozen", "FullFinetune", "STAdapterMethod"]
