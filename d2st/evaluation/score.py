"""From stored frame features to the per-query table of all episodes of a manifest."""

import math

import numpy as np
import pandas as pd
import torch
from einops import rearrange, repeat
from torch import Tensor

from d2st.episodes import Manifest
from d2st.heads import Head

BATCH_BYTES = 64 * 2**20
STORE_BYTES = 2 * 2**30


@torch.no_grad()
def score(
    head: Head,
    features: Tensor,
    manifest: Manifest,
    batch: int | None = None,
    query_features: Tensor | None = None,
) -> pd.DataFrame:
    """Score every query of every episode.

    Args:
        head: few-shot head; compares ``b`` episodes at a time. Each video is embedded once, unless all of them together
            take more than 2 GiB: then in every episode.
        features: frame features ``(v t d)``, row = index into the manifest's videos; rows that no episode needs are not read.
            Of a head that needs maps: what it embedded of them, ``(v ...)``.
        manifest: the episodes.
        batch: episodes at a time; default: as many as gather 64 MiB of embedded clips.
        query_features: other features of the same videos, for where they are queries; default: ``features``.

    Returns:
        one row a query, in the manifest's order: ``episode`` (int32), ``query_video``, ``support_videos`` (list, the shots of
        each class together), ``class``, ``predicted``, ``correct``, ``margin`` (float32; logit of the true class minus the
        best other; of equal logits the first class is predicted).
    """
    episodes, way, queries = manifest.query.shape
    needed = manifest.needed
    support, query = (
        torch.from_numpy(np.searchsorted(needed, part)) for part in (manifest.support, manifest.query)
    )
    rows, shots = torch.from_numpy(np.asarray(needed)).long(), support.shape[-1]
    clips = features[rows]
    asked = clips if query_features is None or query_features is features else query_features[rows]
    size = _bytes(clips[:1] if head.needs_maps else head.embed(clips[:1]))
    tables = 1 if asked is clips else 2
    stored = head.needs_maps or tables * len(clips) * size <= STORE_BYTES
    if stored and not head.needs_maps:
        parts = max(1, BATCH_BYTES // size)
        shown = torch.cat([head.embed(part) for part in clips.split(parts)])
        asked = shown if asked is clips else torch.cat([head.embed(part) for part in asked.split(parts)])
        clips = shown
    batch = batch or max(1, BATCH_BYTES // (way * (shots + queries) * size))
    guessed, margins = [], []
    for start in range(0, episodes, batch):
        s = rearrange(support[start : start + batch], "b w k -> b (w k)").to(features.device)
        q = rearrange(query[start : start + batch], "b w q -> b (w q)").to(features.device)
        labels = repeat(torch.arange(way, device=features.device), "w -> b (w k)", b=len(s), k=shots)
        truth = repeat(torch.arange(way, device=features.device), "w -> b (w q) 1", b=len(s), q=queries)
        logits = (head.compare if stored else head)(clips[s], labels, asked[q])
        true = logits.gather(-1, truth)
        margins.append((true - logits.scatter(-1, truth, -math.inf).amax(-1, keepdim=True)).squeeze(-1).cpu())
        guessed.append(logits.argmax(-1).cpu())
    return _table(manifest, torch.cat(guessed).numpy(), torch.cat(margins).float().numpy())


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
