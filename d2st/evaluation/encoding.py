"""One pass over a split's videos: each is decoded once, and encoded with its frames in every order that is asked for."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from mmaction.structures import ActionDataSample
from mmengine.dist import all_reduce
from mmengine.model import is_model_wrapper
from torch import Tensor

from d2st.evaluation.orders import IN_ORDER, permutation

TIME = 2  # axis of the frames in packed clips (1 c t h w)


@dataclass
class Encoded:
    """What a pass gave.

    Attributes:
        features: frame features (v t d) of all clips of the split by order of frames, zero where a clip was not encoded; of a
            head that needs maps, what the recogniser keeps of them (v ...). The views of a video are clips one after another.
        seconds: of decoding and encoding in order; the other orders are not counted.
        forward_seconds: of the model within it.
    """

    features: dict[str, Tensor] = field(default_factory=dict)
    seconds: float = 0.0
    forward_seconds: float = 0.0


def unwrapped(model: Any) -> Any:
    """The recogniser inside DDP's or another wrapper."""
    return model.module if is_model_wrapper(model) else model


@torch.no_grad()
def encode(loop: Any, orders: Sequence[str] = (), seed: int = 0) -> Encoded:
    """Encode the clips of a loop's data loader, on all ranks together.

    Args:
        loop: a loop of MMEngine with ``runner``, ``dataloader``, ``evaluator`` and ``stage``; hooks and metrics see the
            clips in order only.
        orders: further orders of frames. Each is a forward pass of its own, whatever the method: a frame's feature may
            depend on its place in the clip even where it does not depend on the other frames.
        seed: of the shuffled clips.
    """
    start, done, apart = time.perf_counter(), Encoded(), 0.0
    runner, stage, model = loop.runner, loop.stage, loop.runner.model
    bare = unwrapped(model)
    device = next(model.parameters()).device
    shape = (len(loop.dataloader.dataset), *bare.kept_shape())
    for order in (IN_ORDER, *orders):
        done.features[order] = torch.zeros(shape, device=device)
    for index, batch in enumerate(loop.dataloader):
        runner.call_hook(f"before_{stage}_iter", batch_idx=index, data_batch=batch)
        begun = time.perf_counter()
        samples = model.val_step(batch)
        rows = torch.tensor([sample.clip_index for sample in samples], device=device)
        kept = torch.stack([sample.frame_features for sample in samples])
        done.features[IN_ORDER][rows] = kept.to(done.features[IN_ORDER].dtype)
        ended = time.perf_counter()
        done.forward_seconds += ended - begun
        for order in orders:
            places = [permutation(order, bare.backbone.frames, seed, int(row)) for row in rows]
            other = _encode_again(model, batch, places)
            done.features[order][rows] = other.to(done.features[order].dtype)
        apart += time.perf_counter() - ended
        if loop.evaluator.metrics:
            loop.evaluator.process(data_samples=samples, data_batch=batch)
        runner.call_hook(f"after_{stage}_iter", batch_idx=index, data_batch=batch, outputs=samples)
    for features in done.features.values():
        all_reduce(features)
    done.seconds = time.perf_counter() - start - apart
    return done


def _encode_again(model: Any, batch: dict[str, Any], places: Sequence[Any]) -> Tensor:
    """What the recogniser keeps of a batch whose clips have their frames in other places: (n ...)."""
    pairs = zip(batch["inputs"], places, strict=True)
    clips = [clip.index_select(TIME, torch.from_numpy(place).to(clip.device)) for clip, place in pairs]
    blank = [ActionDataSample(metainfo=sample.metainfo) for sample in batch["data_samples"]]
    samples = model.val_step({"inputs": clips, "data_samples": blank})
    return torch.stack([sample.frame_features for sample in samples])
