"""The few-shot lists of the literature: ``<split><label>//<path>`` a line, labels from 0 in each split.

OTAM's SSv2-Full, CMN's SSv2-Small and Kinetics-100 and ARN's HMDB51 and UCF101 splits circulate in this form,
with one slash or two after the label, and with a suffix or without.
"""

import os
import re
from pathlib import Path

from d2st.data.folders import Found
from d2st.data.video import VIDEO_SUFFIXES, Video
from d2st.errors import UserError


def list_file(folder: Path, split: str) -> Path:
    """Where a dataset keeps the list of one split."""
    return folder / f"{split}_few_shot.txt"


def read_list(folder: Path, split: str) -> list[Found]:
    """Read one split's list; videos lie relative to ``folder``; the class of label 3 of test is ``test3``.

    Raises:
        UserError: the list is missing or empty, a line is not of the form, a label has no video, an id comes
            twice, or a listed video is not there.
    """
    path = list_file(folder, split)
    if not path.is_file():
        raise UserError(
            f"no list '{path}', lines '{split}<label>//<path>', beside those of the other splits: put it there, or remove "
            "the others and run benchmark/prepare_data.py"
        )
    line_form = re.compile(rf"{split}(\d+)//?([^/].*)")
    found: dict[str, Found] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        match = line_form.fullmatch(line.strip())
        if match is None:
            raise UserError(f"'{path}', line {number}: '{line}' is not of the form '{split}<label>//<path>'")
        label, name = int(match[1]), match[2]
        stem, suffix = os.path.splitext(name)
        id_ = stem if suffix.lower() in VIDEO_SUFFIXES else name
        if id_ in found:
            raise UserError(f"'{path}', line {number}: video '{id_}' is listed twice")
        video_path, size = _locate(folder / name, path, number)
        found[id_] = Video(id_, str(video_path), label, f"{split}{label}"), size
    labels = {video.label for video, _ in found.values()}
    if not labels or labels != set(range(len(labels))):
        raise UserError(f"'{path}': labels have to be 0, 1, ... without gaps, and are {sorted(labels)}")
    return list(found.values())


def _locate(path: Path, listed_in: Path, number: int) -> tuple[Path, int]:
    known = path.suffix.lower() in VIDEO_SUFFIXES
    candidates = [path] if known else [path.with_name(path.name + suffix) for suffix in VIDEO_SUFFIXES]
    for candidate in candidates:
        try:
            return candidate, os.stat(candidate).st_size
        except FileNotFoundError:
            continue
    tried = "" if known else f" (tried {' '.join(VIDEO_SUFFIXES)})"
    raise UserError(f"no video '{path}'{tried}, which '{listed_in}' names in line {number}: put it there")
