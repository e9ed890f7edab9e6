"""The encoders whose cost is measured: built one like the other, each with a forward pass in the precision asked for."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

import baselines  # noqa: F401  (makes the methods known)
from d2st.adaptation import tunable_state_dict
from d2st.trunks import ClipEncoder, build_encoder

TYPES = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
REFERENCE = "frozen"


@dataclass(frozen=True)
class Asked:
    """What is to be measured; plain values, so that it can be handed to another process.

    Attributes:
        trunk: timm's name; encoders: arguments of :func:`d2st.trunks.build_encoder` by method, the frozen trunk among them.
        precision: ``fp32``, or ``bf16``, ``fp16`` by autocast; compile: by ``torch.compile``.
        batch: clips of the common batch; None: by the frozen trunk's speed.
        rounds: least and most; between them the ``seconds`` decide. least: seconds of one sample, reached by repetition.
        longest: seconds of a pass above which no larger batch is tried.
        everything: also the sweep over batches, training steps and memory, else only throughput at the common batch.
    """

    trunk: str
    encoders: dict[str, dict[str, Any]]
    device: str
    threads: int
    precision: str = "fp32"
    compile: bool = False
    batch: int | None = None
    rounds: tuple[int, int] = (5, 21)
    seconds: float = 10.0
    least: float = 0.0
    longest: float = 1.0
    everything: bool = False

    @property
    def methods(self) -> list[str]:
        """In the order of their turns, the reference first."""
        return [REFERENCE, *(name for name in self.encoders if name != REFERENCE)]


class Runner:
    """One encoder on the device, and its forward pass as asked."""

    def __init__(self, asked: Asked, method: str) -> None:
        self.device = torch.device(asked.device)
        torch.manual_seed(0)
        self.encoder: ClipEncoder = build_encoder(**asked.encoders[method]).to(self.device).eval()
        self.cast, self.half = TYPES[asked.precision], asked.precision == "fp16"
        self.model: Callable[[Tensor], Tensor] = (
            torch.compile(self.encoder, dynamic=False) if asked.compile else self.encoder
        )
        tuned = [p for p in self.encoder.parameters() if p.requires_grad]
        # at rate 0: the same work, and the same weights in every round
        self.optimizer = torch.optim.AdamW(tuned, lr=0.0) if tuned else None
        self.scaler = torch.amp.GradScaler(self.device.type, init_scale=256.0, enabled=self.half)

    def forward(self, clips: Tensor) -> Tensor:
        """Clips ``(n c t h w)`` to frame features ``(n t d)``."""
        if self.cast is None:
            return self.model(clips)
        with torch.autocast(self.device.type, self.cast):
            return self.model(clips)

    def clips(self, batch: int) -> Tensor:
        """Normal noise ``(n c t h w)`` of the encoder's frames and size."""
        shape = (batch, 3, self.encoder.frames, *self.encoder.image_size)
        return torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(self.device)

    def loss(self, clips: Tensor) -> Tensor:
        """A loss that costs next to nothing and reaches every feature."""
        return self.forward(clips).float().square().mean()

    def backward(self, loss: Tensor) -> None:
        """Gradients of the tunable parameters."""
        self.scaler.scale(loss).backward()

    def step(self) -> None:
        """AdamW's update of the tunable parameters, without clearing the gradients."""
        assert self.optimizer is not None
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def clear(self) -> None:
        """Forget the gradients."""
        self.encoder.zero_grad(set_to_none=True)


def sizes(encoder: ClipEncoder) -> dict[str, int]:
    """Tunable and total parameters, and bytes of the tunable checkpoint as ``torch.save`` writes it."""
    return {
        "tunable_parameters": encoder.tunable_count,
        "total_parameters": sum(p.numel() for p in encoder.parameters()),
        "checkpoint_bytes": written(tunable_state_dict(encoder)),
    }


def written(state: dict[str, Tensor]) -> int:
    """Bytes of ``state`` on disk, 0 where there is nothing to keep."""
    if not state:
        return 0
    file = io.BytesIO()
    torch.save(state, file)
    return file.tell()


def clip_flops(arguments: dict[str, Any]) -> int:
    """FLOPs of encoding one clip, counted on the meta device; see :mod:`benchmark.flops`."""
    from benchmark.flops import flops

    with torch.device("meta"):
        encoder: nn.Module = build_encoder(**{**arguments, "weights": "random"}).eval()
    shape = (1, 3, encoder.frames, *encoder.image_size)
    return flops(encoder, torch.empty(shape, device="meta"))
