"""Which videos a dataset's name means: the one rule that every command follows.

No data root configured: ``ssv2`` and ``kinetics`` mean their embedded stand-ins. A data root (the argument,
or ``D2ST_DATA_ROOT``): the real datasets, strictly. A path to a folder is a dataset of one's own either way.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from d2st.data.folders import Found, read_split
from d2st.data.lists import list_file, origin, read_list
from d2st.data.video import Video
from d2st.errors import UserError, unknown

SPLITS = ("train", "val", "test")
STAND_INS = {"ssv2": "motion", "kinetics": "appearance"}
REAL = ("ssv2", "ssv2_small", "kinetics", "hmdb51", "ucf101")

__all__ = ["SPLITS", "Source", "Video", "data_root_in_use", "known_datasets", "resolve"]


@dataclass(frozen=True)
class Source:
    """A dataset found on this machine.

    Attributes:
        name: short name of the videos actually read (``motion`` where that stands in for ``ssv2``).
        title: what to print beside every number.
        kind: ``video`` (files) or ``frames`` (folders of jpg).
        embedded: whether the videos were made by this package.
        version: identity of the content; changes with any video's id, label or size.
        splits: the videos of ``train``, ``val`` and ``test``.
    """

    name: str
    title: str
    kind: str
    embedded: bool
    version: str
    splits: dict[str, tuple[Video, ...]]

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
    for needed in (root, folder):
        if not needed.is_dir():
            raise UserError(
                f"no folder '{needed}': with a data root, '{name}' is read from '{folder}', which holds "
                "train/ val/ test/ with one folder a class, or the videos and the lists that name them "
                f"({origin(name)})"
            )
    return _source(name, f"{name} (videos in {folder})", folder)


def _source(name: str, title: str, folder: Path, generator: str = "") -> Source:
    found: dict[str, list[Found]] = {}
    kinds: dict[str, str] = {}
    listed = any(list_file(folder, split).is_file() for split in SPLITS)
    for split in SPLITS:
        if listed:
            kinds[split], found[split] = "video", read_list(folder, split)
        else:
            kinds[split], found[split] = read_split(folder / split)
    if len(set(kinds.values())) > 1:
        said = ", ".join(f"{split}/ holds {kind}" for split, kind in kinds.items())
        raise UserError(f"'{folder}' mixes video files and folders of frames ({said}): use one kind for all")
    lines = [f"{split}\t{v.id}\t{v.label}\t{size}" for split in SPLITS for v, size in found[split]]
    version = hashlib.sha256("\n".join([generator, *sorted(lines)]).encode()).hexdigest()[:12]
    splits = {split: tuple(sorted((v for v, _ in found[split]), key=lambda v: v.id)) for split in SPLITS}
    return Source(name, title, kinds["train"], bool(generator), version, splits)
