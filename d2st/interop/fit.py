"""Whether converted weights are those of a model: names and shapes of one that is built by name, on the meta device."""

from collections.abc import Mapping
from typing import Any

import timm
import torch
from torch import Tensor

from d2st.errors import UserError
from d2st.interop.checkpoints import listed
from d2st.trunks.info import trunk_info

TRUNKS = {
    "clip-vit": "vit_base_patch16_clip_quickgelu_224.openai",
    "clip-rn": "resnet50_clip.openai",
    "d2st-vit": "vit_base_patch16_clip_quickgelu_224.openai",
    "d2st-rn": "resnet50.tv_in1k",
    "aim": "vit_base_patch16_clip_quickgelu_224.openai",
    "st-adapter": "vit_base_patch16_clip_quickgelu_224.openai",
    "trx": "resnet50.tv_in1k",
}
METHODS = {
    "d2st-vit": "d2st",
    "d2st-rn": "d2st",
    "aim": "aim",
    "st-adapter": "st_adapter",
    "trx": "full_finetune",
}
TRX_TRUNK, TRX_HEAD = "backbone.", "head."  # in a recogniser's state


def check_fit(
    state: Mapping[str, Tensor],
    source: str,
    trunk: str | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """Refuse ``state`` (our names) unless it is exactly what a model of ``source`` has.

    Args:
        trunk: timm name; by default the official one of ``TRUNKS``. A TRX head without its trunk needs none.
        arguments: of the method, or of TRX's head, where they are not its defaults. Frames, AIM's form, ST-Adapter's
            places and TRX's widths are read off ``state``.

    Raises:
        UserError: names are missing or left over, or shapes differ; the sentence names them.
    """
    given = dict(arguments or {})
    name = trunk or TRUNKS[source]
    trunk_info(name)
    with torch.device("meta"):
        if source == "trx":
            what, wanted = f"head 'trx' on {name}", _trx(state, name, given)
        elif source in METHODS:
            what, wanted = f"method '{METHODS[source]}' on {name}", _tuned(state, source, name, given)
        else:
            what, wanted = f"timm's {name}", _trunk(state, source, name, given)
    problems = {
        "missing": set(wanted) - set(state),
        "left over": set(state) - set(wanted),
        "of another shape": {n for n in set(wanted) & set(state) if wanted[n].shape != state[n].shape},
    }
    told = "; ".join(f"{problem}: {listed(names)}" for problem, names in problems.items() if names)
    if told:
        raise UserError(
            f"these weights are not those of {what} ({told}); --trunk and --arguments name another"
        )


def _tuned(state: Mapping[str, Tensor], source: str, name: str, given: dict[str, Any]) -> dict[str, Tensor]:
    import baselines  # noqa: F401  (makes their names known)
    from d2st.trunks import adapt

    time = state.get("temporal_embedding")
    frames = given.pop("frames", 8 if time is None or time.ndim != 3 else time.shape[1])
    if source == "aim" and any(".before_temporal." in key for key in state):
        given.setdefault("temporal_adapters", 2)
    if source == "st-adapter":
        places = [
            place for place in ("attention", "mlp") if any(f".adapters.{place}." in key for key in state)
        ]
        given.setdefault("places", places or None)
    encoder = adapt(timm.create_model(name), METHODS[source], frames, **given)
    own = encoder.state_dict()
    return {key: own[key] for key in encoder.tunable_names}


def _trunk(state: Mapping[str, Tensor], source: str, name: str, given: dict[str, Any]) -> dict[str, Tensor]:
    if given:
        raise UserError(f"{source} is no method and takes no arguments; got {listed(given)}")
    projection = state.get("head.weight", state.get("head.proj.weight"))
    model = timm.create_model(name, num_classes=0 if projection is None else len(projection))
    own: dict[str, Tensor] = model.state_dict()
    return own


def _trx(state: Mapping[str, Tensor], name: str, given: dict[str, Any]) -> dict[str, Tensor]:
    from d2st.heads.trx import TRX

    cardinalities = given.pop("cardinalities", (2, 3))
    first = state.get(f"{TRX_HEAD}cross.0.key.weight")
    if first is None or first.ndim != 2:
        raise UserError(f"these weights are not those of head 'trx': no matrix {TRX_HEAD}cross.0.key.weight")
    trunk = _tuned(state, "trx", name, {}) if any(key.startswith(TRX_TRUNK) for key in state) else {}
    try:
        head = TRX(first.shape[1] // cardinalities[0], cardinalities, len(first), **given)
    except (TypeError, IndexError) as error:
        raise UserError(f"head 'trx' does not take these arguments: {error}") from error
    own = {TRX_HEAD + key: value for key, value in head.state_dict().items()}
    return own | {TRX_TRUNK + key: value for key, value in trunk.items()}
