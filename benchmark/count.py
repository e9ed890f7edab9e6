"""Tunable parameters and FLOPs of every method at ViT-B/16 and ResNet-50: ``python benchmark/count.py``.

See :mod:`benchmark.flops` for what is counted.
"""

import sys
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import d2st
from benchmark import tables
from benchmark.command import Parser, one_sentence, write_option
from benchmark.flops import FRAMES, SIZE, Counts, count
from benchmark.marks import write_between
from d2st.adaptation import kinds_of, method_title

TRUNKS = {"vit": "vit_base_patch16_clip_quickgelu_224.openai", "resnet": "resnet50.tv_in1k"}
#: what is counted, besides the defaults: (method, what to write behind its title) -> arguments
FORMS: dict[tuple[str, str], dict[str, Any]] = {
    ("aim", ", SSv2 form"): {"temporal_adapters": 2},
    ("st_adapter", ", both places"): {"places": ["attention", "mlp"]},
}
#: by method, form and kind of trunk: tunable parameters, and multiply-adds in units of 1e9, that the official classes have
OFFICIAL: dict[tuple[str, str, str], tuple[int, float | None]] = {
    ("d2st", "", "vit"): (7_282_752, 149.5),
    ("aim", "", "vit"): (10_659_072, 202.1),
    ("aim", ", SSv2 form", "vit"): (14_209_536, 207.7),
    ("st_adapter", "", "vit"): (7_110_144, 151.6),
    ("st_adapter", ", both places", "vit"): (14_220_288, 162.7),
    ("dualpath", "", "vit"): (18_055_680, None),
    ("lora", "", "vit"): (294_912, None),
    ("bitfit", "", "vit"): (102_912, 140.5),
    ("norm_tuning", "", "vit"): (39_936, 140.5),
    ("full_finetune", "", "vit"): (85_799_424, 140.5),
    ("frozen", "", "vit"): (0, 140.5),
    ("d2st", "", "resnet"): (5_683_776, 38.7),
    ("bottleneck", "", "resnet"): (2_790_080, None),
    ("st_adapter", "", "resnet"): (2_793_920, None),
    ("dst", "", "resnet"): (2_805_440, None),
    ("bitfit", "", "resnet"): (26_560, 32.7),
    ("full_finetune", "", "resnet"): (23_508_032, 32.7),
    ("frozen", "", "resnet"): (0, 32.7),
}
Form = tuple[str, str]


def count_all() -> dict[Form, dict[str, Counts]]:
    """Counts of every method and form, by the kind of trunk."""
    found: dict[Form, dict[str, Counts]] = {}
    for method in d2st.methods():
        found[method, ""] = {kind: count(method, TRUNKS[kind]) for kind in kinds_of(method)}
    for (method, form), arguments in FORMS.items():
        found[method, form] = {"vit": count(method, TRUNKS["vit"], **arguments)}
    return found


def table(found: dict[Form, dict[str, Counts]]) -> str:
    """Markdown: a row a method, sorted by parameters on the ViT; official figures, where there are any, in brackets."""
    header = ["method"]
    for trunk in ("ViT-B/16", "ResNet-50"):
        header += [f"{trunk}: tunable parameters", "GFLOPs a clip"]
    rows = []
    for method, form in sorted(found, key=lambda key: (found[key]["vit"].parameters, key)):
        row = [method_title(method) + form]
        for kind in TRUNKS:
            official = OFFICIAL.get((method, form, kind), (None, None))
            row += _cells(found[method, form].get(kind), *official)
        rows.append(row)
    return tables.markdown(header, rows)


def _cells(counts: Counts | None, parameters: int | None, multiply_adds: float | None) -> list[str]:
    if counts is None:
        return ["-", "-"]
    known = "" if parameters is None else f" ({parameters:,})"
    cost = "" if multiply_adds is None else f" ({2 * multiply_adds:.1f})"
    return [f"{counts.parameters:,}{known}", f"{counts.flops / 1e9:.1f}{cost}"]


def document(found: dict[Form, dict[str, Counts]]) -> str:
    """The table and what its numbers mean."""
    meaning = (
        f"Encoding one clip of {FRAMES} frames of {SIZE} x {SIZE} pixels, no head. FLOPs = 2 x multiply-adds, counted on",
        "torch's meta device by `python benchmark/count.py`: matrix products, attention, convolutions, and for the sampling of",
        "points 2 x 8 per point and channel; norms, activations, softmax and resizing count as 0. In brackets: what the classes",
        "of each method's official code amount to, where that was worked out. LoRA is counted before its updates are merged",
        "into the trunk; merged, it costs what the frozen trunk costs. AIM, DUALPATH and LoRA have no ResNet form.",
    )
    return "\n".join((table(found), "", *meaning))


def main(arguments: list[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = Parser("count.py", __doc__)
    write_option(parser, "counts")
    asked = parser.parse_args(arguments)
    with one_sentence("nothing was written"):
        text = document(count_all())
        if asked.write is None:
            print(text)
        else:
            write_between(asked.write, "counts", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
