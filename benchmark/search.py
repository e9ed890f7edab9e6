"""The learning rate of every method, chosen on the validation classes by one rule and budget: ``python benchmark/search.py``.

Each method is tried at a start and at twice it; while the best is at an edge, at half or twice the edge, up to ``--trials``.
The start is 4e-3 of what adds modules or tunes a few numbers, 1e-3 of what tunes the trunk's own matrices. The best is that of
the highest mean of 1- and 5-shot accuracy. Test classes are never read. Every trial is a line of ``TRUNK.csv``; one that
stands there is not run again.
"""

import argparse
import math
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmark import turn
from benchmark.command import Parser, one_sentence, positive, writable
from benchmark.launch import THREADS
from benchmark.marks import write_between
from benchmark.options import ROOT, chosen_methods, fragments
from benchmark.pool import processes
from benchmark.search_log import Log, table
from benchmark.trial import Trial, prepare, read_arguments, run

START, OWN = 4e-3, 1e-3
OWN_MATRICES = ("full_finetune", "last_blocks")
FOLDER = ROOT / "results" / "official" / "search"


def next_rate(tried: dict[float, float], start: float, most: int) -> float | None:
    """The rate to try after ``tried`` (rate -> score): start, twice it, then outwards of a best one at an edge; None: enough."""
    if len(tried) >= most:
        return None
    for first in (start, 2 * start):
        if first not in tried:
            return first
    best, rates = max(tried, key=tried.__getitem__), sorted(tried)
    if best not in (rates[0], rates[-1]):
        return None
    return best / 2 if best == rates[0] else 2 * best


def search(
    trials: Sequence[Trial], logs: dict[str, Log], most: int, workers: int
) -> Iterator[tuple[Trial, dict[str, float]]]:
    """Run what each of ``trials`` (one a trunk and method, their rate the start) still needs; yields every trial as it ends."""
    from benchmark.machine import cpu_name

    where = {"cpu": cpu_name()}
    os.environ |= dict.fromkeys(THREADS, "1")
    running: dict[Future[dict[str, float]], tuple[Trial, Trial]] = {}
    with processes(workers, prepare, os.getpid()) as pool:

        def go_on(start: Trial) -> None:
            chosen = next_rate(logs[start.trunk].done(start), start.rate, most)
            if chosen is not None:
                trial = start._replace(rate=chosen)
                running[pool.submit(run, trial)] = (start, trial)

        for start in trials:
            go_on(start)
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                start, trial = running.pop(future)
                found = future.result()
                logs[trial.trunk].add(trial, found, where)
                yield trial, found
                go_on(start)


def rate(text: str) -> float:
    """A positive number, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no rate: a positive number such as 4e-3")
    return value


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = Parser(prog="python benchmark/search.py", description=__doc__, allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument(
        "--trunks", nargs="+", default=["vit"], choices=fragments("trunk"), help="default: vit"
    )
    parser.add_argument("--methods", nargs="+", default=["all"], metavar="NAME", help="default: all")
    parser.add_argument(
        "--data",
        default="ssv2",
        choices=fragments("data"),
        help="default: ssv2, without a data root its embedded stand-in",
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
    text = "first rate of every method (default: 4e-3 and 1e-3, as said above); with --trials 1 the only one"
    parser.add_argument("--start", type=rate, metavar="RATE", help=text)
    text = "the methods' arguments, where they are not the usual ones: ratio=0.5 temporal_points=(8,3,3)"
    parser.add_argument("--arguments", nargs="+", default=[], metavar="NAME=VALUE", help=text)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument(
        "--workers",
        type=positive,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="default: the cores",
    )
    parser.add_argument(
        "--output", type=Path, default=FOLDER, metavar="DIR", help=f"default: {FOLDER.relative_to(ROOT)}"
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="PAGE",
        help="put the table between the lines <!-- search --> of this page",
    )
    asked = parser.parse_args(arguments)
    asked.methods = [name for name in chosen_methods(asked.methods) if name != "frozen"]
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: all tried; 2: wrong input; 130: interrupted, what ended is stored."""
    asked = parse(arguments)
    import baselines  # noqa: F401  (makes the methods known)
    from benchmark.identity import code_version
    from d2st.adaptation import kinds_of
    from d2st.data.sources import resolve

    with one_sentence(f"the trials that ended are in {asked.output}; the same command goes on"):
        read_arguments(" ".join(asked.arguments))
        writable(asked.output)
        source = resolve(asked.data)
        version, code = f"{source.name} {source.version}", code_version()
        logs = {trunk: Log(asked.output / f"{trunk}.csv", version, code) for trunk in asked.trunks}
        trials = [
            Trial(
                trunk,
                method,
                asked.start or (OWN if method in OWN_MATRICES else START),
                asked.train_episodes,
                asked.episodes,
                asked.data,
                asked.seed,
                " ".join(asked.arguments),
            )
            for trunk in asked.trunks
            for method in asked.methods
            if trunk in kinds_of(method)
        ]
        with turn.shared():
            for trial, found in search(trials, logs, asked.trials, asked.workers):
                told = f"{found['accuracy_1']:.1f} / {found['accuracy_5']:.1f} %"
                print(f"{trial.trunk} {trial.method} at {trial.rate:g}: {told}", flush=True)
        lines = table(logs, trials)
        print(*lines, sep="\n")
        if asked.write is not None:
            write_between(asked.write, "search", "\n".join(lines))
        return 0


if __name__ == "__main__":
    sys.exit(main())
