"""Which videos a dataset's name means: the one rule that every command follows.

No data root configured: ``ssv2`` and ``kinetics`` mean their embedded stand-ins. A data root (the argument,
or ``D2ST_DATA_ROOT``): the real datasets, strictly: as ``benchmark/prepare_data.py`` prepared them, or the literature's lists
beside the videos, or class folders. A path to a folder is a dataset of one's own either way.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from d2st.data.folders import Found, read_split
from d2st.data.lists import list_file, read_list
from d2st.data.origins import ORIGINS, SPLITS
from d2st.data.prepared import Prepared, command, is_prepared, read_prepared
from d2st.data.video import Video
from d2st.errors import UserError, unknown

STAND_INS = {"ssv2": "motion", "kinetics": "appearance"}
REAL = tuple(ORIGINS)

__all__ = ["SPLITS", "Source", "Video", "data_root_in_use", "known_datasets", "resolve"]


@dataclass(frozen=True)
class Source:
    """A dataset found on this machine.

    Attributes:
        name: short name of the videos actually read (``motion`` where that stands in for ``ssv2``).
        title: what to print beside every number; says the note.
        kind: ``video`` (files) or ``frames`` (folders of jpg).
        embedded: whether the videos were made by this package.
        version: identity of the content; changes with any video's id, label or size.
        splits: the videos of ``train``, ``val`` and ``test``.
        note: what was left out, as "12 of 71796 videos dropped (manifest 1a2b3c4d)"; empty where nothing was.
    """

    name: str
    title: str
    kind: str
    embedded: bool
    version: str
    splits: dict[str, tuple[Video, ...]]
    note: str = ""

    def videos(self, split: str) -> tuple[Video, ...]:
        """The videos of one split; UserError if there is no such split."""
        if split not in self.splits:
            raise unknown("split", split, self.splits)
        return self.splits[split]


def known_datasets() -> list[str]:
    """Names that :func:`resolve` takes, besides paths to folders."""
    return sorted({*REAL, *STAND_INS.values()})


def data_root_in_use(data_root: str | None = None) -> str | None:
    """The configured data root: the argument, else ``D2ST_DATA_ROOT``, else None."""
    return data_root or os.environ.get("D2ST_DATA_ROOT") or None


def resolve(name: str, data_root: str | None = None) -> Source:
    """Find a dataset and list its videos.

    Args:
        name: a known name, or a path to a folder with ``train/``, ``val/`` and ``test/``.
        data_root: folder that holds the real datasets; default ``D2ST_DATA_ROOT``.

    Raises:
        UserError: unknown name, or the first file or folder that is missing.
    """
    root = data_root_in_use(data_root)
    if os.sep in name or (name not in known_datasets() and Path(name).is_dir()):
        folder = Path(name).expanduser()
        if not folder.is_dir():
            raise UserError(
                f"no dataset folder '{name}': give a folder with train/, val/ and test/, "
                f"or one of {', '.join(known_datasets())}"
            )
        own = folder.resolve().name
        return _source(own, f"{own} (folder {name})", folder)
    if name not in known_datasets():
        raise UserError(f"{unknown('dataset', name, known_datasets())}; or give the path of a folder")
    if name in STAND_INS.values():
        if root is not None:
            raise UserError(
                f"'{name}' is embedded data, but the data root '{root}' is configured, and the two are never mixed: "
                "leave out --data-root and D2ST_DATA_ROOT, or name real datasets"
            )
        return _embedded(name, "embedded")
    if root is not None:
        return _real(name, Path(root).expanduser())
    if name in STAND_INS:
        return _embedded(STAND_INS[name], f"embedded stand-in for {name}")
    raise UserError(
        f"dataset '{name}' has no embedded stand-in: set --data-root or D2ST_DATA_ROOT to the folder "
        f"that holds {name}/"
    )


def _embedded(name: str, role: str) -> Source:
    from d2st.data import embedded

    title = f"{name} ({role}, generator {embedded.VERSION})"
    return _source(name, title, Path(embedded.ensure(name)), generator=embedded.VERSION)


def _real(name: str, root: Path) -> Source:
    folder = root / name
    if not root.is_dir():
        raise UserError(
            f"no folder '{root}', which is configured as the data root: name the folder that holds {name}/"
        )
    if is_prepared(folder):
        return _prepared(name, read_prepared(folder))
    if not _listed(folder) and not all((folder / split).is_dir() for split in SPLITS):
        raise UserError(
            f"'{name}' is not prepared in '{root}': run {command('prepare_data', name, root)}, which fetches its lists and "
            f"finds its videos (or put train/ val/ test/ with one folder a class into '{folder}')"
        )
    source = _source(name, f"{name} (videos in {folder})", folder)
    classes = [{video.class_name for video in source.videos(split)} for split in SPLITS]
    if len(set.union(*classes)) < sum(map(len, classes)):
        raise UserError(
            f"'{folder}' has the same classes in train/, val/ and test/, so it is no few-shot split of '{name}': run "
            f"{command('prepare_data', name, root)}"
        )
    return source


def _prepared(name: str, prepared: Prepared) -> Source:
    note = prepared.note
    title = f"{name} (videos in {prepared.videos}{'; ' if note else ''}{note})"
    return _built(name, title, prepared.kind, prepared.found(), note=note)


def _listed(folder: Path) -> bool:
    return any(list_file(folder, split).is_file() for split in SPLITS)


def _source(name: str, title: str, folder: Path, generator: str = "") -> Source:
    found: dict[str, list[Found]] = {}
    kinds: dict[str, str] = {}
    listed = _listed(folder)
    for split in SPLITS:
        if listed:
            kinds[split], found[split] = "video", read_list(folder, split)
        else:
            kinds[split], found[split] = read_split(folder / split)
    if len(set(kinds.values())) > 1:
        said = ", ".join(f"{split}/ holds {kind}" for split, kind in kinds.items())
        raise UserError(f"'{folder}' mixes video files and folders of frames ({said}): use one kind for all")
    return _built(name, title, kinds["train"], found, generator)


def _built(
    name: str, title: str, kind: str, found: dict[str, list[Found]], generator: str = "", note: str = ""
) -> Source:
    lines = [f"{split}\t{v.id}\t{v.label}\t{size}" for split in SPLITS for v, size in found[split]]
    version = hashlib.sha256("\n".join([generator, *sorted(lines)]).encode()).hexdigest()[:12]
    splits = {split: tuple(sorted((v for v, _ in found[split]), key=lambda v: v.id)) for split in SPLITS}
    return Source(name, title, kind, bool(generator), version, splits, note)
