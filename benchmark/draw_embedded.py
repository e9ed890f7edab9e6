"""Clips of the embedded benchmark on one sheet, a row each: ``python benchmark/draw_embedded.py``.

Of ``motion`` every kind of change in the test classes, of two of them several courses, of ``appearance`` objects and scenes.
"""

import sys
import textwrap
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmark.command import draw_command
from benchmark.options import ROOT

TARGET = ROOT / "docs" / "images" / "embedded.png"
MOTION = {
    "rising": 7, "falling": 11, "falling_rising_falling": 4, "growing": 2, "meeting": 0,
    "covering": 9, "covering_and_uncovering": 5,
}  # fmt: skip
APPEARANCE = 2  # objects, and as many scenes


def rows() -> list[tuple[str, str, int]]:
    """Dataset, test class and clip of every row."""
    from d2st.data.embedded import appearance

    names = appearance.CLASSES["test"]
    objects = [name for name in names if not name.endswith("_scene")][:APPEARANCE]
    scenes = [name for name in names if name.endswith("_scene")][:APPEARANCE]
    shown = [("motion", name, clip) for name, clip in MOTION.items()]
    return shown + [("appearance", name, 0) for name in (*objects, *scenes)]


def draw(target: Path) -> None:
    """Every second frame of each clip, as it is decoded."""
    import matplotlib

    matplotlib.use("Agg")
    import decord
    import matplotlib.pyplot as plt
    import numpy as np

    from d2st.data.embedded import ensure
    from d2st.data.embedded.cache import file_of

    shown = rows()
    figure, axes = plt.subplots(len(shown), 1, figsize=(8, 0.86 * len(shown)), layout="constrained")
    for axis, (dataset, name, clip) in zip(axes, shown, strict=True):
        file = ensure(dataset) / file_of("test", name, clip)
        frames = decord.VideoReader(str(file), num_threads=1).get_batch(range(0, 16, 2)).asnumpy()
        gap = np.full((len(frames[0]), 4, 3), 255, np.uint8)
        axis.imshow(np.concatenate([part for frame in frames for part in (frame, gap)][:-1], axis=1))
        told = textwrap.fill(name.replace("_", " "), 15)
        axis.set_ylabel(f"{dataset}\n{told}", rotation=0, ha="right", va="center", fontsize=8)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
    figure.savefig(target, dpi=110, bbox_inches="tight", pad_inches=0.06)


def main() -> int:
    """The command line."""
    return draw_command("draw_embedded.py", __doc__, TARGET, draw)


if __name__ == "__main__":
    sys.exit(main())
