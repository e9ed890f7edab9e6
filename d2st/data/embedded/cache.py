"""Writes an embedded dataset into the cache once, whole or not at all, and notices when files were touched since.

A dataset is written into a folder beside its place and renamed: of two processes that start together one wins and
the other takes over its files. ``manifest.json`` holds the sha256 of every file and of all drawn frames.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path

from d2st.data.embedded import appearance, motion
from d2st.data.embedded.draw import draw
from d2st.data.embedded.encode import write_video
from d2st.errors import UserError, unknown

VERSION = "5"
WORLDS = {"motion": motion, "appearance": appearance}
NAMES = tuple(WORLDS)
MANIFEST = "manifest.json"
# sha256 over the drawn frames of all clips, in the order of ``clips``: the same on every machine
FRAMES_SHA256 = {
    "motion": "4f5c008c6166e9a8792c4259e94346983059c9c089f3f3f514312924ace718ef",
    "appearance": "24033cb9ffb8955dbe34ba81f4848982a29a9508d765d53fa5689786f0f5440d",
}


def clips(name: str) -> list[tuple[str, str, int]]:
    """(split, class, index) of every clip of a dataset, in a fixed order."""
    world = WORLDS[name]
    return [(s, c, i) for s in ("train", "val", "test") for c in world.CLASSES[s] for i in range(world.CLIPS)]


def file_of(split: str, label: str, index: int) -> str:
    """Where in the folder of its dataset a clip of :func:`clips` lies."""
    return f"{split}/{label}/{label}_{index:02d}.mp4"


def cache_folder(folder: str | os.PathLike | None = None) -> Path:
    """The cache: ``folder``, else $D2ST_CACHE, else ~/.cache/d2st."""
    return (
        Path(folder or os.environ.get("D2ST_CACHE") or Path.home() / ".cache" / "d2st").expanduser().resolve()
    )


def ensure(name: str, cache: str | os.PathLike | None = None) -> Path:
    """The folder of the dataset ``name``, written on first use (seconds) and verified once a process.

    Raises UserError: unknown name, a cache that cannot be written, files that no longer match their manifest.
    """
    if name not in WORLDS:
        raise unknown("embedded dataset", name, NAMES)
    place = cache_folder(cache) / f"{name}-v{VERSION}"
    return _ensure(name, place)


@cache
def _ensure(name: str, place: Path) -> Path:
    if not place.exists():
        _write(name, place)
    verify(name, place)
    return place


def verify(name: str, place: Path) -> None:
    """Compares every file under ``place`` with the manifest; raises UserError that says what to delete."""
    mend = f"the embedded dataset in {place} is damaged ({{}}); delete that folder and run again"
    try:
        manifest = json.loads((place / MANIFEST).read_text())
        files, drawn = manifest["files"], manifest["frames_sha256"]
    except (OSError, ValueError, KeyError):
        raise UserError(mend.format(f"no readable {MANIFEST}")) from None
    if drawn != FRAMES_SHA256[name] or len(files) != len(clips(name)):
        raise UserError(mend.format(f"it is not what generator {VERSION} draws"))
    for path, digest in files.items():
        try:
            intact = hashlib.sha256((place / path).read_bytes()).hexdigest() == digest
        except OSError:
            intact = False
        if not intact:
            raise UserError(mend.format(f"{path} is missing or changed"))


def _write(name: str, place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    except OSError as error:
        raise UserError(
            f"cannot write the embedded videos to {place.parent} ({error.strerror}); set D2ST_CACHE"
        ) from None
    try:
        todo = [(name, str(fresh), *clip) for clip in clips(name)]
        print(f"drawing the embedded videos '{name}' into {place} (once)", file=sys.stderr, flush=True)
        workers, fork = min(8, len(os.sched_getaffinity(0))), get_context("fork")
        with ProcessPoolExecutor(workers, fork, _end_with_parent) as pool:
            written = list(pool.map(_write_clip, todo, chunksize=64))
        total = hashlib.sha256("".join(drawn for _, _, drawn in written).encode()).hexdigest()
        manifest = {
            "dataset": name,
            "version": VERSION,
            "frames_sha256": total,
            "files": {p: d for p, d, _ in written},
        }
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=0))
        fresh.chmod(0o755)
        try:
            fresh.rename(place)
        except OSError:
            if not place.exists():  # else another process was faster, and wrote the same
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _end_with_parent() -> None:
    """Without this a process of the pool waits for work for ever where its parent was killed."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write_clip(job: tuple[str, str, str, str, int]) -> tuple[str, str, str]:
    """Draws and encodes one clip; returns its path, the digest of its file and of its frames."""
    name, root, split, label, index = job
    frames = draw(WORLDS[name].scene(label, index))
    path = file_of(split, label, index)
    target = Path(root, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_video(target, frames)
    return path, hashlib.sha256(target.read_bytes()).hexdigest(), hashlib.sha256(frames.tobytes()).hexdigest()
