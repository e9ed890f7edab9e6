"""Where the literature's few-shot lists come from: repository, commit, path and sha256 of every file, and how to read them.

OTAM's SSv2-Full, CMN's SSv2-Small and ARN's HMDB51 and UCF101 as the official D2ST repository holds them (the same videos in
MoLo, TRX and others). Of CMN's Kinetics-100 two versions circulate, of the same classes: ``kinetics`` is D2ST's (and MoLo's,
HyRSM's, CLIP-FSAR's), ``kinetics_cmn`` CMN's own (and TRX's, STRM's); 277 of their 10,000 videos differ.
"""

import hashlib
import os
import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from d2st.data.class_names import class_names
from d2st.data.groups import group_of
from d2st.data.video import VIDEO_SUFFIXES
from d2st.errors import UserError

SPLITS = ("train", "val", "test")
RAW = "https://raw.githubusercontent.com"
D2ST = ("qizhongtan/D2ST-Adapter", "44387fae1149226125481d5f1e1fa1589936e132")
CMN = ("ffmpbgrnn/CMN", "23b5ef3e6defd4ee93e97131eb3c0b7926481f56")


@dataclass(frozen=True)
class Origin:
    """One list file as it stands in its repository."""

    repository: str
    commit: str
    path: str
    sha256: str

    def url(self, base: str = RAW) -> str:
        """Where it is fetched."""
        return f"{base}/{self.repository}/{self.commit}/{self.path}"

    def in_folder(self, folder: Path) -> Path:
        """Where it lies in a folder of origin files: ``<owner>+<repository>/<path>``."""
        return folder / self.repository.replace("/", "+") / self.path


def _d2st(folder: str, *sums: str) -> dict[str, Origin]:
    paths = [f"config/{folder}/{split}_few_shot.txt" for split in SPLITS]
    return {s: Origin(*D2ST, path, sha) for s, path, sha in zip(SPLITS, paths, sums, strict=True)}


ORIGINS: dict[str, dict[str, Origin]] = {
    "ssv2": _d2st(
        "ssv2_full",
        "11c0e3f268a8a8213bc9f3cd1ccb42a8efeafa3b5fd310d32fb09a6bbd587b24",
        "c78793d19fb0cdf0e778348a35003cb06aaa5a6d9babc314cb0d1825569341bb",
        "ce9d01b2ac95d6de027799bd61cfa2354961de3f7cd52cef30f113c6738918c5",
    ),
    "ssv2_small": _d2st(
        "ssv2_small",
        "5a4ea6edb0292d9ba05f0575c1f311da22401e65bb01c7c3a7b975bf53dcc219",
        "56f1d338eef2b14e5b8fb45c69f3eb9be54a5a119531472f21f04c54a5908ee3",
        "9983cc8cdd5ad7cf8283a9e6842176d8b1eefa0255eb62cadc7e0a98c2665e7f",
    ),
    "kinetics": _d2st(
        "kinetics100",
        "de4ebc14759bfb4cd4e6ab25c43e2d184c041260cb524be47ce54e7f6f72e991",
        "93cc4c652429785541200869cb76d1b0c9209b60af5b9eafd9ed90fd5e1757a4",
        "ececbd38e9836f034d6a2fdc898f3faeeebf55f3c456ae01c9d5ad0793640469",
    ),
    "kinetics_cmn": {
        "train": Origin(
            *CMN,
            "kinetics-100/train.list",
            "d0cbdcaa6fd4a28c8a514e85dd47407a4124ba3d8187aadd0a41c47636d592ae",
        ),
        "val": Origin(
            *CMN,
            "kinetics-100/val.list",
            "e3144200327ce31bc5be0e1efb1107c6c7f2912c95eb2457095374b2c22bf74a",
        ),
        "test": Origin(
            *CMN,
            "kinetics-100/test.list",
            "9c2351cf070ad7d052f1fb2885e5e4b246da7a38d06cb730bf7473eeb7173d09",
        ),
    },
    "hmdb51": _d2st(
        "hmdb51",
        "7e3c515611e95f28db39d1621c46f671bc27ae56c85d3fda48d893697e691022",
        "8bb013f8a93d0be58229fa5a6f41342728ff1f871a5686b3735e4a059f335e94",
        "51e46bd524ab3e99c70874c134830673e22327d24a41b845298eff9de7a60e38",
    ),
    "ucf101": _d2st(
        "ucf101",
        "4bb76aed3697136bb5491d84a718b1a82e19949ff92149f3b4a93a5e5f38fca3",
        "6e5e375e2cd87c555c6317711d21d3f282ce8eb0ccb4997b44b929f72c1e106d",
        "a3cf3dfa1095f793aaab3fd002b0e148e795bf69d2f3d24d475997d1a7179bba",
    ),
}


class Entry(NamedTuple):
    """A listed video: file name without suffix, label, class in words, group, and its path in the origin's list."""

    id: str
    label: int
    class_name: str
    group: str | None
    listed: str


def read_origin(origin: Origin, folder: Path | None = None, base: str = RAW) -> bytes:
    """An origin file, from ``folder`` or fetched, with its sha256 checked.

    Raises:
        UserError: it cannot be read or fetched, or its content is another.
    """
    if folder is None:
        where = origin.url(base)
        content = fetch(where)
    else:
        where = str(origin.in_folder(folder))
        try:
            content = Path(where).read_bytes()
        except OSError as error:
            raise UserError(
                f"cannot read the list '{where}' ({error.strerror}): --lists takes a folder with "
                "<owner>+<repository>/<path> inside; without it the list is fetched"
            ) from None
    got = hashlib.sha256(content).hexdigest()
    if got != origin.sha256:
        raise UserError(
            f"'{where}' is not the list that the literature uses: its sha256 is {got}, and has to be {origin.sha256}"
        )
    return content


def fetch(url: str, tries: int = 3, pause: float = 2.0, timeout: float = 30.0) -> bytes:
    """The content behind ``url``; UserError after ``tries`` failures, ``pause`` seconds (then twice that, ...) apart."""
    for attempt in range(tries):
        try:
            with urllib.request.urlopen(url, timeout=timeout) as answer:
                return answer.read()
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                break  # asking again will not help
        if attempt + 1 < tries:
            time.sleep(pause * 2**attempt)
    raise UserError(f"cannot fetch {url} ({reason}): fetch it elsewhere, and name its folder with --lists")


def entries(dataset: str, split: str, content: bytes) -> list[Entry]:
    """The videos that an origin file lists, in its order; ``dataset`` is a key of :data:`ORIGINS`."""
    names = class_names(dataset, split)
    found = []
    for line in content.decode("utf-8").splitlines():
        if dataset == "kinetics_cmn":
            name, _, listed = line.partition("/")
            label = names.index(name)
        else:
            match = re.fullmatch(rf"{split}(\d+)//(.+)", line)
            if match is None:
                raise ValueError(f"'{line}' is not of the form '{split}<label>//<path>'")
            label, listed = int(match[1]), match[2]
        stem, suffix = os.path.splitext(os.path.basename(listed))
        id_ = stem if suffix.lower() in VIDEO_SUFFIXES else stem + suffix
        group = group_of(dataset, id_, names[label])
        found.append(Entry(id_, label, names[label], group, listed))
    return found
