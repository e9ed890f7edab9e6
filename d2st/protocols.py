"""Two protocols, and every switch between them: ``paper`` is what the official D2ST code does, ``suite`` what this suite does.

A ``protocol`` fragment names one of the two and may set single switches otherwise: ``dict(name="paper", views=1)``. The table
of docs/protocol.md is made of :data:`SWITCHES` by ``python -m d2st.protocols``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from d2st.errors import UserError, unknown

SUITE, PAPER = "suite", "paper"
#: weight decay that the official optimiser really uses, whatever the configuration says (facts 2.4)
READ_WEIGHT_DECAY = 1e-3
#: how often the official data set draws the videos of an episode anew (facts 2.6)
REDRAWS = 5


@dataclass(frozen=True)
class Switch:
    """One difference between the protocols.

    Attributes:
        name: its key in the ``protocol`` fragment, and on the command line.
        paper, suite: its value in either protocol.
        does: what the value of ``paper`` does, as the official code.
        why: why ``suite`` does otherwise.
    """

    name: str
    paper: Any
    suite: Any
    does: str
    why: str


SWITCHES = (
    Switch(
        "views",
        10,
        1,
        "Test frames are random where training frames are (all but Kinetics). Each video is encoded `views` times, and every "
        "place of an episode takes one of these at random; the official code decodes anew for every place.",
        "With the middle frame of each segment a video's features are the same whenever it is read, so that two methods differ "
        "by their weights alone.",
    ),
    Switch(
        "frames",
        "official",
        "even",
        "A clip of L frames is cut into segments of L // 8 frames, and the L mod 8 last frames are never seen; Kinetics takes "
        "frames at an interval in a window.",
        "Segments that cover the whole clip see its end, where many actions are decided, and one rule for all data sets.",
    ),
    Switch(
        "same_episodes_on_ranks",
        True,
        False,
        "All GPUs have the same seed and therefore train on the same episodes with the same augmentation.",
        "Two GPUs that see the same episodes do the work of one; distinct ones double the training data.",
    ),
    Switch(
        "validate_on",
        "test",
        "val",
        "Validation during training reads the test list, once, at the end; no checkpoint is chosen, the last one is kept.",
        "The checkpoint of the best accuracy on the validation classes is kept; the test classes choose nothing.",
    ),
    Switch(
        "flip_directional",
        True,
        False,
        "Training queries are flipped left to right with probability 1/2 on Something-Something too.",
        "A flip turns *pushing from left to right* into another class of the same data set.",
    ),
    Switch(
        "unused_half",
        True,
        False,
        "On one GPU two episodes are decoded for each iteration and the second one is thrown away.",
        "It costs half of the decoding and gives nothing; the episodes that are used are as random either way.",
    ),
    Switch(
        "unread_weight_decay",
        True,
        False,
        "The weight decay of the configuration (5e-4 in the official files) is never read; 1e-3 is used.",
        "A value that is written down is the value that is used.",
    ),
    Switch(
        "save_before_last_step",
        True,
        False,
        "The last checkpoint is written ahead of the last iteration, so that its gradient is not in the weights that are tested.",
        "What has been trained is what is tested.",
    ),
    Switch(
        "redraw_broken",
        True,
        False,
        "A training episode with a video that cannot be decoded is drawn anew from the same classes, up to 5 times.",
        "Which episodes a method sees would depend on the state of a disk. A broken video ends the run with its name; "
        "`check_data.py --missing drop` leaves it out openly.",
    ),
)
_BY_NAME = {switch.name: switch for switch in SWITCHES}
_CHOICES = {"frames": ("even", "official"), "validate_on": ("val", "test")}


def settle(fragment: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every switch under a ``protocol`` fragment: those of the named protocol, unless it sets them itself.

    Raises:
        UserError: an unknown protocol or switch, or a value that a switch does not take.
    """
    name = fragment.get("name", SUITE)
    if name not in (SUITE, PAPER):
        raise unknown("protocol", str(name), (SUITE, PAPER))
    values = {switch.name: getattr(switch, name) for switch in SWITCHES}
    for key, value in fragment.items():
        if key != "name" and value is not None:
            values[key] = _checked(key, value)
    return values


def _checked(name: str, value: Any) -> Any:
    if name not in _BY_NAME:
        raise unknown("switch", name, _BY_NAME)
    if name in _CHOICES:
        good, takes = value in _CHOICES[name], " or ".join(_CHOICES[name])
    elif name == "views":
        good, takes = (
            type(value) is int and value > 0,
            "a whole number of at least 1",
        )
    else:
        good, takes = isinstance(value, bool), "true or false"
    if not good:
        raise UserError(f"the switch '{name}' takes {takes}, not {value!r}")
    return value


def parse_switch(text: str) -> tuple[str, Any]:
    """``views=3`` or ``unused_half=true`` from a command line.

    Raises:
        UserError: no such switch, or a value that it does not take.
    """
    name, _, value = text.partition("=")
    words = {"true": True, "false": False}
    plain = words.get(value.lower(), int(value) if value.isdecimal() else value)
    return name, _checked(name, plain)


def table() -> list[str]:
    """The switches as lines of Markdown."""
    lines = [
        "| switch | `paper` | `suite` | what `paper` does | why `suite` does otherwise |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| `{s.name}` | `{s.paper}` | `{s.suite}` | {s.does} | {s.why} |" for s in SWITCHES]
    return lines


if __name__ == "__main__":
    print("\n".join(table()))
