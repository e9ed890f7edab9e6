"""The text of ``table.md``: the tables of every setting, what their numbers mean, data, machine and commands."""

from collections import Counter
from pathlib import Path
from typing import Any

from benchmark import ablation, sheets, style, tables
from benchmark.commands import covering
from benchmark.machine import commit, processor
from benchmark.summary import Setting

EMBEDDED = (
    "**Embedded benchmark**: procedural videos and a miniature trunk that ship with the package; "
    "not comparable with published figures."
)
MAIN = (
    "Accuracy is the mean over test episodes ± its 95 % interval over episodes, which describes the sampler only. Training "
    "time is the mean over datasets. Throughput is the median of forward passes of the encoder, methods interleaved, "
    "without decoding and head. In brackets the rank: shared where the paired test (sign flips over classes, p >= 0.05) "
    "does not tell them from the best of them. Lost: points of accuracy lost on the same queries when all test frames are "
    "shuffled, and when the query's are reversed, ± clustered by class; - where not measured."
)
OTHERS = (
    "± videos: other test videos of the same classes; ± classes: other classes. The difference from the reference method is "
    "paired over the same queries and the seeds that both have, and clustered by class; "
    "p by sign flips over classes, with Holm's correction over the "
    "methods of one dataset, shot and head. None of these intervals and tests speaks of other trainings: with several seeds "
    "their standard deviation and the difference within each seed stand beside them, from three on with the 95 % interval of "
    "its mean over trainings (Student's t; three seeds make it wide). How often the intervals hold the truth is simulated "
    "in `tests/benchmark/test_coverage.py`."
)


def section(setting: Setting, figures: dict[tuple[str, str], dict[str, Any]]) -> list[str]:
    """The lines about one setting; ``figures`` is the throughput by (trunk, method)."""
    lines = [f"## {tables.heading(setting)}", *_main(setting, figures), ""]
    header, rows = tables.paired_table(setting)
    if rows:
        lines += [
            "### Would it hold on other videos, on other classes?",
            "",
            tables.markdown(header, rows),
            "",
            OTHERS,
            "",
        ]
    parts = ablation.rows(setting)
    if len(parts):
        lines += ["### What the parts of D2ST contribute", ""]
        lines += [tables.markdown(*ablation.text(parts)), "", ablation.TOLD, ""]
    failed = [record for record in setting.records if record["happened"]["status"] == "failed"]
    if failed:
        lines += ["### Failed", ""]
        lines += [*(f"- `{r['asked']['cell']}`: {r['happened']['error']}" for r in failed), ""]
    return [*lines, "### Data, machine, command", "", *_where(setting), ""]


def summary(setting: Setting, figures: dict[tuple[str, str], dict[str, Any]], run: Path) -> str:
    """The short form for a README: what was run, the main table of its first head, and where the rest lies."""
    head, *others = style.heads(setting.rows["head"])
    records = [record for record in setting.records if record["asked"]["head"] == head]
    setting = setting._replace(rows=setting.rows[setting.rows["head"] == head], records=records)
    where = setting.records[-1]["where"]
    commands = ", ".join(f"`{one}`" for one in covering(sheets.commands(setting)))
    lines = [f"**{tables.heading(setting)}**", *_main(setting, figures)]
    machine = f"{_machines(setting)}, torch {where['packages']['torch']}"
    rest = f", with {' and '.join(map(style.title, others))}," if others else ""
    lines += [f"Made by {commands} on {machine}; all of it{rest} in [`{run}`]({run}/table.md)."]
    return "\n".join(lines + [EMBEDDED] * bool(setting.rows.embedded.any()))


def _main(setting: Setting, figures: dict[tuple[str, str], dict[str, Any]]) -> list[str]:
    return ["", tables.markdown(*tables.main_table(setting, figures)), "", MAIN]


def _machines(setting: Setting) -> str:
    return " and ".join(dict.fromkeys(processor(record["where"]) for record in setting.records))


def _commits(setting: Setting) -> str:
    """The commits that the results were made at, in the order of time, and how many each."""
    at = sorted((record["where"] for record in setting.records), key=lambda where: where["date"])
    counts = Counter(map(commit, at))
    told = ", ".join(f"{name} ({count:,})" for name, count in counts.items())
    days = dict.fromkeys(where["date"][:10] for where in (at[0], at[-1]))
    return f"{' to '.join(days)}; commits (results): {told}"


def _where(setting: Setting) -> list[str]:
    data = {
        (r["asked"]["dataset"], r["asked"]["shot"], r["where"]["data"], r["where"]["manifest"])
        for r in setting.records
    }
    lines = [
        f"- {name} {shot}-shot: {title}, episodes `{manifest[:16]}`"
        for name, shot, title, manifest in sorted(data)
    ]
    where = setting.records[-1]["where"]
    packages = ", ".join(f"{name} {version}" for name, version in where["packages"].items())
    lines += [f"- {_machines(setting)}; {packages}"]
    lines += [f"- code {where['code']} (a hash of `d2st` and `baselines`), {_commits(setting)}"]
    return lines + [f"- `{command}`" for command in sheets.commands(setting)]
