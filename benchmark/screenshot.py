"""A picture of the top of a run's ``report.html`` for a page: ``python benchmark/screenshot.py results/RUN PICTURE.png``.

Light on the left, dark on the right, as headless Chromium shows them.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from PIL import Image

from benchmark.command import Parser, fail
from benchmark.store import write_atomically

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SIZE = (1000, 1300)


def browser() -> str | None:
    """The Chromium of this machine, if any."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def shot(program: str, page: Path, picture: Path, dark: bool) -> None:
    """Write what the browser shows of ``page``; raises ``CalledProcessError`` where it fails."""
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=3000",
    ]
    options += [f"--user-data-dir={picture.parent / 'profile'}", f"--window-size={SIZE[0]},{SIZE[1]}"]
    options += [f"--blink-settings=preferredColorScheme={0 if dark else 1}", f"--screenshot={picture}"]
    subprocess.run([program, *options, page.resolve().as_uri()], check=True, capture_output=True, timeout=120)


def main() -> int:
    """Command line; exit code 2 and one sentence where there is no browser or no report."""
    parser = Parser("screenshot.py", __doc__)
    parser.add_argument("run", type=Path, help="folder of a run with its report.html")
    parser.add_argument("picture", type=Path, help="PNG to write")
    asked = parser.parse_args()
    page, program = asked.run / "report.html", browser()
    if program is None:
        fail(f"no Chromium on this machine (looked for {', '.join(BROWSERS)}): apt-get install chromium")
    if not page.is_file():
        fail(f"no {page}: python benchmark/report.py {asked.run} writes it")
    both = Image.new("RGB", (2 * SIZE[0], SIZE[1]))
    with tempfile.TemporaryDirectory() as folder:
        for number, dark in enumerate((False, True)):
            part = Path(folder) / f"{number}.png"
            try:
                shot(program, page, part, dark)
            except (OSError, subprocess.SubprocessError) as error:
                fail(f"{program} made no picture of {page} ({type(error).__name__})")
            with Image.open(part) as image:
                both.paste(image.convert("RGB"), (number * SIZE[0], 0))
    small = both.resize((int(1.1 * SIZE[0]), int(0.55 * SIZE[1])), Image.Resampling.LANCZOS)
    write_atomically(asked.picture, lambda part: small.save(part, "PNG", optimize=True))
    print(f"written: {asked.picture} ({asked.picture.stat().st_size // 1000} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
