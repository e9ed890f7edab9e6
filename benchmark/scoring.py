"""How long scoring takes at full size, and how much memory: every head from stored features, a process of its own each.

python benchmark/scoring.py                                  2,400 videos of 8 frames, d = 768; 10,000 5-way episodes of 5 queries
python benchmark/scoring.py --heads otam trx --shots 1 --threads 1
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmark import turn
from benchmark.command import Parser

CLASSES, EACH, FRAMES, DIM, QUERIES = 24, 100, 8, 768, 5
#: what a head is given; TRX's keys and values are 1152 wide by default, and 64 is the small projection
HEADS: dict[str, dict[str, Any]] = {
    "protonet": {"type": "protonet"},
    "bimhm": {"type": "bimhm"},
    "otam": {"type": "otam"},
    "linear_probe": {"type": "linear_probe"},
    "hyrsm": {"type": "hyrsm"},
    "trx-64": {"type": "trx", "width": 64},
    "trx": {"type": "trx"},
    "strm-64": {"type": "strm", "width": 64},
    "molo": {"type": "molo"},
}


def measure(name: str, shot: int, threads: int, episodes: int) -> dict[str, Any]:
    """Score random features in this process: CPU and wall seconds of :func:`d2st.evaluation.score`, peak memory of the process.

    The peak counts all of Python and its libraries; ``before_gb`` is what they took before the features were made.
    """
    import torch

    from d2st.data.video import Video
    from d2st.episodes import Manifest, Protocol
    from d2st.evaluation import score
    from d2st.heads import build_head

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    videos = [Video(f"{c:02}/{v:03}", "", c, f"class {c}") for c in range(CLASSES) for v in range(EACH)]
    manifest = Manifest.draw(videos, Protocol(shot=shot, queries=QUERIES, episodes=episodes))
    head = build_head(HEADS[name], dim=DIM, frames=FRAMES).eval()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if head.needs_maps:
        with torch.no_grad():
            one = head.embed(torch.zeros(1, FRAMES, DIM, 1, 1))
        features = torch.randn(len(videos), *one.shape[1:])
    else:
        features = torch.randn(len(videos), FRAMES, DIM)
    cpu, wall = time.process_time(), time.perf_counter()
    score(head, features, manifest)
    return {
        "cpu_seconds": time.process_time() - cpu,
        "wall_seconds": time.perf_counter() - wall,
        "before_gb": before * 1024 / 1e9,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
    }


def in_child(name: str, shot: int, threads: int, episodes: int) -> dict[str, Any]:
    """:func:`measure` in a fresh process, so that its peak memory is its own."""
    call = [sys.executable, __file__, "--child", json.dumps([name, shot, threads, episodes])]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"scoring with {name} failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Measure what the command line asks for and print a line a head."""
    parser = Parser("scoring.py", __doc__)
    parser.add_argument("--heads", nargs="+", choices=HEADS, default=list(HEADS), help="default: all")
    parser.add_argument("--shots", nargs="+", type=int, default=[1, 5], help="default: 1 5")
    parser.add_argument("--threads", nargs="+", type=int, default=[1], help="of torch; default: 1")
    parser.add_argument("--episodes", type=int, default=10_000, help="default: 10000")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(measure(*json.loads(asked.child))))
        return
    size = f"{CLASSES * EACH} videos, {FRAMES} frames, d = {DIM}; {asked.episodes} 5-way episodes of {QUERIES} queries a class"
    print(
        f"{size}\n{'head':<14}{'shots':>6}{'threads':>9}{'wall s':>9}{'CPU s':>9}{'peak GB':>9}", flush=True
    )
    for name in asked.heads:
        for shot in asked.shots:
            for threads in asked.threads:
                with turn.alone():
                    got = in_child(name, shot, threads, asked.episodes)
                print(
                    f"{name:<14}{shot:>6}{threads:>9}{got['wall_seconds']:>9.1f}{got['cpu_seconds']:>9.1f}"
                    f"{got['peak_gb']:>9.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
