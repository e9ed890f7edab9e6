"""The page about the kernels: scoring at full size beside what is demanded, the other kernels, machine and command."""

from typing import Any

from benchmark.tables import markdown

#: demanded of these heads on two cores: seconds at 1-shot, at 5 shots so many times these seconds, bytes
LIMITS = {"protonet": 5.0, "bimhm": 5.0, "otam": 15.0, "trx-64": 60.0}
TIMES, MEMORY = 3.0, 2e9


def document(found: dict[str, Any]) -> str:
    """Markdown: the scoring of 10,000 episodes beside what is demanded, the other kernels, the machine, the command."""
    cases = {
        (c["extra_info"]["head"], c["extra_info"]["shot"]): c
        for c in found["benchmarks"]
        if "head" in c["extra_info"]
    }
    heads = list(dict.fromkeys(head for head, _ in cases))
    lines = [_head_line(head, cases.get((head, 1)), cases.get((head, 5))) for head in heads]
    header = [
        "head",
        "1-shot (s)",
        "demanded",
        "5-shot (s)",
        "demanded",
        "x 1-shot",
        "peak memory",
        "demanded",
    ]
    others = [[c["name"].removeprefix("test_"), milliseconds(c), f"{c['extra_info']['ratio']:.2f}"]
              for c in found["benchmarks"] if "head" not in c["extra_info"]]  # fmt: skip
    first = next(iter(cases.values()), None)
    text = [markdown(header, lines), ""] if lines else []
    if first is not None:
        info = first["extra_info"]
        text.append(
            f"Scoring {info['episodes']:,} 5-way episodes of {info['queries']} queries a class from stored features of 2,400 "
            "videos (T = 8, d = 768). At 5 shots three times the seconds demanded at 1 shot are allowed. "
            "The memory is the whole process's, Python and its packages included."
        )
    if others:
        text += ["", markdown(["kernel", "median (ms)", "x the reference kernel"], others)]
    machine = found["where"]
    threads = f"{machine['threads']} thread{'s' * (machine['threads'] != 1)}"
    commit = found["commit_info"]["id"][:12]
    where = f"{machine['cpu']}, {threads}, torch {machine['torch']}, commit {commit}"
    text += ["", f"{where}; made by `make speed`."]
    return "\n".join(text)


def _head_line(head: str, one: dict[str, Any] | None, five: dict[str, Any] | None) -> list[str]:
    limit = LIMITS.get(head)
    took = [case["stats"]["median"] if case else None for case in (one, five)]
    peaks = [case["extra_info"]["peak_bytes"] or 0 for case in (one, five) if case]
    line = [head]
    for seconds, most in zip(took, (limit, limit and TIMES * limit)):
        line += [_judged(seconds, most, "{:.1f}"), "-" if most is None else f"< {most:g}"]
    line.append(f"{took[1] / took[0]:.1f}" if took[0] and took[1] else "-")
    memory = None if limit is None else MEMORY / 1e9
    line += [_judged(max(peaks, default=0) / 1e9 or None, memory, "{:.2f} GB")]
    return [*line, "-" if memory is None else f"< {memory:g} GB"]


def _judged(value: float | None, limit: float | None, form: str) -> str:
    if value is None:
        return "-"
    return form.format(value) + (" (**missed**)" if limit is not None and value >= limit else "")


def milliseconds(case: dict[str, Any]) -> str:
    """A case's median in milliseconds."""
    return f"{1e3 * case['stats']['median']:.3g}"
