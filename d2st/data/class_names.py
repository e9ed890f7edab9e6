"""Class names of the literature's splits by label, in the datasets' own spelling; ``classes.json`` says whose order it is."""

import json
from functools import cache
from importlib.resources import files

#: two video-level versions of Kinetics-100 circulate, with the same classes in the same order
SAME_CLASSES = {"kinetics_cmn": "kinetics"}


def class_names(dataset: str, split: str) -> tuple[str, ...]:
    """Names by label of one split of ``ssv2, ssv2_small, kinetics, kinetics_cmn, hmdb51, ucf101``; KeyError for others."""
    return tuple(_table()[SAME_CLASSES.get(dataset, dataset)][split])


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return json.loads(files("d2st.data").joinpath("classes.json").read_text(encoding="utf-8"))
