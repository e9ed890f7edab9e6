"""The learning rate of every method, chosen on the validation classes by one rule and budget: ``python benchmark/search.py``.

Each method is tried at a start and twice it; while the best is at an edge, a step of two further, up to ``--trials``. The start is 4e-3 of what adds modules or tunes a few numbers, 1e-3 of what tunes the trunk's own matrices. The best is that of the
highest mean of 1- and 5-shot accuracy. Test classes are never read. Every trial is a line of ``TRUNK.csv``; one that stands
there is not run again.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import pandas as pd

from benchmark.launch import THREADS
from benchmark.marks import write_between
from benchmark.options import METHODS, ROOT, Parser, chosen, fail, fragments, positive, writable
from benchmark.store import write_atomically
from benchmark.trial import Trial, prepare, run
from d2st.errors import UserError

START, OWN = 4e-3, 1e-3
OWN_MATRICES = ("full_finetune", "last_blocks")
KEY = list(Trial._fields)
FOLDER = ROOT / "results" / "official" / "search"


def next_rate(tried: dict[float, float], start: float, most: int) -> float | None:
    """The rate to try after ``tried`` (rate -> score): start, twice it, then outwards of a best one at an edge; None: enough."""
    for rate in (start, 2 * start):
        if rate not in tried:
            return rate
    best, rates = max(tried, key=lambda rate: tried[rate]), sorted(tried)
    if len(tried) >= most or best not in (rates[0], rates[-1]):
        return None
    return best / 2 if best == rates[0] else 2 * best


def score(row: Any) -> float:
    """What a trial is judged by."""
    return float(row["accuracy_1"] + row["accuracy_5"]) / 2


class Log:
    """The trials of one trunk, in a CSV file that is written whole after every one.

    ``version`` is that of the data: trials on others are kept, and count for nothing.
    """

    def __init__(self, path: Path, version: str, code: str) -> None:
        self.path, self.version, self.code = path, version, code
        self.rows = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=[*KEY, "version"])

    def done(self, like: Trial) -> dict[float, float]:
        """Rate -> score of the trials that differ from ``like`` in the rate alone."""
        return {float(row["rate"]): score(row) for _, row in self.like(like).iterrows()}

    def like(self, trial: Trial) -> pd.DataFrame:
        """The rows that differ from ``trial`` in the rate alone, in the order of rates."""
        rows = self.rows[self.rows["version"] == self.version]
        for name in KEY:
            if name != "rate":
                rows = rows[rows[name] == getattr(trial, name)]
        return rows.sort_values("rate")

    def add(self, trial: Trial, found: dict[str, float], where: dict[str, Any]) -> None:
        """Append a trial and store."""
        row = {**trial._asdict(), **found, "version": self.version, "code": self.code, **where}
        self.rows = (
            pd.concat([self.rows, pd.DataFrame([row])], ignore_index=True)
            if len(self.rows)
            else pd.DataFrame([row])
        )
        write_atomically(self.path, lambda part: self.rows.to_csv(part, index=False, float_format="%.6g"))


def search(
    trials: Sequence[Trial], logs: dict[str, Log], most: int, workers: int
) -> Iterator[tuple[Trial, dict[str, float]]]:
    """Run what each of ``trials`` (one a trunk and method, their rate the start) still needs; yields every trial as it ends."""
    from benchmark.machine import cpu_name

    where = {"cpu": cpu_name()}
    os.environ |= dict.fromkeys(THREADS, "1")
    running: dict[Future[dict[str, float]], tuple[Trial, Trial]] = {}
    todo = [(start, factor) for factor in (1.0, 2.0) for start in trials]
    with ProcessPoolExecutor(workers, get_context("spawn"), prepare, (os.getpid(),)) as pool:

        def submit(start: Trial, rate: float) -> None:
            trial = start._replace(rate=rate)
            running[pool.submit(run, trial)] = (start, trial)

        try:
            for start, factor in todo:
                if start.rate * factor not in logs[start.trunk].done(start):
                    submit(start, start.rate * factor)
            going = {start for start, _ in running.values()}
            for start in trials:
                if start not in going and (
                    rate := next_rate(logs[start.trunk].done(start), start.rate, most)
                ):
                    submit(start, rate)
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    start, trial = running.pop(future)
                    found = future.result()
                    logs[trial.trunk].add(trial, found, where)
                    yield trial, found
                    waiting = any(other == start for other, _ in running.values())
                    rate = None if waiting else next_rate(logs[trial.trunk].done(start), start.rate, most)
                    if rate is not None:
                        submit(start, rate)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in (pool._processes or {}).values():
                process.kill()
            raise


def table(logs: dict[str, Log], trials: Sequence[Trial]) -> list[str]:
    """Markdown: a line a method, what was tried and what is chosen."""
    lines = ["| trunk | method | tried: rate, 1-shot / 5-shot (%) | chosen |", "|---|---|---|---|"]
    for start in trials:
        rows = logs[start.trunk].like(start)
        if not len(rows):
            continue
        best = rows.loc[rows.apply(score, axis=1).idxmax()]
        told = "; ".join(
            f"{r['rate']:g}: {r['accuracy_1']:.1f} / {r['accuracy_5']:.1f}" for _, r in rows.iterrows()
        )
        edge = " (at the edge)" if best["rate"] in (rows["rate"].min(), rows["rate"].max()) else ""
        lines.append(f"| {start.trunk} | `{start.method}` | {told} | {best['rate']:g}{edge} |")
    return lines


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
    others = [name for name in fragments("method") if name not in METHODS]
    asked.methods = [
        name for name in chosen("method", asked.methods, [*METHODS, *others]) if name != "frozen"
    ]
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: all tried; 2: wrong input; 130: interrupted, what ended is stored."""
    asked = parse(arguments)
    import baselines  # noqa: F401  (makes the methods known)
    from benchmark.identity import code_version
    from d2st.adaptation import kinds_of
    from d2st.data.sources import resolve

    try:
        writable(asked.output)
        source = resolve(asked.data)
        version, code = f"{source.name} {source.version}", code_version()
        logs = {trunk: Log(asked.output / f"{trunk}.csv", version, code) for trunk in asked.trunks}
        trials = [
            Trial(
                trunk,
                method,
                OWN if method in OWN_MATRICES else START,
                asked.train_episodes,
                asked.episodes,
                asked.data,
                asked.seed,
            )
            for trunk in asked.trunks
            for method in asked.methods
            if trunk in kinds_of(method)
        ]
        for trial, found in search(trials, logs, asked.trials, asked.workers):
            print(
                f"{trial.trunk} {trial.method} at {trial.rate:g}: {found['accuracy_1']:.1f} / {found['accuracy_5']:.1f} %",
                flush=True,
            )
        lines = table(logs, trials)
        print(*lines, sep="\n")
        if asked.write is not None:
            write_between(asked.write, "search", "\n".join(lines))
        return 0
    except UserError as error:
        fail(error)
    except KeyboardInterrupt:
        print(
            f"\ninterrupted: the trials that ended are in {asked.output}; the same command goes on",
            file=sys.stderr,
        )
        return 130


if __name__ == "__main__":
    sys.exit(main())
