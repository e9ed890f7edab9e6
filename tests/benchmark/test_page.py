"""``report.html`` as a browser shows it: real numbers, sorting, plots of a size, a phone's width, dark and light."""

import re
from pathlib import Path

import pytest

from benchmark import report, style
from benchmark.store import Store
from benchmark.summary import settings
from tests.benchmark.chromium import look, printed
from tests.benchmark.made_up import fail, fill, job, speed

DESKTOP = """
const table = document.getElementById("s1-main"), body = table.tBodies[0];
const column = (number) => [...body.rows].map((row) => row.cells[number].textContent.trim());
const press = (number) => table.tHead.rows[0].cells[number].querySelector("button").click();
const found = { first: column(0), one: column(2), heads: [...table.tHead.rows[0].cells].map((c) => c.textContent) };
press(2); found.down = column(2); press(2); found.up = column(2); press(0); found.back = column(0);
document.querySelectorAll(".away").forEach((part) => part.classList.remove("away"));
found.images = [...document.images].map((image) => [image.naturalWidth, image.naturalHeight]);
found.plots = [...document.querySelectorAll("figure svg")].map((svg) => {
  const box = svg.getBoundingClientRect();
  return [box.width, box.height, svg.querySelectorAll("path").length, svg.textContent.length];
});
const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
found.twice = ids.filter((id, place) => ids.indexOf(id) !== place);
found.lost = [...document.querySelectorAll("use")].map((use) => use.getAttribute("xlink:href") ?? use.getAttribute("href"))
  .filter((name) => !document.querySelector(name));
found.links = [...document.querySelectorAll("a[href^='#']")].filter((a) => !document.querySelector(a.hash)).length;
found.ground = getComputedStyle(document.body).backgroundColor;
found.ink = getComputedStyle(document.body).color;
found.text = document.body.innerText
"""
LOOK = """
const found = { inner: innerWidth, wide: document.documentElement.scrollWidth };
found.ground = getComputedStyle(document.body).backgroundColor;
found.label = getComputedStyle(document.querySelector("figure svg text")).fill;
const tabs = [...document.querySelectorAll("[role=tab]")], parts = [...document.querySelectorAll(".group")];
const shown = () => parts.map((part) => getComputedStyle(part).display !== "none");
found.tabs = tabs.map((tab) => tab.textContent); found.before = shown();
if (tabs.length) { tabs[1].click(); found.after = shown(); }
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three methods on one dataset, one of them failed, and one with a second head too."""
    made = Store(tmp_path_factory.mktemp("page") / "run")
    for method in ("d2st", "frozen"):
        fill(made, job(method, shots=(1,)))
    fail(made, job("aim", shots=(1,)))
    fill(made, job("d2st", shots=(1,), head="otam"))
    speed(made)
    report.report(made)
    return made


def test_nothing_is_fetched_from_elsewhere(store: Store) -> None:
    text = (store.root / "report.html").read_text("utf-8")
    outside = re.findall(r"""(?:src|href)=["'](?!#|data:)([^"']+)""", text)
    assert outside == [] and "@import" not in text and not re.search(r"url\((?!#)", text)


def test_what_is_sorted_by_does_not_tell_the_last_digits_which_a_machine_may_round_its_way(
    store: Store,
) -> None:
    values = re.findall(r'data-v="([^"]*)"', (store.root / "report.html").read_text("utf-8"))
    digits = [re.sub(r"e.*|\D", "", value).lstrip("0") for value in values]
    assert max(map(len, digits)) == 10


def test_a_browser_shows_the_numbers_and_sorts_them(store: Store, tmp_path: Path) -> None:
    found = look(store.root / "report.html", tmp_path, DESKTOP)
    (setting,), _ = settings(store)
    rows = setting.rows[
        (setting.rows.status == "ok") & (setting.rows.shot == 1) & (setting.rows.dataset == "ssv2")
    ]
    for item in rows.itertuples():
        assert any(text.startswith(f"{item.accuracy:.1f} ±") for text in found["down"]), item
    numbers = [float(text.split()[0]) for text in found["down"] if text[0].isdigit()]
    assert len(numbers) == 3 and numbers == sorted(numbers, reverse=True)
    assert found["one"] != found["down"]
    assert [float(text.split()[0]) for text in found["up"] if text[0].isdigit()] == numbers[::-1]
    assert found["down"][-1] in ("failed", "-") and found["up"][-1] in (
        "failed",
        "-",
    )  # what has no number stays last
    assert sorted(found["back"]) == sorted(found["first"])
    for needed in (
        "python benchmark/run_all.py",
        "a processor",
        "Embedded benchmark",
        "MemoryError: no",
        "ssv21",
        "No picture",
    ):
        assert needed in found["text"], needed
    assert found["twice"] == [] and found["lost"] == [] and found["links"] == 0
    assert len(found["plots"]) >= 9
    for width, height, paths, letters in found["plots"]:
        assert width > 200 and height > 100 and paths > 5 and letters > 20
    assert all(width > 0 and height > 0 for width, height in found["images"])


def test_a_phone_scrolls_no_page_sideways_and_dark_differs(store: Store, tmp_path: Path) -> None:
    light = look(store.root / "report.html", tmp_path, LOOK, width=360)
    dark = look(store.root / "report.html", tmp_path, LOOK, width=360, dark=True)
    assert light["inner"] == 360 and light["wide"] <= 360 and dark["wide"] <= 360
    assert light["tabs"] == ["vit_mini, Bi-MHM", "vit_mini, OTAM"]
    assert light["before"] == [True, False] and light["after"] == [False, True]
    assert light["ground"] != dark["ground"] and light["label"] != dark["label"]


def test_paper_gets_landscape_pages(store: Store, tmp_path: Path) -> None:
    paper = printed(store.root / "report.html", tmp_path)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert paper.startswith(b"%PDF") and len(sizes) >= 3
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(842, 595)}  # A4, points


def test_dark_colours_stand_out_and_stay_apart() -> None:
    ground = style.luminance(style.DARK[style.PAPER]) + 0.05
    colours = [style.on_dark(colour) for colour, _ in style.LOOKS.values()]
    assert len(set(colours)) == len(colours)
    assert all((style.luminance(colour) + 0.05) / ground >= 4 for colour in colours)
    assert style.luminance("#ffffff") == pytest.approx(1) and style.luminance("#000000") == 0
