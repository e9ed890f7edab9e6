"""The command line of ``run_all.py``; nothing heavy is imported here, so that help and wrong names answer at once."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from benchmark.command import Parser, device_option, fail, positive
from benchmark.identity import ROOT

FRAGMENTS = ROOT / "configs" / "_base_"
METHODS = ("d2st", "aim", "st_adapter", "full_finetune", "frozen")
#: training seeds where none are asked for; other profiles than these: 0. One training does not tell two methods apart
SEEDS = {"full": [0, 1, 2]}
#: orders of the test frames besides their own, see d2st/evaluation/orders.py (not imported: it takes seconds)
ORDERS = ("shuffled", "reversed")
EXAMPLES = """
examples:
  python benchmark/run_all.py
      five methods on both embedded datasets, 1- and 5-shot; results, table and plots in results/quick
  python benchmark/run_all.py --list
      what that would run and what is done, without starting anything
  python benchmark/run_all.py --methods d2st frozen --datasets ssv2 --heads bimhm otam --seeds 0 1 2
      a smaller grid; cells that are stored already are not run again
  python benchmark/run_all.py --datasets /videos/mine --trunk vit_tiny_patch16_224 --weights tiny.safetensors
      a folder of your own: train/ val/ test/, in each one folder a class, in each video files or folders of frames
  python benchmark/run_all.py --data-root /data --profile full --device cuda
      the real Something-Something V2 and Kinetics-100 under /data, CLIP ViT-B/16

