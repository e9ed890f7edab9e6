"""Train and test every method on the same episodes: ``python benchmark/run_all.py --datasets ssv2 kinetics``."""

import argparse
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmark import command, options

if TYPE_CHECKING:
    from benchmark.grid import Job
    from benchmark.plan import Plan
    from benchmark.store import Store


def show_list(plan: "Plan", store: "Store") -> None:
    """``--list``: every cell and its state."""
    from benchmark.tables import show

    cells = [(job, cell) for job in plan.jobs for cell in job.cells]
    states = [
        "done" if store.done(c.id) else "failed, will run again" if store.failed(c.id) else "to run"
        for _, c in cells
    ]
    lines = [
        [
            job.asked["method"],
            job.asked["trunk"],
            job.asked["dataset"],
            cell.head,
            str(cell.shot),
            str(job.asked["seed"]),
            state,
        ]
        for (job, cell), state in zip(cells, states, strict=True)
    ]
    title = (
        f"{len(cells)} cells in {len(plan.jobs)} jobs, {states.count('done')} done; results in {store.root}"
    )
    show(["method", "trunk", "dataset", "head", "shot", "seed", "state"], lines, title)
    others = sum(record["where"]["code"] != plan.code for record in store.records())
    if others:
        print(f"{others} stored results are of other code versions than {plan.code} and are not used")


def run(plan: "Plan", store: "Store", asked: argparse.Namespace) -> bool:
    """Run what is not done: jobs first, then, alone on the machine, the throughput; False where that failed."""
    from benchmark import report, speed_job, turn
    from benchmark.display import Display
    from benchmark.executor import Kind, execute
    from benchmark.launch import environment, spawn, starter, visible_gpus
    from benchmark.worker import store_failure

    for manifest in plan.manifests.values():
        if not store.manifest(manifest.hash).exists():
            manifest.save(store.manifest(manifest.hash))
    jobs = [job for job in plan.jobs if not all(store.done(cell.id) for cell in job.cells)]
    cells = [cell.id for job in plan.jobs for cell in job.cells]
    device = plan.jobs[0].asked["device"]
    cores = len(os.sched_getaffinity(0)) // asked.threads
    workers = asked.workers or (len(visible_gpus()) if device == "cuda" else cores) or 1
    print(
        f"{len(cells)} cells, {sum(map(store.done, cells))} done; {len(jobs)} jobs to run, {workers} at a time; {store.root}"
    )

    def finished(job: "Job") -> bool:
        return all(store.done(cell.id) for cell in job.cells)

    with Display(store, len(cells), sum(map(store.done, cells))) as display:

        def tell(kind: "Kind", job: "Job", code: int) -> None:
            if kind == "end" and code not in (0, 1):
                how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                log = store.job(job.id) / "log.txt"
                store_failure(
                    store,
                    job,
                    f"the worker {how}; its log is {log}",
                    "crash",
                    log.read_text(errors="replace")[-4000:],
                )
            display(kind, job, code)

        execute(jobs, starter(asked, store), finished, tell, min(workers, len(jobs)) if jobs else 1)
    if not any(map(store.done, cells)):
        return True
    unmeasured = list(speed_job.orders(plan.jobs, store))
    if unmeasured:  # what is known so far, whatever becomes of the throughput
        report.report(store)
        print(f"written: {store.root}/table.md, without the throughput, which is measured alone", flush=True)
    with turn.alone() if unmeasured else nullcontext():
        for orders in unmeasured:
            print(f"measuring the throughput of {orders.stem} ...", flush=True)
            log = orders.with_suffix(".log")
            process = spawn("speed_job", orders, log, environment(asked, device, 0))
            if process.wait() != 0:
                print(f"failed: the throughput could not be measured, see {log}", file=sys.stderr)
                return False
    return True


def finish(plan: "Plan", store: "Store") -> int:
    """Write the report, print the table; exit code 0, 1 where a cell failed, 2 where all that failed is wrong input."""
    from benchmark import report, tables

    failed = [store.get(c.id, failed=True) for job in plan.jobs for c in job.cells if store.failed(c.id)]
    errors = dict.fromkeys((r["happened"]["error"], r["happened"]["kind"]) for r in failed)
    wrong_input = bool(failed) and {kind for _, kind in errors} == {"input"}
    if wrong_input and not any(store.done(cell.id) for job in plan.jobs for cell in job.cells):
        command.fail("; ".join(error for error, _ in errors))
    found, figures = report.report(store)
    for setting in found[:1]:
        tables.show(*tables.main_table(setting, figures), title=tables.heading(setting))
    print(f"written: {store.root}/table.md, table.csv, plots/; results in {store.root}/cells")
    for error, kind in errors:
        print(f"error: {error}" if kind == "input" else f"failed: {error}", file=sys.stderr)
    return 2 if wrong_input else int(bool(failed))


def main(arguments: list[str] | None = None) -> int:
    """The command line; see ``--help``."""
    asked = options.parse(arguments)
    from benchmark.plan import make_plan
    from benchmark.store import Store
    from d2st.errors import UserError

    store = Store(asked.output)
    try:
        plan = make_plan(asked)
        print(*plan.lines, sep="\n", flush=True)
        if asked.list:
            show_list(plan, store)
            return 0
        command.writable(asked.output)
        measured = run(plan, store, asked)
        return finish(plan, store) or int(not measured)
    except UserError as error:
        command.fail(error)
    except KeyboardInterrupt:
        cells = [cell.id for job in plan.jobs for cell in job.cells] if "plan" in locals() else []
        done = sum(map(store.done, cells))
        print(
            f"\ninterrupted: {done} of {len(cells)} cells are stored; the same command goes on",
            file=sys.stderr,
        )
        return 130


if __name__ == "__main__":
    sys.exit(main())
