"""From stored frame features to the per-query table of all episodes of a manifest."""

import math

import numpy as np
import pandas as pd
import torch
from einops import rearrange, repeat
from torch import Tensor

from d2st.episodes import Manifest
from d2st.heads import Head

BATCH_BYTES = 8 * 2**20  # gathered at a time: more does not fit a processor's cache, and takes twice as long
GPU_BATCH_BYTES = 128 * 2**20  # fewer, larger steps: what they cost there is their number
STORE_BYTES = 2 * 2**30
VIEW_STREAM = 0x71E3  # keeps the draw of views apart from other draws that start from the same seed


@torch.no_grad()
def score(
    head: Head,
    features: Tensor,
    manifest: Manifest,
    batch: int | None = None,
    query_features: Tensor | None = None,
    views: int = 1,
) -> pd.DataFrame:
    """Score every query of every episode.

    Args:
        head: few-shot head; compares ``b`` episodes at a time. Each clip is embedded once, unless all of them together
            take more than 2 GiB: then in every episode.
        features: frame features ``(v t d)``, row = index into the manifest's videos; rows that no episode needs are not read.
            Of a head that needs maps: what it embedded of them, ``(v ...)``.
        manifest: the episodes.
        batch: episodes at a time; default: as many as gather 8 MiB of embedded clips, 128 on a GPU.
        query_features: other features of the same videos, for where they are queries; default: ``features``.
        views: V, encodings of every video, one after another in ``features`` ((v V) t d); every place of an episode takes one
            of its video's, drawn from the protocol's seed.

    Returns:
        one row a query, in the manifest's order: ``episode`` (int32), ``query_video``, ``support_videos`` (list, the shots of
        each class together), ``class``, ``predicted``, ``correct``, ``margin`` (float32; logit of the true class minus the
        best other; of equal logits the first class is predicted).
    """
    _, way, queries = manifest.query.shape
    rows, support, query = _places(manifest, views)
    shots, device = support.shape[-1], features.device
    clips = features[rows.to(device)]
    query_features = features if query_features is None else query_features
    same = query_features is features
    asked = clips if same else query_features[rows.to(device)]
    size = _bytes(clips[:1] if head.needs_maps else head.embed(clips[:1]))
    embedded = head.needs_maps
    if not embedded and (1 if same else 2) * len(clips) * size <= STORE_BYTES:
        clips = _embed(head, clips, size)
        asked = clips if same else _embed(head, asked, size)
        embedded = True
    batch = batch or max(1, _room(device) // (way * (shots + queries) * size))
    truth = repeat(torch.arange(way, device=device), "w -> 1 (w q) 1", q=queries)
    gather_support, gather_query = _Gather(), _Gather()
    guessed, margins = [], []
    for numbers, others in zip(support.to(device).split(batch), query.to(device).split(batch)):
        s, q = gather_support(clips, numbers.flatten()), gather_query(asked, others.flatten())
        if not embedded:
            s, q = head.embed(s), head.embed(q)
        logits = head.logits(s.unflatten(0, numbers.shape), q.unflatten(0, (len(others), -1)))
        own = truth.expand(len(logits), -1, -1)
        true = logits.gather(-1, own)
        margins.append((true - logits.scatter(-1, own, -math.inf).amax(-1, keepdim=True)).squeeze(-1).cpu())
        guessed.append(logits.argmax(-1).cpu())
    return _table(manifest, torch.cat(guessed).numpy(), torch.cat(margins).float().numpy())


def _room(device: torch.device) -> int:
    return BATCH_BYTES if device.type == "cpu" else GPU_BATCH_BYTES


class _Gather:
    """Rows of a tensor by number, written over those of the last call: fresh memory would cost as much as the reading."""

    def __init__(self) -> None:
        self._kept: Tensor | None = None

    def __call__(self, clips: Tensor, numbers: Tensor) -> Tensor:
        if self._kept is None or len(self._kept) < len(numbers):
            self._kept = clips.new_empty(len(numbers), *clips.shape[1:])
        return torch.index_select(clips, 0, numbers, out=self._kept[: len(numbers)])


def _places(manifest: Manifest, views: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of the features that some episode may need, and where among these the support (e w k) and queries (e w q) are."""
    needed = manifest.needed
    rows = (needed[:, None] * views + np.arange(views)).ravel()
    rng = np.random.Generator(np.random.PCG64([VIEW_STREAM, manifest.protocol.seed]))
    support, query = (
        torch.from_numpy(np.searchsorted(needed, part) * views + rng.integers(views, size=part.shape))
        for part in (manifest.support, manifest.query)
    )
    return torch.from_numpy(rows), support, query


def _embed(head: Head, clips: Tensor, size: int) -> Tensor:
    """All clips embedded, a few at a time; ``size`` is the bytes of one."""
    parts = clips.split(max(1, _room(clips.device) // size))
    first = head.embed(parts[0])
    out = first.new_empty(len(clips), *first.shape[1:])
    start = 0
    for part in parts:
        out[start : start + len(part)] = head.embed(part)
        start += len(part)
    return out


def _bytes(values: Tensor) -> int:
    return values.numel() * values.element_size()


def _table(manifest: Manifest, guessed: np.ndarray, margins: np.ndarray) -> pd.DataFrame:
    """``guessed`` (e (w q)) in places of the episode, ``margins`` likewise."""
    episodes, way, queries = manifest.query.shape
    videos, classes = np.asarray(manifest.videos, object), np.asarray(manifest.classes, object)
    place = classes[np.asarray(manifest.labels)[manifest.support[:, :, 0]]]
    truth = np.repeat(np.arange(way), queries)
    supports = videos[rearrange(manifest.support, "e w k -> e (w k)")].tolist()
    return pd.DataFrame(
        {
            "episode": np.repeat(np.arange(episodes, dtype=np.int32), way * queries),
            "query_video": videos[manifest.query.reshape(-1)],
            "support_videos": [support for support in supports for _ in range(way * queries)],
            "class": place[:, truth].reshape(-1),
            "predicted": np.take_along_axis(place, guessed, axis=1).reshape(-1),
            "correct": (guessed == truth).reshape(-1),
            "margin": margins.reshape(-1).astype(np.float32),
        }
    )


def accuracy(table: pd.DataFrame) -> tuple[float, float]:
    """Mean accuracy over episodes and the half width of its 95 % interval, ``1.96 sd / sqrt(n)``, both in percent."""
    episodes = 100 * table.groupby("episode", sort=False)["correct"].mean().to_numpy()
    spread = episodes.std(ddof=1) if len(episodes) > 1 else math.nan
    return float(episodes.mean()), float(1.96 * spread / math.sqrt(len(episodes)))
