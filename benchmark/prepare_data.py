"""Make a real dataset ready: fetch its split lists, find its videos, write both down: ``python benchmark/prepare_data.py ssv2
--data-root R``. See docs/data.md."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from rich.progress import track

from benchmark.command import Parser, one_sentence
from benchmark.prepare_report import report
from d2st.data.folders import frame_files
from d2st.data.layouts import Located, locate, usual_folders
from d2st.data.origins import ORIGINS, SPLITS, Entry, entries, read_origin
from d2st.data.prepared import FOLDER, read_prepared, write_prepared
from d2st.data.sources import data_root_in_use
from d2st.data.writing import write_bytes
from d2st.errors import UserError

EXAMPLES = """
examples:
  python benchmark/prepare_data.py ssv2 --data-root /data
      fetches OTAM's lists, looks for the videos below /data/ssv2, writes /data/ssv2/prepared/
  python benchmark/prepare_data.py kinetics --version cmn --data-root /data --videos /mnt/k400
      CMN's own version, called kinetics_cmn from then on; the videos lie elsewhere
exit code: 0 every listed video was found, 1 some were not, 2 wrong input
"""


def prepare(
    name: str,
    root: Path,
    lists: Path | None = None,
    videos: Path | None = None,
    kind: str = "auto",
    suffix: str | None = None,
    console: Console | None = None,
) -> int:
    """Prepare one dataset; returns how many listed videos were not found.

    Raises:
        UserError: lists that cannot be had, no folder to search or to write, or a video that is there twice.
    """
    console = console or Console(highlight=False)
    if not root.is_dir():
        raise UserError(f"no folder '{root}': --data-root takes the folder that holds (or will hold) {name}/")
    dataset = root / name
    listed = read_lists(name, dataset / FOLDER / "origin", lists)
    if videos is not None and not videos.is_dir():
        raise UserError(f"no folder '{videos}': --videos takes the folder that holds the videos of {name}")
    folders = [videos] if videos is not None else usual_folders(name, root)
    everything = [entry for split in SPLITS for entry in listed[split]]
    with console.status("looking for videos") as status:
        located = locate(
            name, everything, folders, kind, suffix, lambda n: status.update(f"looking for videos: {n} seen")
        )
    frames = count_frames(located, console) if located.kind == "frames" else {}
    base = videos or _common(located, dataset)
    about = {
        "dataset": name,
        "kind": located.kind,
        "videos": os.path.relpath(base, dataset) if base.is_relative_to(dataset) else str(base.resolve()),
        "lists": {split: vars(ORIGINS[name][split]) for split in SPLITS},
    }
    relative = {id_: os.path.relpath(path, base) for id_, path in located.paths.items()}
    dropped = read_prepared(dataset).dropped if (dataset / FOLDER / "source.json").is_file() else {}
    folder = write_prepared(dataset, about, listed, relative, frames)
    if dropped:
        (folder / "dropped.csv").unlink()
        console.print(
            f"the list of {len(dropped)} dropped videos was for the former preparation and is removed"
        )
    report(name, root, listed, located, folders, console)
    return len(everything) - len(located.paths)


def read_lists(name: str, kept: Path, lists: Path | None) -> dict[str, list[Entry]]:
    """The lists of all splits, from ``lists``, else from an earlier run, else from their origin; kept for later runs."""
    listed = {}
    for split, origin in ORIGINS[name].items():
        again = lists is None and origin.in_folder(kept).is_file()
        content = read_origin(origin, kept if again else lists)
        listed[split] = entries(name, split, content)
        if not again:
            write_bytes(origin.in_folder(kept), content)
    return listed


def count_frames(located: Located, console: Console) -> dict[str, int]:
    """Frames of each folder found."""
    items = track(located.paths.items(), "counting frames", console=console, disable=not console.is_terminal)
    return {id_: sum(1 for _ in frame_files(Path(path))) for id_, path in items}


def _common(located: Located, dataset: Path) -> Path:
    if not located.paths:
        return dataset
    common = Path(os.path.commonpath([os.path.dirname(path) for path in located.paths.values()]))
    return dataset if common.is_relative_to(dataset) else common


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = Parser("prepare_data.py", __doc__, EXAMPLES)
    made.add_argument("dataset", choices=sorted(ORIGINS), help="which dataset")
    made.add_argument(
        "--data-root",
        default=data_root_in_use(),
        help="folder of the real datasets (default: $D2ST_DATA_ROOT)",
    )
    made.add_argument(
        "--version", choices=("d2st", "cmn"), help="which of the two lists of Kinetics-100 (default: d2st)"
    )
    made.add_argument(
        "--lists",
        type=Path,
        help="folder with the lists, <owner>+<repository>/<path>, instead of fetching them",
    )
    made.add_argument("--videos", type=Path, help="folder that holds the videos, if not DATA_ROOT/DATASET")
    made.add_argument(
        "--kind",
        choices=("auto", "video", "frames"),
        default="auto",
        help="video files or folders of jpg frames",
    )
    made.add_argument("--suffix", help="take only video files with this ending, as .webm")
    return made


def asked_name(dataset: str, version: str | None) -> str:
    """The name of the dataset with its version; UserError where it has no versions."""
    if version is not None and not dataset.startswith("kinetics"):
        raise UserError(f"--version is for kinetics only: of {dataset} one version circulates")
    if dataset == "kinetics_cmn" and version == "d2st":
        raise UserError("kinetics_cmn is CMN's version: leave out --version d2st, or name kinetics")
    return "kinetics_cmn" if version == "cmn" else dataset


def main(arguments: list[str] | None = None) -> int:
    """The command line; see ``--help``."""
    asked: Any = parser().parse_args(arguments)
    mend = "take a data root of your own, and name the videos with --videos"
    with one_sentence("run it again", mend):
        if not asked.data_root:
            raise UserError("no data root: give --data-root, or set D2ST_DATA_ROOT")
        name = asked_name(asked.dataset, asked.version)
        suffix = asked.suffix and f".{asked.suffix.lower().lstrip('.')}"
        root = Path(asked.data_root).expanduser()
        return int(bool(prepare(name, root, asked.lists, asked.videos, asked.kind, suffix)))


if __name__ == "__main__":
    sys.exit(main())
