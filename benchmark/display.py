"""What runs now and what is done: a bar for each running job on a terminal, plain lines with the time elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from benchmark import lease, progress
from benchmark.executor import Kind
from benchmark.grid import Job
from benchmark.store import Store


class Display:
    """Hears of every event of the executor; use it as a context.

    Args:
        store: where the jobs' results and progress lie.
        cells: number of cells in all, ``done`` of which are stored already.
        every: seconds between two plain lines about a running job.
    """

    def __init__(self, store: Store, cells: int, done: int, every: float = 30.0) -> None:
        self.store, self.every, self.begun = store, every, time.monotonic()
        self.console = Console(highlight=False)
        self.said: dict[str, float] = {}
        self.bars: dict[str, TaskID] = {}
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self.rich = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.all = self.rich.add_task("[bold]cells[/bold]", total=cells, completed=done)

    def __enter__(self) -> "Display":
        self.rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rich.stop()

    def __call__(self, kind: Kind, job: Job, code: int) -> None:
        if kind == "start":
            self.bars[job.id] = self.rich.add_task(f"{job.label}: starting", total=None)
            self._say(job, "started")
        elif kind == "tick":
            self._tick(job)
        else:
            if job.id in self.bars:
                self.rich.remove_task(self.bars.pop(job.id))
            if kind == "busy":
                if self.said.pop(f"busy {job.id}", None) is None:
                    self._say(
                        job, f"held by {lease.holder(self.store.job(job.id) / 'lease')}, waiting for it"
                    )
                self.said[f"busy {job.id}"] = 0.0
            else:
                self._end(job)

    def _tick(self, job: Job) -> None:
        state = progress.read(self.store.job(job.id) / "progress.json")
        total = state.total or None
        self.rich.update(
            self.bars[job.id], description=f"{job.label}: {state.stage}", completed=state.done, total=total
        )
        if not self.console.is_terminal and time.monotonic() - self.said[job.id] >= self.every:
            self._say(job, f"{state.stage} {state.done}/{state.total}" if state.total else state.stage)

    def _end(self, job: Job) -> None:
        told = []
        for cell in job.cells:
            if self.store.done(cell.id):
                happened = self.store.get(cell.id)["happened"]
                told.append(f"{cell.shot}-shot {happened['accuracy']:.1f} ± {happened['ci95']:.1f} %")
                self.rich.advance(self.all)
        if len(told) < len(job.cells):
            errors = {
                c.shot: self.store.get(c.id, failed=True)["happened"]["error"]
                for c in job.cells
                if self.store.failed(c.id)
            }
            told += [f"failed: {error}" for error in dict.fromkeys(errors.values())] or ["failed"]
        self._say(job, ", ".join(told))

    def _say(self, job: Job, text: str) -> None:
        now = time.monotonic()
        self.said[job.id] = now
        minutes, seconds = divmod(int(now - self.begun), 60)
        self.console.print(f"[{minutes:3d}:{seconds:02d}] {job.label}: {text}", markup=False, soft_wrap=True)
