"""The page about a measurement of cost: its tables in Markdown, and what their numbers mean."""

from collections.abc import Iterable

from benchmark.cost_table import Item, frame, inference_table, machine, setting, training_table
from benchmark.machine import commit
from benchmark.tables import markdown

MEANING = (
    "Median [quartiles] over rounds in which the methods take turns (A B C A B C ...); in brackets the ratio to the frozen "
    "trunk: the median of the ratios within each round. Latency is one clip, throughput clips/s at the common "
    "batch and at the best batch of the sweep (@), neither with decoding nor with a head. A training step is forward, backward "
    "and AdamW on what is tunable; it is compared with the frozen trunk's forward pass of as many clips, tunable parameters and "
    "checkpoints with all of the frozen trunk's. The time of AdamW is the median of seven updates in a row (of one in fp16). "
    "FLOPs are 2 x multiply-adds, counted on the meta device."
)
MEMORY = {
    "cpu": "Memory is the peak resident memory of a process of its own (the smaller of two tries) at {batch} clip{s}: Python "
    "and its packages ({start:.0f} MB), weights, clips, activations, and in training gradients and the optimizer's moments; "
    "nothing is subtracted.",
    "cuda": "Memory is the peak of torch's CUDA allocator in a process of its own at {batch} clip{s}: weights, clips, "
    "activations, and in training gradients and the optimizer's moments; the CUDA context is not in it.",
}


def document(item: Item, more: Iterable[str] = ()) -> str:
    """Markdown: both tables, what they mean, the machine; ``more`` sentences behind them."""
    lines = [f"**{setting(item)}** ({item['rounds']} rounds)", "", markdown(*inference_table(item)), ""]
    lines += ["Training:", "", markdown(*training_table(item)), "", MEANING, *notes(item)]
    return "\n".join([*lines, f"{machine(item)}; commit {commit(item['where'])}.", *more])


def notes(item: Item) -> list[str]:
    """What the memory holds, and what was left out and why."""
    started = [found["start"] for figure in item["figures"].values() for found in figure.get("memory", {}).values()
               if isinstance(found, dict)]  # fmt: skip
    batch = item["batch"]
    kind = "cuda" if item["device"].startswith("cuda") else "cpu"
    told = []
    if started:
        told.append(MEMORY[kind].format(batch=batch, s="s" * (batch != 1), start=min(started) / 1e6))
    rows = frame(item)
    return told + [f"{row.title}: {row.notes}." for row in rows[rows.notes != ""].itertuples()]
