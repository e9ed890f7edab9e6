"""Which trunk ``auto`` is, and values of a fragment that differ by trunk."""

from typing import Any

from d2st.errors import UserError
from d2st.trunks.info import TrunkInfo
from d2st.trunks.mini import MINIS

#: by family: what ``auto`` is on the embedded benchmark, and on real data
AUTO = {
    "vit": ("vit_mini", "vit_base_patch16_clip_quickgelu_224.openai"),
    "resnet": ("resnet_mini", "resnet50.tv_in1k"),
}
#: keys of a value that differs by trunk, the first that is there counts: the trunk itself, its kind, its size
VARIANTS = (*MINIS, *AUTO, "embedded", "real")


def trunk_name(name: str, family: str, embedded: bool) -> str:
    """timm's name of what a trunk fragment asks for.

    Raises:
        UserError: the family is unknown.
    """
    if family not in AUTO:
        raise UserError(f"the fragment 'trunk' has the unknown family '{family}'; known: {', '.join(AUTO)}")
    return AUTO[family][0 if embedded else 1] if name == "auto" else name


def sized(value: Any, info: TrunkInfo, otherwise: Any = None) -> Any:
    """The variant of ``value`` for a trunk, where it is a dict by some of ``VARIANTS``; any other value as it is.

    ``otherwise``, if not None, is what a trunk has that has no variant.

    Raises:
        UserError: there is no variant for this trunk.
    """
    if not isinstance(value, dict) or not value or not set(value) <= set(VARIANTS):
        return value
    architecture = info.name.split(".")[0]
    mine = (architecture, info.kind, "embedded" if architecture in MINIS else "real")
    for key in mine:
        if key in value:
            return value[key]
    if otherwise is not None:
        return otherwise
    raise UserError(
        f"a value of the fragment 'method' has no variant for {info.name}: it has {', '.join(value)}; "
        f"add one of {', '.join(mine[1:])}"
    )
