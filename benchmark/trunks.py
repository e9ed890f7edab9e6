"""The trunks of a run, by ``--trunks``, and the methods that have a form for them."""

import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.identity import file_sha256
from benchmark.options import FRAGMENTS, fragments
from d2st.adaptation import kinds_of, no_form
from d2st.errors import UserError
from d2st.trunks import build_encoder, trunk_info, trunk_name, weights_path


class Trunk(NamedTuple):
    """A trunk with its weights: the config fragment, timm's name, ``vit`` or ``resnet``, the sha256 of the file of the
    weights (or ``random``), and what they are, for people."""

    fragment: dict[str, Any]
    name: str
    kind: str
    weights: str
    said: str


def settle_trunks(asked: Sequence[str], weights: str, embedded: bool) -> list[Trunk]:
    """The trunks that are asked for, each built once, so that it and its weights are known to be there and to fit.

    Args:
        asked: families (``vit``, ``resnet``), of which the data decide the trunk, or timm's names.
        weights: as :func:`d2st.trunks.build_encoder` takes them, for all trunks.
        embedded: whether the data rule has the miniature trunks.

    Raises:
        UserError: a trunk or its weights are unknown or missing, they do not fit, or one file is asked of several trunks.
    """
    path = str(Path(weights).resolve()) if Path(weights).exists() else weights
    wanted: dict[str, dict[str, Any]] = {}
    for name in asked:
        family, told = (name, "auto") if name in fragments("trunk") else (trunk_info(name).kind, name)
        full = trunk_name(told, family, embedded)
        wanted.setdefault(full, {**_fragment(family), "name": told, "weights": path})
    if len(wanted) > 1 and weights not in ("pretrained", "random"):
        raise UserError(
            f"--weights {weights} fits one trunk, but {len(wanted)} are asked for ({', '.join(wanted)}): "
            "run them one by one, with the same --output"
        )
    settled = []
    for full, fragment in wanted.items():
        info = trunk_info(full, path)
        build_encoder(full, {"type": "frozen"}, path)
        settled.append(Trunk(fragment, full, info.kind, loaded(full, path), info.weights))
    return settled


def loaded(trunk: str, weights: str) -> str:
    """The sha256 of the file that ``weights`` of ``trunk`` are read from, wherever they come from; or ``random``."""
    path = weights_path(trunk, weights)
    return "random" if path is None else file_sha256(str(path))


def matched(
    methods: Sequence[str], explicit: Sequence[str], trunks: Sequence[Trunk]
) -> tuple[list[tuple[str, Trunk]], list[str]]:
    """Which method runs on which trunk, trunk by trunk, and a sentence for each method that is left out of one.

    Raises:
        UserError: a method of ``explicit`` has no form for any of the trunks.
    """
    for method in explicit:
        if not any(trunk.kind in kinds_of(method) for trunk in trunks):
            raise UserError(
                f"{no_form(method, trunks[0].kind)}; trunks asked for: {', '.join(t.name for t in trunks)}"
            )
    pairs = [(method, trunk) for trunk in trunks for method in methods]
    fit = [(method, trunk) for method, trunk in pairs if trunk.kind in kinds_of(method)]
    out = [
        f"left out: {method} on {trunk.name}; {no_form(method, trunk.kind)}"
        for method, trunk in pairs
        if trunk.kind not in kinds_of(method)
    ]
    return fit, out


def _fragment(family: str) -> dict[str, Any]:
    return dict(runpy.run_path(str(FRAGMENTS / "trunk" / f"{family}.py"))["trunk"])