Interrupt it when you like, kill -9 included: the same command goes on where it stopped.
Exit code: 0 all cells stored; 1 a cell failed (shown in the table, tried again next time); 2 wrong input; 130 interrupted.
"""


def fragments(kind: str) -> list[str]:
    """Names of the config fragments of one kind: ``method``, ``head``, ``schedule``."""
    return sorted(path.stem for path in (FRAGMENTS / kind).glob("*.py"))


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 0")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "run_all.py",
        "Train and test ways of adapting an image model to video for few-shot action recognition, "
        "all on the same episodes, and print one table.",
        EXAMPLES,
    )
    what = parser.add_argument_group("what to compare")
    text = "names (ssv2, kinetics, ...) or folders with train/ val/ test/ (default: ssv2 kinetics)"
    what.add_argument("--datasets", nargs="+", default=["ssv2", "kinetics"], metavar="NAME|DIR", help=text)
    text = f"of {', '.join(fragments('method'))}, or all (default: {' '.join(METHODS)})"
    what.add_argument("--methods", nargs="+", metavar="NAME", help=text)
    text = f"of {', '.join(fragments('head'))}, or all (default: bimhm)"
    what.add_argument("--heads", nargs="+", default=["bimhm"], metavar="NAME", help=text)
    text = (
        "train with this head alone, and score what it has trained by all heads that have nothing to train "
    )
    text += "(default: each head trains its own)"
    what.add_argument("--train-head", metavar="NAME", help=text)
    text = "vit and resnet (without a data root vit_mini and resnet_mini, with one CLIP ViT-B/16 and ResNet-50), or timm's names "
    text += "of ViTs and ResNets; methods without a form for one are left out of it (default: vit)"
    what.add_argument("--trunks", "--trunk", nargs="+", default=["vit"], metavar="NAME", help=text)
    text = "weights of the trunk: pretrained (timm's own, default), random, a tag of timm, hf-hub:OWNER/NAME, a file "
    text += "(.safetensors, .pth, OpenAI's .pt) or a folder with one"
    what.add_argument("--weights", default="pretrained", metavar="WEIGHTS", help=text)
    text = "support videos a class at test; training is 1-shot (default: 1 5)"
    what.add_argument("--shots", nargs="+", type=positive, default=[1, 5], metavar="K", help=text)
    text = "HMDB51, UCF101: support and query of an episode never from the same longer video"
    what.add_argument("--group-disjoint", action="store_true", help=text)
    text = (
        "training seeds; the test episodes are the same for all (default: 0 1 2 with --profile full, else 0)"
    )
    what.add_argument("--seeds", nargs="+", type=_seed, metavar="N", help=text)

    how = parser.add_argument_group("how much")
    text = (
        "training budget: quick is 480 episodes of motion, 160 of appearance and 320 of real data, full is 2,400 of "
        "motion, 200 of appearance and 3,000 of real data, paper is the official recipe of each data set (default: quick; "
        "with --protocol paper: paper)"
    )
    how.add_argument("--profile", choices=fragments("schedule"), help=text)
    text = "suite, or paper: what the official D2ST code does, see docs/protocol.md (default: suite)"
    how.add_argument("--protocol", choices=fragments("protocol"), default="suite", help=text)
    text = "single differences between the protocols set otherwise, such as views=3; see docs/protocol.md"
    how.add_argument("--switch", nargs="+", default=[], metavar="NAME=VALUE", help=text)
    text = "training episodes, instead of the profile's"
    how.add_argument("--train-episodes", type=positive, metavar="N", help=text)
    how.add_argument(
        "--episodes",
        type=positive,
        metavar="N",
        help="test episodes (default: the profile's, 10,000 or 4,000)",
    )

    where = parser.add_argument_group("where")
    text = "folder with the real datasets (default: $D2ST_DATA_ROOT; without either the embedded benchmark is used)"
    where.add_argument("--data-root", metavar="DIR", help=text)
    text = "folder of the results (default: results/PROFILE)"
    where.add_argument("--output", type=Path, metavar="DIR", help=text)
    device_option(where)
    text = "jobs at a time (default: the processor's cores / threads, or the number of GPUs)"
    where.add_argument("--workers", type=positive, metavar="N", help=text)
    where.add_argument(
        "--threads", type=positive, default=1, metavar="N", help="processor threads a job (default: 1)"
    )
    text = "show every cell and whether it is done, and start nothing"
    parser.add_argument("--list", action="store_true", help=text)
    return parser


def chosen(kind: str, asked: Sequence[str], everything: Sequence[str]) -> list[str]:
    """The names of fragments that are asked for, ``all`` being ``everything``; exits with 2 where one is unknown."""
    known = fragments(kind)
    for name in asked:
        if name not in (*known, "all"):
            fail(f"unknown {kind} '{name}'; known: {', '.join([*known, 'all'])}")
    named = list(everything) if "all" in asked else []
    return list(dict.fromkeys([*named, *(name for name in asked if name != "all")]))


def chosen_methods(asked: Sequence[str]) -> list[str]:
    """The methods that are asked for; ``all`` begins with the five of the quick profile."""
    return chosen("method", asked, [*METHODS, *(name for name in fragments("method") if name not in METHODS)])


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse and check all that needs no dataset; exits with code 2 and one sentence on wrong input."""
    asked = _parser().parse_args(arguments)
    asked.explicit = [name for name in asked.methods or () if name != "all"]
    asked.methods = chosen_methods(asked.methods or METHODS)
    asked.heads = chosen("head", asked.heads, fragments("head"))
    if asked.train_head is not None:
        (asked.train_head,) = chosen("head", [asked.train_head], []) or fail(
            "--train-head takes one head, not all"
        )
    asked.profile = asked.profile or ("paper" if asked.protocol == "paper" else "quick")
    asked.seeds = asked.seeds or SEEDS.get(asked.profile, [0])
    for name in ("datasets", "trunks", "shots", "seeds"):
        setattr(asked, name, list(dict.fromkeys(getattr(asked, name))))
    if (
        Path(asked.weights).suffix in (".safetensors", ".pth", ".pt", ".bin")
        and not Path(asked.weights).exists()
    ):
        fail(f"no weights file '{asked.weights}': --help lists what --weights takes")
    root = asked.data_root or os.environ.get("D2ST_DATA_ROOT")
    if root and not Path(root).is_dir():
        fail(
            f"no data root '{root}': give the folder that holds the datasets, or none for the embedded benchmark"
        )
    own = "" if (asked.protocol == "paper") == (asked.profile == "paper") else f"-{asked.protocol}"
    asked.output = asked.output or Path("results") / f"{asked.profile}{own}"
    if asked.output.exists() and not asked.output.is_dir():
        fail(f"--output '{asked.output}' is a file: give a folder")
    return asked
