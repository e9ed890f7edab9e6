"""The adaptation methods that D2ST is compared with, one a file; importing this makes their names known."""

from baselines.aim import AIM
from baselines.bitfit import BitFit
from baselines.dualpath import DualPath
from baselines.frozen import Frozen
from baselines.full_finetune import FullFinetune
from baselines.last_blocks import LastBlocks
from baselines.lora import LoRA
from baselines.norm_tuning import NormTuning
from baselines.st_adapter import STAdapterMethod

__all__ = [
    "AIM",
    "BitFit",
    "DualPath",
    "Frozen",
    "FullFinetune",
    "LastBlocks",
    "LoRA",
    "NormTuning",
    "STAdapterMethod",
]
