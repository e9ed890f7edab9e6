"""What ``prepare_data.py`` says at its end: what was found, what was not, how to get it, what to do next."""

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from d2st.data.layouts import Located
from d2st.data.origins import ORIGINS, Entry
from d2st.data.prepared import FOLDER, command

#: how a user gets the videos; none of them may be passed on by others
GET = {
    "ssv2": "register at https://www.qualcomm.com/developer/software/something-something-v-2-dataset, download all parts of the "
    "videos (19.4 GB), and unpack them with: cat 20bn-something-something-v2-?? | tar zx",
    "kinetics": "Kinetics-400's train and val parts, for example with the scripts of "
    "https://github.com/cvdfoundation/kinetics-dataset; copies with a short side of 256 pixels (train_256/, val_256/) are what "
    "the literature reads, and are far smaller",
    "hmdb51": "https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database (hmdb51_org.rar, 2 GB, a rar of one "
    "rar a class)",
    "ucf101": "https://www.crcv.ucf.edu/data/UCF101.php (UCF101.rar, 6.5 GB)",
}
GET["ssv2_small"], GET["kinetics_cmn"] = GET["ssv2"], GET["kinetics"]


def report(
    name: str,
    root: Path,
    listed: dict[str, list[Entry]],
    located: Located,
    folders: list[Path],
    console: Console,
) -> None:
    """Say what was found, what was not, and what to do now."""
    origin = ORIGINS[name]["train"]
    table = Table(title=f"{name}: lists of {origin.repository} at {origin.commit[:12]}, sha256 as expected")
    for column in ("split", "classes", "videos", "a class", "found"):
        table.add_column(column, justify="left" if column == "split" else "right")
    for split, members in listed.items():
        count = Counter(entry.label for entry in members)
        span = f"{min(count.values())}" + (f"-{max(count.values())}" if len(set(count.values())) > 1 else "")
        found = sum(entry.id in located.paths for entry in members)
        table.add_row(split, str(len(count)), str(len(members)), span, str(found))
    console.print(table)
    missing = [entry.id for members in listed.values() for entry in members if entry.id not in located.paths]
    searched = ", ".join(map(str, folders)) or f"nowhere, as there is no folder '{root / name}' yet"
    what = "folders of frames" if located.kind == "frames" else "video files"
    lines = [f"read as: {what}, searched in {searched}", f"written: {root / name / FOLDER}"]
    if missing:
        lines.append(f"not found: {len(missing)} videos, the first {', '.join(missing[:5])}")
        if located.other_times:
            lines.append(
                f"{len(located.other_times)} of them are there with other seconds of the same YouTube video only"
            )
        lines.append(
            f"how to get them: {GET[name]}; then run this command again (--videos FOLDER if they lie elsewhere)"
        )
    else:
        lines.append(f"next: {command('check_data', name, root)}")
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
