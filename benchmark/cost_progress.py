"""How far a measurement is: one bar on a terminal, redrawn between samples only, a line a stage and round elsewhere."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Shown:
    """Use it as a context; what it gives is told ``(what runs, how many are done, of how many)``."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        # no thread that redraws: it would run beside what is measured
        self.bar = Progress(*columns, console=self.console, disable=not self.console.is_terminal, auto_refresh=False,
                            transient=True)  # fmt: skip
        self.task = self.bar.add_task("starting", total=None)
        self.begun, self.last = time.monotonic(), ""

    def __enter__(self) -> "Shown":
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def __call__(self, text: str, done: int, total: int) -> None:
        if self.console.is_terminal:
            self.bar.update(self.task, description=text, completed=done, total=total or None)
            self.bar.refresh()
            return
        stage = text.split(":")[0] if not total or ":" not in text else f"round {done + 1} of at most {total}"
        if stage != self.last:
            self.last = stage
            minutes, seconds = divmod(int(time.monotonic() - self.begun), 60)
            self.console.print(f"[{minutes:3d}:{seconds:02d}] {stage}", markup=False, soft_wrap=True)
            self.console.file.flush()
