"""Every head at full size: 10,000 5-way episodes over stored features of 2,400 videos, T = 8, d = 768."""

import os
from collections.abc import Callable
from typing import Any

import pytest
import torch

from benchmark.scoring import CLASSES, DIM, EACH, FRAMES, HEADS, QUERIES
from d2st.data.video import Video
from d2st.episodes import Manifest, Protocol
from d2st.evaluation import score
from d2st.heads import build_head

EPISODES = int(os.environ.get("D2ST_BENCH_EPISODES", "10000"))
FIVE_SHOT = ("protonet", "bimhm", "otam", "trx-64")  # of which a ratio to 1-shot is demanded
CASES = [(name, 1) for name in HEADS] + [(name, 5) for name in FIVE_SHOT]


@pytest.fixture(scope="module")
def features() -> torch.Tensor:
    """Frame features (v t d)."""
    return torch.randn(CLASSES * EACH, FRAMES, DIM, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("name", "shot"), CASES)
def test_score(
    measure: Callable[..., None], features: torch.Tensor, name: str, shot: int, benchmark: Any
) -> None:
    torch.manual_seed(0)
    videos = [Video(f"{c:02}/{v:03}", "", c, f"class {c}") for c in range(CLASSES) for v in range(EACH)]
    protocol = Protocol(shot=shot, queries=QUERIES, episodes=EPISODES)
    manifest = Manifest.draw(videos, protocol)
    head = build_head(HEADS[name], dim=DIM, frames=FRAMES).eval()
    if head.needs_maps:  # such a head is given what it embedded
        with torch.no_grad():
            one = head.embed(torch.zeros(1, FRAMES, DIM, 1, 1))
        features = torch.randn(len(videos), *one.shape[1:])
    benchmark.extra_info.update(head=name, shot=shot, episodes=EPISODES, queries=QUERIES)
    score(head, features, Manifest.draw(videos, Protocol(shot=shot, queries=QUERIES, episodes=100)))
    measure(lambda: score(head, features, manifest), rounds=1, warm_up=0)
