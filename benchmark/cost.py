"""The cost of every method on one trunk: memory in child processes, then times in turns, then what is exact.

What an item holds is described in :mod:`benchmark.cost_table`, which makes tables of it.
"""

from collections.abc import Callable
from dataclasses import asdict
from time import perf_counter
from typing import Any

import torch

from benchmark import cost_figures, cost_memory
from benchmark.cost_encoders import REFERENCE, Asked, Runner, clip_flops, sizes, written
from benchmark.cost_rounds import Timing
from benchmark.cost_turns import Turn
from benchmark.machine import describe
from d2st.errors import UserError

Item = dict[str, Any]
Tell = Callable[[str, int, int], None]


class Measurement:
    """Measures ``asked`` when :meth:`run`; :meth:`item` is the result of the rounds that are complete."""

    def __init__(self, asked: Asked, code: str, tell: Tell = lambda text, done, total: None) -> None:
        self.asked, self.code, self.tell = asked, code, tell
        self.memory: dict[str, dict[str, Any]] = {}
        self.exact: dict[str, dict[str, int]] = {}
        self.rounds = 0
        torch.set_num_threads(asked.threads)

    def run(self, keep: Callable[[Item], None] = lambda item: None) -> Item:
        """Everything; ``keep`` hears of the result after every round that could be the last.

        Raises:
            UserError: the frozen trunk itself does not fit the memory at the common batch.
        """
        asked = self.asked
        if asked.everything:
            self._each("counting FLOPs of", self._flops)
        self.timing = timing = Timing(asked, Runner(asked, REFERENCE))
        if asked.everything:
            self._each("memory of", self._memory)
        self._each("building", self._build)
        turns = timing.prepare(lambda text: self.tell(text, 0, 0))
        if Turn(REFERENCE, "pass", timing.batch) not in turns:
            raise UserError(
                f"{asked.trunk} does not fit the memory with {timing.batch} clips: give a smaller --batch"
            )
        begun, done = perf_counter(), 0
        least, most = asked.rounds
        while done < least or (done < most and perf_counter() - begun < asked.seconds):
            timing.round(turns, lambda text: self.tell(text, self.rounds, most))
            self.rounds = done = done + 1
            if asked.everything and done >= min(3, least):
                keep(self.item())
        return self.item()

    def _each(self, what: str, do: Callable[[str], Any]) -> None:
        for number, name in enumerate(self.asked.methods):
            self.tell(f"{what} {name}", number, len(self.asked.methods))
            do(name)

    def _flops(self, name: str) -> None:
        self.exact[name] = {"flops": clip_flops(self.asked.encoders[name])}

    def _memory(self, name: str) -> None:
        self.memory[name] = cost_memory.peaks(self.asked, name, self.timing.batch)
        if not self.asked.device.startswith("cuda"):
            self.timing.fits = cost_memory.fits(self.memory, self.timing.batch)

    def _build(self, name: str) -> None:
        runner = self.timing.runners.get(name) or Runner(self.asked, name)
        self.timing.runners[name] = runner
        if self.asked.everything:
            self.exact[name] |= sizes(runner.encoder)
        if name == REFERENCE and self.asked.everything:
            self.all_bytes = written(runner.encoder.state_dict())

    def item(self) -> Item:
        """The result, as it is stored."""
        asked, timing = self.asked, self.timing
        figures: dict[str, Any] = cost_figures.throughput(timing.seconds, timing.batch)
        machine = describe(asked.device)
        size = "x".join(map(str, timing.runners[REFERENCE].encoder.image_size))
        frames = timing.runners[REFERENCE].encoder.frames
        threads = f"{asked.threads} thread{'s' * (asked.threads != 1)}"
        precision = {"fp32": "float32"}.get(asked.precision, f"{asked.precision} autocast")
        compiled = ", compiled" * asked.compile
        note = f"{asked.trunk}, clips of {frames} frames of {size}, batch {timing.batch}, {precision}{compiled}\n"
        note += f"{machine['gpu'] or machine['cpu'] + ', ' + threads}; median and quartiles of {self.rounds} rounds"
        item = {
            "trunk": asked.trunk,
            "batch": timing.batch,
            "rounds": self.rounds,
            "threads": asked.threads,
            "device": asked.device,
            "precision": asked.precision,
            "compile": asked.compile,
            "frames": frames,
            "size": size,
            "note": note,
            "figures": figures,
            "seconds": timing.seconds,
            "where": {"code": self.code, **machine},
        }
        if not asked.everything:
            return item
        more = {name: self._more(name) for name in asked.methods}
        item["figures"] = {name: {**figures.get(name, {}), **more[name]} for name in asked.methods}
        return item | {"asked": asdict(asked)}

    def _more(self, name: str) -> dict[str, Any]:
        """What the full measurement adds to a method's figures."""
        seconds, timing = self.timing.seconds, self.timing
        cost = cost_figures.times(seconds, name, timing.batch) if seconds[name] else {}
        mine, frozen = self.exact[name], self.exact[REFERENCE]
        whole = {
            **frozen,
            "tunable_parameters": frozen["total_parameters"],
            "checkpoint_bytes": self.all_bytes,
        }
        cost |= {key: cost_figures.exact(value, whole[key]) for key, value in mine.items()}
        notes = [timing.stopped[name]] if name in timing.stopped else []
        base = self.memory[REFERENCE]["inference"]
        for what, found in self.memory[name].items():
            if isinstance(found, dict):
                ratio = base["peak"] if isinstance(base, dict) else 0
                cost[f"{what}_memory"] = cost_figures.exact(found["peak"], ratio)
            elif found is not None:
                notes.append(f"{what}: {found}")
        return {
            "cost": cost,
            "peak_batch": cost_figures.peak(seconds, name)[0] if seconds[name] else None,
            "sweep": cost_figures.sweep(seconds)[name],
            "memory": self.memory[name],
            "notes": notes,
        }
