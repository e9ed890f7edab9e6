"""Few-shot accuracy of any checkpoint at any way, shots and queries: ``python benchmark/evaluate.py CHECKPOINT --config CONFIG``.

The videos are encoded once for all shots. The config is a file of configs/, or the .json of a stored result, whose dataset,
trunk, method and head are then taken as they were.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmark import turn
from benchmark.command import Parser, fail, one_sentence, positive
from benchmark.options import ORDERS, chosen, fragments

EXAMPLES = """
examples:
  python benchmark/evaluate.py work_dirs/d2st_vit/iter_320.pth --config configs/d2st_vit.py --shots 1 2 3 4 5
  python benchmark/evaluate.py untrained --config configs/frozen_vit.py --way 10 --queries 5 --head otam
  python benchmark/evaluate.py results/quick/checkpoints/aim-motion-....pth --config results/quick/cells/aim-motion-....json

D2ST_DATA_ROOT says where real data lie, as everywhere. Exit code: 0; 2 wrong input; 130 interrupted.
"""
Rows = list[dict[str, float]]


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "evaluate.py",
        "Few-shot accuracy of a checkpoint, with intervals over episodes and over classes.",
        EXAMPLES,
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a .pth file, or untrained")
    text = "config that the checkpoint was trained with, or the .json of a stored result"
    parser.add_argument("--config", required=True, metavar="FILE", help=text)
    parser.add_argument("--shots", nargs="+", type=positive, default=[1, 5], metavar="K", help="default: 1 5")
    parser.add_argument(
        "--way", type=positive, default=5, metavar="N", help="classes an episode (default: 5)"
    )
    text = "queries a class (default: 1)"
    parser.add_argument("--queries", type=positive, default=1, metavar="N", help=text)
    parser.add_argument("--episodes", type=positive, default=10000, metavar="N", help="default: 10000")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the episodes (default: 0)")
    text = f"another head, of {', '.join(fragments('head'))} (default: the config's); one with parameters has to be trained"
    parser.add_argument("--head", metavar="NAME", help=text)
    text = "also with the frames in another order (default: in order only)"
    parser.add_argument("--orders", nargs="+", choices=ORDERS, default=[], help=text)
    text = "HMDB51, UCF101: support and query of an episode never from the same longer video"
    parser.add_argument("--group-disjoint", action="store_true", help=text)
    parser.add_argument("--split", choices=("test", "val", "train"), default="test", help="default: test")
    text = "keep encodings there, and take them from there (default: the stored result's own, else none are kept)"
    parser.add_argument("--features", type=Path, metavar="DIR", help=text)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the numbers there too")
    return parser


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse and check all that needs no dataset; exits with code 2 and one sentence on wrong input."""
    asked = _parser().parse_args(arguments)
    if not Path(asked.config).is_file():
        fail(f"no config '{asked.config}': give a file of configs/, or the .json of a stored result")
    if asked.checkpoint != "untrained" and not Path(asked.checkpoint).is_file():
        fail(f"no checkpoint '{asked.checkpoint}': give a .pth file, or untrained")
    if asked.head is not None:
        (asked.head,) = chosen("head", [asked.head], []) or fail("--head takes one head, not all")
    if asked.seed < 0:
        fail(f"--seed {asked.seed} is below 0")
    if asked.csv is not None and not asked.csv.absolute().parent.is_dir():
        fail(f"cannot write '{asked.csv}': no folder {asked.csv.parent}")
    asked.shots = sorted(set(asked.shots))
    return asked


def config_of(asked: argparse.Namespace) -> dict[str, Any]:
    """The runner's config with the episodes that are asked for. Raises UserError where a file is not what it should be."""
    from mmengine.config import Config

    from benchmark.plan import fragment
    from benchmark.store import Store
    from d2st.errors import UserError
    from d2st.experiment import assemble
    from d2st.run_config import head_config
    from d2st.trunks import trunk_info

    features = asked.features
    if asked.config.endswith(".json"):
        features = features or Store(Path(asked.config).parent.parent).features
        try:
            config = assemble(json.loads(Path(asked.config).read_text("utf-8"))["asked"]["config"])
        except (ValueError, KeyError, TypeError):
            raise UserError(
                f"'{asked.config}' is not a stored result: give a .json of a folder cells/"
            ) from None
    else:
        config = Config.fromfile(asked.config).to_dict()
    if "test_cfg" not in config:
        raise UserError(f"'{asked.config}' is not a config of this suite: it has no test_cfg")
    if asked.head is not None:
        backbone = config["model"]["backbone"]
        info = trunk_info(backbone["trunk"], backbone["weights"])
        config["model"]["head"] = head_config(fragment("head", asked.head), info)
    shared = {name: getattr(asked, name) for name in ("way", "queries", "episodes", "seed", "group_disjoint")}
    config["test_cfg"] |= {
        "protocols": [{**shared, "shot": shot} for shot in asked.shots],
        "orders": asked.orders,
    }
    config["test_cfg"]["features"] = features and str(features)
    config["test_dataloader"]["dataset"]["split"] = asked.split
    return config


def measure(asked: argparse.Namespace) -> Rows:
    """One row a number of shots: ``accuracy`` in percent with half widths, and that of every further order of frames.

    Says how many clips had to be encoded.
    """
    from benchmark import stats
    from benchmark.job import tested

    loop = tested(config_of(asked), asked.checkpoint, "evaluate")
    print(f"{loop.clips} clips, {loop.encoded} of them encoded now")
    rows = []
    for shot in asked.shots:
        table = loop.tables[f"{asked.way}way{shot}shot"]
        of = table["correct"], table["episode"]
        episodes, classes = stats.by_episode(*of), stats.by_class(*of, table["class"])
        row = {
            "shot": shot,
            "accuracy": episodes.mean,
            "half_episodes": episodes.half,
            "half_classes": classes.half,
        }
        row |= {f"accuracy_{order}": table[f"correct_{order}"].mean() for order in asked.orders}
        rows.append({name: value if name == "shot" else 100 * value for name, value in row.items()})
    return rows


def show(asked: argparse.Namespace, rows: Rows) -> None:
    """Print the rows as a table, and write them where asked."""
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    queries = f"{asked.queries} quer{'y' if asked.queries == 1 else 'ies'} a class"
    apart = ", support and query from different source videos" * asked.group_disjoint
    number = f"{asked.episodes:,} episodes of the {asked.split} classes{apart}"
    title = f"{asked.way}-way, {queries}, {number}; chance {100 / asked.way:.1f} %"
    drawn = Table(
        "shots", "accuracy %", "± episodes", "± classes", *asked.orders, title=title, title_justify="left"
    )
    for row in rows:
        numbers = [value for name, value in row.items() if name != "shot"]
        drawn.add_row(str(row["shot"]), *(f"{number:.1f}" for number in numbers))
    Console(highlight=False).print(drawn)
    if asked.csv is not None:
        pd.DataFrame(rows).to_csv(asked.csv, index=False)
        print(f"written: {asked.csv}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    asked = parse(arguments)
    with one_sentence("nothing was stored"):
        with turn.shared():
            found = measure(asked)
        show(asked, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
