"""The learning rate of every method, chosen on the validation classes by one rule and budget: ``python benchmark/search.py``.

Each method is tried at a start, at twice and at half of it, then beyond the better one of the two edges (at half the lowest or
twice the highest), until it has had ``--trials``: as many for every method. The start is 4e-3 of what adds modules or tunes a
few numbers, 1e-3 of what tunes the trunk's own matrices; a search with another head may go out from the rates that stand
(``--times-own``). The best is that of the highest mean of 1- and 5-shot accuracy. With ``--again N`` the N best are tried with
the next seed too, and the best mean of both trials decides. Test classes are never read. Every trial is a line of
``TRUNK.csv``; one that stands there is not run again.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import NamedTuple

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmark import turn
from benchmark.command import one_sentence, writable
from benchmark.launch import chosen_device, visible_gpus
from benchmark.marks import marked, tell
from benchmark.pool import processes
from benchmark.search_log import Log, next_seed, table
from benchmark.search_options import mark, parse
from benchmark.taken import Taken, find, trained, validate
from benchmark.trial import Trial, prepare, read_arguments, run
from benchmark.variables import training_process

START, OWN = 4e-3, 1e-3
OWN_MATRICES = ("full_finetune", "last_blocks")
Rule = Callable[[Trial], Sequence[float]]


class Running(NamedTuple):
    """A trial on its way: the start of its method, the trial, and the machine whose training it is."""

    start: Trial
    trial: Trial
    where: dict[str, str | None]


def next_rates(tried: dict[float, float], start: float, most: int) -> list[float]:
    """The rates to try beside ``tried`` (rate -> score): start, twice and half of it at once, when these are known beyond the
    better edge until ``most`` were tried, also where the best lies inside: every method has the same budget."""
    missing = [rate for rate in (start, 2 * start, start / 2)[:most] if rate not in tried]
    if missing or len(tried) >= most:
        return missing
    low, high = min(tried), max(tried)
    return [low / 2 if tried[low] > tried[high] else 2 * high]


def next_best(first: dict[float, float], again: dict[float, float], most: int) -> list[float]:
    """The rates to try again: those of the ``most`` best of ``first`` (rate -> score) that ``again`` lacks."""
    best = sorted(first, key=first.__getitem__, reverse=True)[:most]
    return [rate for rate in best if rate not in again]


def first_rate(method: str, trunk: str, embedded: bool, times_own: float | None) -> float:
    """Where the search of a method begins, unless that is asked for: see the top."""
    if times_own is None:
        return OWN if method in OWN_MATRICES else START
    from benchmark.plan import fragment
    from d2st.trunks import sized, trunk_info, trunk_name

    own = sized(fragment("method", method)["lr"], trunk_info(trunk_name("auto", trunk, embedded)))
    return float(f"{times_own * own:.6g}")


def search(
    trials: Sequence[Trial],
    logs: dict[str, Log],
    rule: Rule,
    workers: int,
    device: str = "cpu",
    known: Mapping[str, Taken] | None = None,
) -> Iterator[tuple[Trial, dict[str, float]]]:
    """Run what each of ``trials`` (one a trunk and method, their rate the start) still needs; yields every trial as it ends.

    ``rule`` says the next rates of a method, by what ``logs`` (of each trunk) hold by then; ``known`` is what runs have trained.
    """
    from benchmark.machine import cpu_name, gpu_name

    where: dict[str, str | None] = {"cpu": cpu_name(), "gpu": gpu_name(device)}
    os.environ |= training_process(threads=1)
    running: dict[Future[dict[str, float]], Running] = {}
    gpus = visible_gpus() if device == "cuda" else []
    with processes(workers, prepare, os.getpid(), gpus) as pool:

        def go_on(start: Trial) -> None:
            for chosen in rule(start):
                trial = start._replace(rate=chosen)
                if (start, trial) in [(one.start, one.trial) for one in running.values()]:
                    continue
                taken = find(trial, known or {}, device, logs[trial.trunk])
                job = pool.submit(run, trial) if taken is None else pool.submit(validate, trial, taken)
                running[job] = Running(start, trial, where if taken is None else taken.where)

        for start in trials:
            go_on(start)
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                start, trial, made_on = running.pop(future)
                found = future.result()
                logs[trial.trunk].add(trial, found, made_on)
                yield trial, found
                go_on(start)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: all tried; 2: wrong input; 130: interrupted, what ended is stored."""
    asked = parse(arguments, __doc__)
    import baselines  # noqa: F401  (makes the methods known)
    from benchmark.identity import code_version
    from d2st.adaptation import kinds_of
    from d2st.data.sources import resolve

    with one_sentence(f"the trials that ended are in {asked.output}; the same command goes on"):
        read_arguments(" ".join(asked.arguments))
        if asked.write:  # which lines depends on the data and the head: the option alone cannot tell
            marked(asked.write, mark(asked))
        source = resolve(asked.data)
        version, code = f"{source.name} {source.version}", code_version()
        logs = {trunk: Log(asked.output / f"{trunk}.csv", version, code) for trunk in asked.trunks}
        trials = [
            Trial(
                trunk,
                method,
                asked.start or first_rate(method, trunk, source.embedded, asked.times_own),
                asked.train_episodes,
                asked.episodes,
                asked.data,
                asked.seed,
                " ".join(asked.arguments),
                asked.head,
            )
            for trunk in asked.trunks
            for method in asked.methods
            if trunk in kinds_of(method)
        ]
        stages: list[tuple[list[Trial], Rule]] = [
            (trials, lambda of: next_rates(logs[of.trunk].done(of), of.rate, asked.trials)),
            (
                list(map(next_seed, trials)),
                lambda of: next_best(
                    logs[of.trunk].done(next_seed(of, -1)), logs[of.trunk].done(of), asked.again
                ),
            ),
        ]
        if not asked.show:
            writable(asked.output)
            device = chosen_device(asked.device)
            known = trained(asked.runs)
            with turn.shared():
                for starts, rule in stages:
                    starts = sorted(starts, key=lambda of: asked.methods.index(of.method))
                    for trial, found in search(starts, logs, rule, asked.workers, device, known):
                        told = f"{found['accuracy_1']:.1f} / {found['accuracy_5']:.1f} %"
                        where = f"{trial.rate:g}, seed {trial.seed}"
                        print(f"{trial.trunk} {trial.method} at {where}: {told}", flush=True)
        lines = table(logs, trials, bool(asked.again))
        tell(lines, asked.write, mark(asked))
        return 0


if __name__ == "__main__":
    sys.exit(main())
