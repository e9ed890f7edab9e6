"""The command line of ``search.py``."""

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path

from benchmark.command import Parser, device_option, fail, number, positive, write_option
from benchmark.options import ROOT, chosen_methods, fragments
from benchmark.search_log import USUAL

DATA, HEAD = "ssv2", USUAL["head"]
FOLDER = ROOT / "results" / "official" / "search"


def rate(text: str) -> float:
    """A positive number, for argparse."""
    value = number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no rate: a positive number such as 4e-3")
    return value


def mark(asked: argparse.Namespace) -> str:
    """The name of the lines of a page that hold the table of this search: it tells the data and the head that are not usual."""
    unusual = [name for name, usual in ((asked.data, DATA), (asked.head, HEAD)) if name != usual]
    return "-".join(["search", *unusual])


def parse(arguments: Sequence[str] | None, description: str | None = None) -> argparse.Namespace:
    """What was asked; ``frozen`` has nothing to search but with a head that trains."""
    parser = Parser("search.py", description)
    parser.add_argument(
        "--trunks", nargs="+", default=["vit"], choices=fragments("trunk"), help="default: vit"
    )
    parser.add_argument("--methods", nargs="+", default=["all"], metavar="NAME", help="default: all")
    parser.add_argument(
        "--data",
        default=DATA,
        choices=fragments("data"),
        help=f"default: {DATA}, without a data root its embedded stand-in",
    )
    parser.add_argument(
        "--train-episodes", type=positive, default=600, metavar="N", help="of each trial (default: 600)"
    )
    parser.add_argument(
        "--episodes", type=positive, default=4000, metavar="N", help="validation episodes (default: 4000)"
    )
    parser.add_argument(
        "--trials", type=positive, default=3, metavar="N", help="at most so many a method (default: 3)"
    )
    text = "then the N best of every method with the next seed too: the mean of both decides (default: 0)"
    parser.add_argument("--again", type=positive, default=0, metavar="N", help=text)
    text = "first rate of every method (default: 4e-3 and 1e-3, as said above); with --trials 1 the only one"
    parser.add_argument("--start", type=rate, metavar="RATE", help=text)
    text = "first rate: so many times the one that the method has for the trunk, whatever the head"
    parser.add_argument("--times-own", type=rate, metavar="FACTOR", help=text)
    text = "folders of run_all.py: a trial that one of them has trained is only validated"
    parser.add_argument("--from", dest="runs", nargs="+", type=Path, default=[], metavar="RUN", help=text)
    text = "the methods' arguments, where they are not the usual ones: ratio=0.5 temporal_points=(8,3,3)"
    parser.add_argument("--arguments", nargs="+", default=[], metavar="NAME=VALUE", help=text)
    text = f"trains and validates (default: {HEAD}); only one with parameters gives frozen a rate"
    parser.add_argument("--head", choices=fragments("head"), default=HEAD, help=text)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument(
        "--workers",
        type=positive,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="default: the cores, also beside a GPU, which small trunks do not fill",
    )
    device_option(parser)
    parser.add_argument(
        "--output", type=Path, default=FOLDER, metavar="DIR", help=f"default: {FOLDER.relative_to(ROOT)}"
    )
    parser.add_argument("--show", action="store_true", help="run nothing: the table of what is logged")
    other = f" (other --data than {DATA}, another --head than {HEAD} add their names: search-kinetics-trx)"
    write_option(parser, "search", "configs/_base_/method/README.md", other)
    asked = parser.parse_args(arguments)
    if asked.start and asked.times_own:
        fail("--start and --times-own both say the first rate: give one")
    if asked.write and (asked.arguments or asked.seed):
        fail("--write keeps the table of the search itself, from seed 0 on: leave out --arguments and --seed")
    from benchmark.plan import trains

    asked.methods = [name for name in chosen_methods(asked.methods) if name != "frozen" or trains(asked.head)]
    if not asked.methods:
        fail(
            f"'frozen' has nothing to train with the head '{asked.head}': name one with parameters, as --head trx"
        )
    return asked
