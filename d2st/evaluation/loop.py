"""MMEngine's validation and test loop for few-shot protocols.

Test frames are deterministic, so a clip's frame features do not depend on the episode: one pass over the videos that the
manifests need, then every protocol is scored from the stored features.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from mmaction.registry import DATA_SAMPLERS, LOOPS
from mmengine.dist import all_reduce, get_dist_info
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from d2st.episodes import Manifest, Protocol
from d2st.errors import UserError
from d2st.evaluation.score import accuracy, score


@DATA_SAMPLERS.register_module()
class ClipSampler(Sampler[int]):
    """This rank's share of a dataset's clips, in order; ``choose`` narrows it to some."""

    def __init__(self, dataset: Dataset[Any], seed: int | None = None) -> None:
        self.rank, self.world = get_dist_info()
        self.choose(range(len(dataset)))

    def choose(self, indices: Sequence[int]) -> None:
        """Take only these clips, every ``world``-th of them on this rank."""
        self.indices = [int(i) for i in indices][self.rank :: self.world]

    def __iter__(self) -> Iterator[int]:
        return iter(self.indices)

    def __len__(self) -> int:
        return len(self.indices)


@LOOPS.register_module()
class FewShotLoop(BaseLoop):
    """Encode every needed video of a split once and score episodes of several protocols.

    Args:
        runner: MMEngine's runner.
        dataloader: over a ``ClipDataset`` with a ``ClipSampler``.
        evaluator: further MMEngine metrics over the encoded clips (``frame_features``); usually an empty list.
        stage: ``val`` or ``test``; which of the runner's hooks are called.
        protocols: fields of :class:`d2st.episodes.Protocol`, one dict a protocol.
        batch: episodes scored at a time; default: by memory.

    Attributes:
        manifests: the episodes by protocol name (``5way1shot``), drawn when the loop is built.
        tables: per-query tables by protocol name, after :meth:`run`.
        clips: number of videos that the last run encoded, on all ranks.
        encode_seconds, forward_seconds, score_seconds: duration of the last run's pass over the videos, of the model within
            it, and of scoring.

    Raises:
        UserError: the split has too few classes or videos for a protocol, or two protocols have one name.
    """

    def __init__(
        self,
        runner: Any,
        dataloader: dict[str, Any],
        evaluator: Any,
        stage: Literal["val", "test"],
        protocols: Sequence[dict[str, int]],
        batch: int | None = None,
    ) -> None:
        super().__init__(runner, dataloader)
        self.evaluator = runner.build_evaluator(evaluator)
        self.stage, self.batch = stage, batch
        self.manifests: dict[str, Manifest] = {}
        for fields in protocols:
            protocol = Protocol(**fields)
            name = protocol.name
            if name in self.manifests:
                raise UserError(f"two {stage} protocols are called '{name}': give each number of shots once")
            self.manifests[name] = self._draw(protocol)
        needed = np.unique(np.concatenate([manifest.needed for manifest in self.manifests.values()]))
        self.dataloader.sampler.choose(needed)
        self.clips = len(needed)
        self.tables: dict[str, pd.DataFrame] = {}
        self.encode_seconds = self.forward_seconds = self.score_seconds = 0.0

    def _draw(self, protocol: Protocol) -> Manifest:
        videos = self.dataloader.dataset.videos
        classes = len({video.label for video in videos})
        if classes < protocol.way:
            raise UserError(
                f"the {self.stage} split has {classes} classes, but its episodes need {protocol.way}: add classes to "
                f"'{self.stage}/' or set a smaller way"
                + (
                    ", or train without validation (mim train ... --no-validate)"
                    if self.stage == "val"
                    else ""
                )
            )
        return Manifest.draw(videos, protocol)

    def run(self) -> dict[str, float]:
        """Encode and score; returns ``{'5way1shot/accuracy': percent, '5way1shot/ci95': half width, ...}`` on every rank."""
        self.runner.call_hook(f"before_{self.stage}")
        self.runner.call_hook(f"before_{self.stage}_epoch")
        self.runner.model.eval()
        features = self.encode()
        model = self.runner.model.module if is_model_wrapper(self.runner.model) else self.runner.model
        start, metrics = time.perf_counter(), {}
        for name, manifest in self.manifests.items():
            self.tables[name] = score(model.head, features, manifest, self.batch)
            metrics[f"{name}/accuracy"], metrics[f"{name}/ci95"] = accuracy(self.tables[name])
        self.score_seconds = time.perf_counter() - start
        metrics.update(self.evaluator.evaluate(self.clips))
        self.runner.call_hook(f"after_{self.stage}_epoch", metrics=metrics)
        self.runner.call_hook(f"after_{self.stage}")
        return metrics

    @torch.no_grad()
    def encode(self) -> Tensor:
        """Frame features ``(v t d)`` of the needed videos, from all ranks; zero for the others.

        Of a head that needs maps, what it embedded of them, ``(v ...)``: the maps of one batch at most are held.
        """
        start, self.forward_seconds = time.perf_counter(), 0.0
        model = self.runner.model
        shape = (model.module if is_model_wrapper(model) else model).kept_shape()
        device = next(model.parameters()).device
        features = torch.zeros(len(self.dataloader.dataset.videos), *shape, device=device)
        for index, batch in enumerate(self.dataloader):
            self.runner.call_hook(f"before_{self.stage}_iter", batch_idx=index, data_batch=batch)
            begun = time.perf_counter()
            samples = model.val_step(batch)
            rows = torch.tensor([sample.video_index for sample in samples], device=device)
            features[rows] = torch.stack([sample.frame_features for sample in samples]).to(features.dtype)
            self.forward_seconds += time.perf_counter() - begun
            if self.evaluator.metrics:
                self.evaluator.process(data_samples=samples, data_batch=batch)
            self.runner.call_hook(
                f"after_{self.stage}_iter", batch_idx=index, data_batch=batch, outputs=samples
            )
        all_reduce(features)
        self.encode_seconds = time.perf_counter() - start
        return features
