"""How methods look: one title, one colour and one marker each, the same everywhere (Okabe and Ito's palette)."""

from collections.abc import Iterable, Sequence

INK, NOTE, SOFT, EDGE, GRID, PAPER = "#222222", "#666666", "#8a8a8a", "#bbbbbb", "#e6e6e6", "#ffffff"
# The same on the dark page of a report: names of the colours above, and one method's black.
DARK = {
    INK: "#e8e6e3", NOTE: "#aaaaaa", SOFT: "#9a9a9a", EDGE: "#555b63", GRID: "#32373e", PAPER: "#1b1f24", "#1a1a1a": "#f4f4f4",
}  # fmt: skip
TITLES = {
    "d2st": "D2ST",
    "d2st_spatial": "D2ST, spatial only",
    "d2st_temporal": "D2ST, temporal only",
    "d2st_isotropic": "D2ST, isotropic",
    "d2st_fixed": "D2ST, fixed points",
    "aim": "AIM",
    "st_adapter": "ST-Adapter",
    "dst": "DST-Adapter",
    "dualpath": "DUALPATH",
    "bottleneck": "Bottleneck",
    "lora": "LoRA",
    "bitfit": "BitFit",
    "norm_tuning": "Norm tuning",
    "last_blocks": "Last 2 blocks",
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
# Ablations of D2ST have colours between its orange and black; markers tell apart what colours alone may not.
LOOKS = {
    "d2st": ("#D55E00", "o"),
    "aim": ("#0072B2", "s"),
    "st_adapter": ("#009E73", "^"),
    "dualpath": ("#56B4E9", "P"),
    "lora": ("#E69F00", "v"),
    "bitfit": ("#999933", "<"),
    "norm_tuning": ("#66C2A5", ">"),
    "last_blocks": ("#882255", "h"),
    "full_finetune": ("#CC79A7", "D"),
    "frozen": ("#6E6E6E", "X"),
    "dst": ("#332288", "*"),
    "bottleneck": ("#A68A5B", "p"),
    "d2st_spatial": ("#F4A582", "d"),
    "d2st_temporal": ("#A50F15", "8"),
    "d2st_isotropic": ("#7F3B08", "H"),
    "d2st_fixed": ("#1A1A1A", "."),
}
SPARE = (
    ("#117733", "P"),
    ("#AA4499", "v"),
    ("#DDCC77", "*"),
    ("#4477AA", "h"),
    ("#BB5566", "<"),
    ("#004488", ">"),
)


def title(name: str) -> str:
    """How tables and plots write a method or head."""
    return TITLES.get(name, name.replace("_", " "))


def decimal(value: float, digits: int = 1, sign: str = "") -> str:
    """A number with so many digits behind the point, never ``-0.0``; ``sign`` ``+`` writes the plus too."""
    text = f"{value:{sign}.{digits}f}"
    return text if float(text) else text.replace("-", sign)


def order(methods: Iterable[str]) -> list[str]:
    """D2ST first, then the known baselines, then the others by name."""
    return _known_first(methods, list(LOOKS))


def heads(names: Iterable[str]) -> list[str]:
    """In the order of ``TITLES``, then the others by name."""
    return _known_first(names, list(TITLES))


def look(methods: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker by method; unknown methods get spare ones in the order of their names."""
    spare = (pair for _ in range(len(set(methods)) + 1) for pair in SPARE)
    return {name: LOOKS[name] if name in LOOKS else next(spare) for name in order(methods)}


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0..1 (WCAG 2)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def on_dark(colour: str) -> str:
    """The colour as a dark page shows it: mixed with white until its contrast with the page is 4 to 1."""
    if colour.lower() in DARK:
        return DARK[colour.lower()]
    parts, base = [int(colour[i : i + 2], 16) for i in (1, 3, 5)], luminance(DARK[PAPER])
    mixed = ("#" + "".join(f"{p + (255 - p) * step // 20:02x}" for p in parts) for step in range(21))
    return next(c for c in mixed if (luminance(c) + 0.05) / (base + 0.05) >= 4)


def dark_colours() -> dict[str, str]:
    """What stands on a dark page for every colour that a plot may have."""
    methods = [colour.lower() for colour, _ in (*LOOKS.values(), *SPARE)]
    return {**DARK, **{colour: on_dark(colour) for colour in methods}}


def family(trunk: str) -> str:
    """``vit`` or ``resnet``, by the trunk's name."""
    return "resnet" if "resnet" in trunk else "vit"


def trunks(names: Iterable[str]) -> list[str]:
    """ViTs first, then ResNets, by name."""
    return sorted(set(names), key=lambda name: (family(name) == "resnet", name))


def datasets(names: Iterable[str]) -> list[str]:
    """ssv2 and kinetics, or their embedded stand-ins, first, then the others by name."""
    return _known_first(names, ("ssv2", "motion", "kinetics", "appearance"))


def _known_first(names: Iterable[str], known: Sequence[str]) -> list[str]:
    return sorted(set(names), key=lambda name: (known.index(name) if name in known else len(known), name))
