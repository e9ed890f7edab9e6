"""Encode every video once, or anew in every episode as the official code does: the same predictions, and how many times faster.

python benchmark/encode_once.py                          D2ST on vit_mini, 10,000 episodes of the embedded data at 1 and 5 shots
python benchmark/encode_once.py --method aim --data kinetics --shots 5 --measured 40

The episodes of the second way are alike, so a few are measured and the others counted.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmark import turn
from benchmark.command import Parser, one_sentence, positive


def predict_each(model: Any, dataset: Any, manifest: Any, episodes: int) -> list[list[int]]:
    """Predicted classes, as places in the episode, of the queries of the first ``episodes``: read and encoded in each.

    Args:
        model: the recogniser; dataset: a ``ClipDataset`` of one view; manifest: the episodes.
    """
    import torch

    labels = torch.arange(manifest.protocol.way).repeat_interleave(manifest.protocol.shot)
    predicted = []
    for support, query in zip(manifest.support[:episodes], manifest.query[:episodes]):
        clips = [dataset[int(i)] for i in (*support.ravel(), *query.ravel())]
        batch = {key: [clip[key] for clip in clips] for key in ("inputs", "data_samples")}
        with torch.no_grad():
            kept = torch.stack([sample.frame_features for sample in model.val_step(batch)])
            shown, asked = (part[None] for part in kept.tensor_split([support.size]))
            logits = model.head.compare(shown, labels[None].to(kept.device), asked)[0]
        predicted.append(logits.argmax(-1).tolist())
    return predicted


def compare(runner: Any, measured: int) -> list[dict[str, Any]]:
    """One row a protocol: seconds of either way, their ratio, and how many of the compared predictions are equal.

    Args:
        runner: MMEngine's runner of a test; its loop is run. measured: episodes that are encoded one by one.
    """
    begun = time.perf_counter()
    runner.test()
    loop = runner.test_loop
    once = time.perf_counter() - begun
    rows = []
    for name, manifest in loop.manifests.items():
        number = min(measured, manifest.protocol.episodes)
        begun = time.perf_counter()
        guessed = predict_each(runner.model, loop.dataloader.dataset, manifest, number)
        seconds = (time.perf_counter() - begun) / number * manifest.protocol.episodes
        told = loop.tables[name]["predicted"].to_numpy().reshape(manifest.protocol.episodes, -1)[:number]
        firsts = [[manifest.labels[shots[0]] for shots in support] for support in manifest.support[:number]]
        named = [[manifest.classes[c[g]] for g in guess] for c, guess in zip(firsts, guessed)]
        rows.append(
            {
                "protocol": name,
                "clips_each": manifest.protocol.episodes
                * (manifest.support[0].size + manifest.query[0].size),
                "clips_once": loop.clips,
                "each_seconds": seconds,
                "once_seconds": once,
                "ratio": seconds / once,
                "compared": told.size,
                "equal": int((told == named).sum()),
            }
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = Parser("encode_once.py", __doc__)
    parser.add_argument("--method", default="d2st", metavar="NAME", help="default: d2st, untrained")
    parser.add_argument("--head", default="bimhm", metavar="NAME", help="default: bimhm")
    parser.add_argument(
        "--data",
        default="ssv2",
        metavar="NAME",
        help="default: ssv2, whose embedded stand-in it is without a data root",
    )
    parser.add_argument("--shots", nargs="+", type=positive, default=[1, 5], metavar="K", help="default: 1 5")
    parser.add_argument("--episodes", type=positive, default=10000, metavar="N", help="default: 10000")
    text = "episodes that are encoded one by one (default: 20)"
    parser.add_argument("--measured", type=positive, default=20, metavar="N", help=text)
    asked = parser.parse_args(arguments)
    from benchmark.job import build_runner
    from benchmark.plan import fragment
    from d2st.experiment import assemble

    with one_sentence("nothing was measured"):
        parts = {name: fragment(name, getattr(asked, name)) for name in ("method", "head", "data")}
        schedule = fragment("schedule", "quick")
        schedule |= {"test_shots": asked.shots, "test_episodes": asked.episodes, "test_orders": []}
        with tempfile.TemporaryDirectory() as folder:
            config = assemble({**parts, "trunk": fragment("trunk", "vit"), "schedule": schedule})
            changes = {"work_dir": folder, "load_from": "untrained", "log_level": "WARNING"}
            with turn.alone():
                rows = compare(build_runner(config, "test", "encode-once", **changes), asked.measured)
    for row in rows:
        print(
            f"{row['protocol']}, {asked.episodes:,} episodes: {row['clips_each']:,} encodings in {row['each_seconds']:,.0f} s "
            f"(from {min(asked.measured, asked.episodes)} episodes), {row['clips_once']:,} encodings and all scoring in "
            f"{row['once_seconds']:,.1f} s: {row['ratio']:,.0f} times faster; "
            f"{row['equal']} of {row['compared']} predictions equal"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
