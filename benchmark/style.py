"""How methods look: one title, one colour and one marker each, the same everywhere (Okabe and Ito's palette)."""

from collections.abc import Iterable

TITLES = {
    "d2st": "D2ST",
    "aim": "AIM",
    "st_adapter": "ST-Adapter",
    "full_finetune": "Full fine-tuning",
    "frozen": "Frozen",
    "bimhm": "Bi-MHM",
    "otam": "OTAM",
    "protonet": "ProtoNet",
    "trx": "TRX",
    "hyrsm": "HyRSM",
    "strm": "STRM",
    "molo": "MoLo",
    "linear_probe": "Linear probe",
}
COLOURS = {
    "d2st": "#D55E00",
    "aim": "#0072B2",
    "st_adapter": "#009E73",
    "full_finetune": "#CC79A7",
    "frozen": "#6E6E6E",
}
MARKERS = {"d2st": "o", "aim": "s", "st_adapter": "^", "full_finetune": "D", "frozen": "X"}
SPARE = (
    ("#56B4E9", "P"),
    ("#E69F00", "v"),
    ("#332288", "*"),
    ("#882255", "h"),
    ("#999933", "<"),
    ("#44AA99", ">"),
)


def title(name: str) -> str:
    """How tables and plots write a method or head."""
    return TITLES.get(name, name.replace("_", " "))


def order(methods: Iterable[str]) -> list[str]:
    """D2ST first, then the known baselines, then the others by name."""
    known = list(COLOURS)
    return sorted(set(methods), key=lambda name: (known.index(name) if name in known else len(known), name))


def look(methods: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker by method; unknown methods get spare ones in the order of their names."""
    spare = (pair for _ in range(len(set(methods)) + 1) for pair in SPARE)
    return {
        name: (COLOURS[name], MARKERS[name]) if name in COLOURS else next(spare) for name in order(methods)
    }


def datasets(names: Iterable[str]) -> list[str]:
    """ssv2 and kinetics first, then the others by name."""
    known = ("ssv2", "kinetics")
    return sorted(set(names), key=lambda name: (known.index(name) if name in known else len(known), name))
