"""Times of the encoders, taken in turns: every round asks every method for the same things, A B C A B C ...

A round is a forward pass at each batch size of the sweep, then a training step (forward, backward, optimizer), each for one
method after the other. What is too large for the memory, or too slow, is found out while warming up and left out from then on.
"""

import math
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

import torch

from benchmark.cost_encoders import REFERENCE, Asked, Runner
from benchmark.cost_turns import PARTS, Seconds, Turn, only_memory, undisturbed

WARM_UP, WARM_SECONDS = 10, 0.3  # passes, or so long; one in any case
UPDATES = 7  # of the optimizer in a step, of which the median counts: the first waits for memory, by chance long or not


class Timing:
    """Measures in turns; built with the frozen trunk alone, which decides the common batch.

    Attributes:
        runners: by method, in the order of their turns; the others are to be added before :meth:`prepare`.
        fits: whether a method's pass of so many clips can be tried.
        seconds: what was measured: by method and key (``pass 4``, ``step``, ``forward`` ...), a number a round.
        batch: the common batch; stopped: by method, why its sweep went no further.
    """

    def __init__(self, asked: Asked, reference: Runner) -> None:
        self.asked, self.runners = asked, {REFERENCE: reference}
        self.fits: Callable[[str, int], bool] = lambda method, batch: True
        self.device = torch.device(asked.device)
        self.repeats: dict[Turn, int] = {}
        self.seconds: Seconds = {}
        self.stopped: dict[str, str] = {}
        self.batch = asked.batch or self._common()

    def prepare(self, tell: Callable[[str], None] = lambda text: None) -> list[Turn]:
        """Warm up everything and return the turns of a round."""
        batches = self._batches()
        turns: list[Turn] = []
        self.seconds = {name: {} for name in self.runners}
        for name in self.runners:
            for batch in batches:
                tell(f"warming up: {name}, {batch} clips")
                if batch != self.batch and not self.fits(name, batch):
                    self.stopped.setdefault(name, f"memory, at {batch} clips")
                elif self._warm(Turn(name, "pass", batch)):
                    turns.append(Turn(name, "pass", batch))
                    continue
                break
            if self.asked.everything and self.runners[name].optimizer is not None:
                tell(f"warming up: {name}, training step")
                if self._warm(Turn(name, "step", self.batch)):
                    turns.append(Turn(name, "step", self.batch))
        return sorted(turns, key=lambda turn: (turn.what, turn.batch))  # stable: methods keep their order

    def round(self, turns: list[Turn], tell: Callable[[str], None] = lambda text: None) -> None:
        """One sample of every turn; nothing of the round is kept if it is broken off."""
        sampled: list[tuple[Turn, dict[str, float]]] = []
        for turn in turns:
            tell(f"{turn.method}: {turn.what} of {turn.batch}")
            with undisturbed():
                sampled.append((turn, self._sample(turn)))
        for turn, parts in sampled:
            for key, value in parts.items():
                self.seconds[turn.method].setdefault(key, []).append(value)

    def _batches(self) -> list[int]:
        """Powers of two up to the first whose pass of the frozen trunk is longer than asked, and the common batch."""
        if not self.asked.everything:
            return [self.batch]
        found, batch = {1, self.batch}, 2
        while True:
            try:
                self._pass(REFERENCE, batch // 2) if self.asked.compile else None  # compiles for this batch
                one = self._pass(REFERENCE, batch // 2)
            except RuntimeError as error:
                only_memory(error)
                break
            if 2 * one > self.asked.longest:
                break
            found.add(batch)
            if not self.fits(REFERENCE, batch):
                break
            batch *= 2
        return sorted(found)

    def _common(self) -> int:
        most = 32 if self.device.type == "cuda" else 8
        self._pass(REFERENCE, 1)  # the first one is slower
        possible = min(most, 1.0 / self._pass(REFERENCE, 1))
        return 2 ** max(0, int(math.log2(max(1.0, possible))))

    def _warm(self, turn: Turn) -> bool:
        """Whether the turn can be measured; sets how often it is repeated to be long enough."""
        begun, passes = time.perf_counter(), 0
        try:
            while passes < 2 or (
                passes < WARM_UP and time.perf_counter() - begun < max(WARM_SECONDS, self.asked.least)
            ):
                self.repeats[turn] = 1
                last = self._sample(turn)
                passes += 1
                if passes > self.asked.compile and _whole(last) > self.asked.longest:
                    break  # long enough to have warmed up what there is
        except RuntimeError as error:
            only_memory(error)
            self.stopped[turn.method] = f"memory, at {turn.key}"
            self.runners[turn.method].clear()
            return False
        self.repeats[turn] = max(1, min(100, math.ceil(self.asked.least / max(_whole(last), 1e-6))))
        return True

    def _sample(self, turn: Turn) -> dict[str, float]:
        """Seconds of one pass, or of the parts of one step, means over the repeats."""
        repeats = self.repeats[turn]
        if turn.what == "pass":
            total = sum(self._pass(turn.method, turn.batch) for _ in range(repeats))
            return {turn.key: total / repeats}
        parts = [self._step(turn.method, turn.batch) for _ in range(repeats)]
        mean = {part: sum(each[part] for each in parts) / repeats for part in PARTS}
        return {**mean, "step": sum(mean.values())}

    @torch.inference_mode()
    def _pass(self, method: str, batch: int) -> float:
        runner = self.runners[method]
        runner.encoder.eval()
        clips = runner.clips(batch)
        begun = self._now()
        runner.forward(clips)
        return self._now() - begun

    def _step(self, method: str, batch: int) -> dict[str, float]:
        runner = self.runners[method]
        runner.encoder.train()
        clips = runner.clips(batch)
        times = [self._now()]
        loss = runner.loss(clips)
        times.append(self._now())
        runner.backward(loss)
        times.append(self._now())
        for _ in range(1 if runner.half else UPDATES):
            runner.step()
            times.append(self._now())
        runner.clear()
        forward, backward, *updates = (later - sooner for sooner, later in pairwise(times))
        return dict(zip(PARTS, (forward, backward, statistics.median(updates)), strict=True))

    def _now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()


def _whole(sample: dict[str, float]) -> float:
    """Seconds of a sample: of a step, which its parts add up to, or of a pass."""
    return sample.get("step", sum(sample.values()))
