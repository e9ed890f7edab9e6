"""MMEngine's validation and test loop for few-shot protocols.

Test frames are deterministic, so a clip's frame features do not depend on the episode: one pass over the videos that the
manifests need, then every protocol is scored from the stored features, and once more for every other order of the frames.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from mmaction.registry import DATA_SAMPLERS, LOOPS
from mmengine.dist import get_dist_info
from mmengine.runner import BaseLoop
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from d2st.episodes import Manifest, Protocol
from d2st.errors import UserError
from d2st.evaluation.encoding import Encoded, encode, unwrapped
from d2st.evaluation.features import FeatureStore
from d2st.evaluation.kept import encode_or_load
from d2st.evaluation.orders import IN_ORDER, SHUFFLED, checked
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
        orders: of ``shuffled`` and ``reversed``, the orders of frames in which the clips are scored besides their own, see
            :mod:`d2st.evaluation.orders`. Clips of one frame have no other order: nothing more is measured then.
        order_seed: of the shuffled clips.
        features: folder of a :class:`d2st.evaluation.FeatureStore`, where encodings are kept and taken from; by default none.
            With it, where episodes need half of the clips or more, all are encoded, so that other episodes find them.

    Attributes:
        manifests: the episodes by protocol name (``5way1shot``), drawn when the loop is built.
        tables: per-query tables by protocol name, after :meth:`run`; with a column ``correct_shuffled``,
            ``correct_reversed`` for each further order.
        clips: number of clips that a run encodes, on all ranks: the needed videos, each in all its views.
        encoded: how many of these the last run did encode: none where they came from the feature store.
        encode_seconds, forward_seconds, score_seconds: duration of the last run's pass over the videos, of the model within
            it, and of scoring; the further orders of frames are not counted.

    Raises:
        UserError: the split has too few classes or videos for a protocol, two protocols have one name, or an order of frames
            is unknown.
    """

    def __init__(
        self,
        runner: Any,
        dataloader: dict[str, Any],
        evaluator: Any,
        stage: Literal["val", "test"],
        protocols: Sequence[dict[str, Any]],
        batch: int | None = None,
        orders: Sequence[str] = (),
        order_seed: int = 0,
        features: str | None = None,
    ) -> None:
        super().__init__(runner, dataloader)
        self.evaluator = runner.build_evaluator(evaluator)
        self.stage, self.batch, self.order_seed = stage, batch, order_seed
        asked = checked(orders)
        self.orders = asked if unwrapped(runner.model).backbone.frames > 1 else []
        self.views = self.dataloader.dataset.views
        self.manifests: dict[str, Manifest] = {}
        for fields in protocols:
            protocol = Protocol(**fields)
            name = protocol.name
            if name in self.manifests:
                raise UserError(f"two {stage} protocols are called '{name}': give each number of shots once")
            self.manifests[name] = self._draw(protocol)
        needed = np.unique(np.concatenate([manifest.needed for manifest in self.manifests.values()]))
        clips = (needed[:, None] * self.views + np.arange(self.views)).ravel()
        self.store = None if features is None else FeatureStore(features)
        total = len(self.dataloader.dataset)
        self.chosen = np.arange(total) if self.store is not None and 2 * len(clips) >= total else clips
        self.dataloader.sampler.choose(self.chosen)
        self.clips, self.encoded = len(self.chosen), 0
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
        """Encode and score; on every rank ``{'5way1shot/accuracy': percent, '5way1shot/ci95': half width, ...}``.

        Of each further order of frames ``5way1shot/accuracy_shuffled`` and so on.
        """
        self.runner.call_hook(f"before_{self.stage}")
        self.runner.call_hook(f"before_{self.stage}_epoch")
        self.runner.model.eval()
        encoded = self.encode()
        start, metrics = time.perf_counter(), {}
        for name, manifest in self.manifests.items():
            self.tables[name] = self._score(encoded.features[IN_ORDER], encoded.features[IN_ORDER], manifest)
            metrics[f"{name}/accuracy"], metrics[f"{name}/ci95"] = accuracy(self.tables[name])
        self.score_seconds = time.perf_counter() - start
        for name, manifest in self.manifests.items():
            for order in self.orders:
                query = encoded.features[order]
                support = query if order == SHUFFLED else encoded.features[IN_ORDER]
                other = self._score(support, query, manifest)
                self.tables[name][f"correct_{order}"] = other["correct"]
                metrics[f"{name}/accuracy_{order}"] = accuracy(other)[0]
        metrics.update(self.evaluator.evaluate(self.clips))
        self.runner.call_hook(f"after_{self.stage}_epoch", metrics=metrics)
        self.runner.call_hook(f"after_{self.stage}")
        return metrics

    def encode(self) -> Encoded:
        """Encode the needed videos in every order of frames that is asked for, or take them from the feature store.

        Further metrics need the clips as they are encoded, so with them nothing is taken from the store.
        """
        asked, stored = (self.orders, self.order_seed), False
        if self.store is None or self.evaluator.metrics:
            encoded = encode(self, *asked)
        else:
            encoded, stored = encode_or_load(self, self.store, self.chosen, *asked)
        self.encoded = 0 if stored else self.clips
        self.encode_seconds, self.forward_seconds = encoded.seconds, encoded.forward_seconds
        return encoded

    def _score(self, support: Tensor, query: Tensor, manifest: Manifest) -> pd.DataFrame:
        return score(unwrapped(self.runner.model).head, support, manifest, self.batch, query, self.views)
