"""A page as headless Chromium shows it: a script of the test's own runs in a copy of it, and says what it found."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmark.screenshot import BROWSERS, browser

FRAME = "<body style='margin:0'><iframe src='{page}' style='border:0;width:{width}px;height:900px'></iframe>"
# a frame as wide as the screen: Chromium's own window is never narrower than 500 px
CATCH = (
    "<script>addEventListener('message', (event) => { document.body.dataset.found = event.data; })</script>"
)
TELL = "<script>addEventListener('load', () => {{ {script}; parent.postMessage(JSON.stringify(found), '*'); }})</script>"


def _program() -> str:
    program = browser()
    if program is None:
        pytest.skip(
            f"no Chromium on this machine (looked for {', '.join(BROWSERS)}): apt-get install chromium"
        )
    return program


def printed(page: Path, folder: Path) -> bytes:
    """The page on paper, as a PDF; skips where there is no Chromium."""
    target = folder / "page.pdf"
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    options += [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", page.as_uri()]
    done = subprocess.run([_program(), *options], capture_output=True, text=True, timeout=120)
    assert target.exists(), done.stderr[-2000:]
    return target.read_bytes()


def look(page: Path, folder: Path, script: str, width: int = 1280, dark: bool = False) -> dict[str, Any]:
    """What ``script`` puts into ``found`` in a window of ``width`` px; skips where there is no Chromium."""
    program = _program()
    copy, outer = folder / "copy.html", folder / "outer.html"
    copy.write_text(
        page.read_text("utf-8").replace("</body>", TELL.format(script=script) + "</body>"), "utf-8"
    )
    outer.write_text(CATCH + FRAME.format(page=copy.as_uri(), width=width), "utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    options += [f"--user-data-dir={folder / 'profile'}", f"--window-size={max(width, 500)},900"]
    options += [f"--blink-settings=preferredColorScheme={0 if dark else 1}", outer.as_uri()]
    done = subprocess.run([program, *options], capture_output=True, text=True, timeout=120)
    assert 'data-found="' in done.stdout, done.stderr[-2000:]
    text = done.stdout.split('data-found="')[1].split('"')[0]
    return json.loads(
        text.replace("&quot;", '"').replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    )
