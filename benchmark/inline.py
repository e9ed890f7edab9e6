"""A stored plot as part of a page: its SVG without title and note, in the page's colours, with names of its own."""

import re
from pathlib import Path

from benchmark import style
from benchmark.canvas import HEADING

HEAD = re.compile(rf'<g id="{HEADING}-(\d+)">.*?</g>\s*', re.DOTALL)


def inline(path: Path, number: int, told: str) -> str:
    """The ``<svg>`` of ``path``.

    Colours that :mod:`benchmark.style` knows become CSS variables, ``--c-rrggbb``, with the colour itself as what they are
    by default. ``number``: of the plot in its page, in front of every id; ``told``: what a screen reader says.
    """
    text = path.read_text("utf-8")
    svg = text[text.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    heights = [int(height) for height in HEAD.findall(svg)]
    svg = HEAD.sub("", svg)
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())  # type: ignore[index]
    cut = max(heights, default=0)
    label = re.sub(r"[<>&\"]", " ", told)
    attributes = (
        f'<svg viewBox="{left:g} {top + cut:g} {width:g} {height - cut:g}" role="img" aria-label="{label}" '
        f'style="--natural:{width * 4 / 3:.0f}px" xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    svg = attributes + svg[svg.index(">") + 1 :]
    svg = re.sub(r'\bid="', f'id="p{number}-', svg)
    svg = svg.replace("url(#", f"url(#p{number}-").replace('href="#', f'href="#p{number}-')
    known = style.dark_colours()

    def variable(found: re.Match) -> str:
        colour = found[0].lower()
        return f"var(--c-{colour[1:]}, {colour})" if colour in known else colour

    return re.sub(r"#[0-9a-fA-F]{6}\b", variable, svg).strip()
