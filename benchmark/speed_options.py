"""The command line of ``speed.py``; nothing heavy is imported here."""

import argparse
import datetime
import os
from collections.abc import Sequence
from pathlib import Path

from benchmark.command import Parser, device_option, fail, number, positive, write_option
from benchmark.options import METHODS, chosen_methods, fragments

DESCRIPTION = """
Measure what ways of adapting an image model to video cost on one trunk: parameters, checkpoint, FLOPs, latency, throughput,
training step (forward, backward, optimizer) and peak memory. Methods take turns, so that drift of the machine hits all alike,
and every figure is also given as a ratio to the frozen trunk in the same round. Nothing else of this suite runs meanwhile.
"""
EXAMPLES = """
examples:
  python benchmark/speed.py --trunk vit_base_patch16_clip_quickgelu_224 --methods all
      all methods on CLIP's ViT-B/16; those without a form for a trunk are left out, with a line
  python benchmark/speed.py --trunk resnet50 --methods d2st dst --precision bf16 --compile --device cuda --batch 32
      (the frozen trunk is always measured too: the ratios are to it)
  python benchmark/speed.py --compare results/speed/A.json results/speed/B.json
      how far the ratios of two measurements differ; exit code 1 where one differs by more than --tolerance
  python benchmark/speed.py --show results/speed/A.json --write README.md
      the tables of a stored measurement again, between the lines <!-- cost --> and <!-- /cost --> of a page

Interrupted, the rounds that are complete are stored. Exit code: 0 measured; 2 wrong input; 130 interrupted.
"""


def _seconds(text: str) -> float:
    value = number(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of at least 0")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = Parser("speed.py", DESCRIPTION, EXAMPLES)
    what = parser.add_argument_group("what to measure")
    what.add_argument(
        "--trunk", metavar="NAME", help="vit_mini, resnet_mini or timm's name of a ViT or a ResNet"
    )
    text = f"of {', '.join(fragments('method'))}, or all (default: {' '.join(METHODS)})"
    what.add_argument("--methods", nargs="+", default=list(METHODS), metavar="NAME", help=text)
    text = "random (the default: cost does not depend on them), pretrained, or a file"
    what.add_argument("--weights", default="random", metavar="WEIGHTS", help=text)
    what.add_argument("--frames", type=positive, default=8, metavar="N", help="frames a clip (default: 8)")
    text = "side of the frames in pixels (default: the trunk's)"
    what.add_argument("--size", type=positive, metavar="N", help=text)
    text = "clips of the common batch and of a step (default: what the frozen trunk does in a second, at most 8, on a GPU 32)"
    what.add_argument("--batch", type=positive, metavar="N", help=text)
    text = "fp32, or autocast to bf16 or fp16 (default: fp32)"
    what.add_argument("--precision", choices=("fp32", "bf16", "fp16"), default="fp32", help=text)
    what.add_argument("--compile", action="store_true", help="run the encoders through torch.compile")

    how = parser.add_argument_group("how")
    text = "exactly so many rounds (default: 5 to 31, as --seconds allow)"
    how.add_argument("--rounds", type=positive, metavar="N", help=text)
    text = "seconds of rounds after which no further one begins (default: 240)"
    how.add_argument("--seconds", type=_seconds, default=240.0, metavar="S", help=text)
    text = "no larger batch is tried where a pass would take longer than this (default: 2)"
    how.add_argument("--longest", type=_seconds, default=2.0, metavar="S", help=text)
    text = "passes are repeated until a sample is so long (default: 0.25)"
    how.add_argument("--least", type=_seconds, default=0.25, metavar="S", help=text)
    cores = len(os.sched_getaffinity(0))
    how.add_argument(
        "--threads", type=positive, default=cores, metavar="N", help=f"processor threads (default: {cores})"
    )
    device_option(how)

    result = parser.add_argument_group("results")
    text = "JSON file of the result (default: results/speed/TRUNK-TIME.json)"
    result.add_argument("--output", type=Path, metavar="FILE", help=text)
    write_option(result, "cost")
    result.add_argument(
        "--show", type=Path, metavar="FILE", help="measure nothing: the tables of a stored result"
    )
    text = "measure nothing: how far the ratios of two stored results differ (with --write: tables of the first, and that)"
    result.add_argument("--compare", type=Path, nargs=2, metavar="FILE", help=text)
    text = "largest difference of a ratio in percent for --compare (default: 10)"
    result.add_argument("--tolerance", type=_seconds, default=10.0, metavar="PERCENT", help=text)
    return parser


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse and check what needs no torch; exits with code 2 and one sentence on wrong input."""
    asked = _parser().parse_args(arguments)
    if asked.show and asked.compare:
        fail("--show and --compare exclude each other: --compare shows the tables of neither")
    if not asked.trunk and not asked.show and not asked.compare:
        fail("--trunk says which trunk to measure, such as vit_mini or vit_base_patch16_clip_quickgelu_224")
    asked.explicit = [name for name in asked.methods if name != "all"]
    asked.methods = chosen_methods(asked.methods)
    if asked.trunk and not asked.output:
        now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
        asked.output = Path("results") / "speed" / f"{asked.trunk}-{now}.json"
    if asked.output and (asked.output.is_dir() or asked.output.suffix != ".json"):
        fail(f"--output '{asked.output}' is not the name of a .json file")
    return asked
