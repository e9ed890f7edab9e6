"""From which longer video a clip of HMDB51 or UCF101 was cut, as its file name says.

UCF101: ``v_<class>_g01_c02`` is clip 2 of group 1 of its class. HMDB51: ``<source>_<class>_<visible body>_<camera>_np<people>_
<view>_<quality>_<number>``; one source occurs in several classes (feature films). Parts of one film that were uploaded under
two names count as two sources.
"""

import re

HMDB51 = re.compile(r"(?P<source>.*)_[a-z]_(cm|nm)_np\d+_[a-z]{2}_[a-z]{3}_\d+", re.DOTALL)
UCF101 = re.compile(r"v_(?P<source>.*_g\d+)_c\d+")
PATTERNS = {"hmdb51": HMDB51, "ucf101": UCF101}


def group_of(dataset: str, stem: str, class_name: str) -> str | None:
    """The group of the video with file name ``stem``; None for datasets whose names do not say.

    Raises:
        ValueError: a name that is not of the dataset's form.
    """
    if dataset not in PATTERNS:
        return None
    match = PATTERNS[dataset].fullmatch(stem)
    if match is None or not match["source"]:
        raise ValueError(f"'{stem}' is not a file name of {dataset}")
    return match["source"].removesuffix(f"_{class_name}")
