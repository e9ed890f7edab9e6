"""Pictures of where a stored D2ST samples a test video: drawn once a checkpoint, when the report is made."""

import io
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from benchmark.store import Record, Store, write_atomically
from benchmark.summary import Setting
from d2st.errors import UserError

METHOD = "d2st"
TOLD = (
    "where the two pathways of the last adapter sample the first query video of the first test episode, as the stored "
    "checkpoint does it; a colour is an attention head, the area of a point its attention, a line its offset from the grid"
)


class Picture(NamedTuple):
    """A drawn picture, or why there is none."""

    title: str
    path: Path | None
    problem: str = ""


def pictures(store: Store, setting: Setting) -> list[Picture]:
    """One picture for every trunk and dataset that D2ST was tested on; empty where it was not."""
    jobs: dict[tuple[str, str], Record] = {}
    for record in sorted(
        setting.records, key=lambda record: (record["asked"]["seed"], record["asked"]["shot"])
    ):
        asked = record["asked"]
        if asked["method"] == METHOD and record["happened"]["status"] == "ok":
            jobs.setdefault((asked["trunk"], asked["dataset"]), record)
    return [_picture(store, record) for _, record in sorted(jobs.items())]


def _picture(store: Store, record: Record) -> Picture:
    asked = record["asked"]
    title = f"{asked['dataset']}, {asked['trunk']}"
    path = store.root / "plots" / f"points-{asked['job']}.png"
    if path.is_file():
        return Picture(title, path)
    checkpoint = store.checkpoint(asked["job"])
    if not checkpoint.is_file():
        return Picture(title, None, f"the checkpoint {checkpoint.name} is not in this store")
    try:
        _draw(record, checkpoint, store.table(asked["cell"]).query_video.iloc[0], path)
    except UserError as error:
        return Picture(title, None, str(error))
    return Picture(title, path)


def _draw(record: Record, checkpoint: Path, video: str, path: Path) -> None:
    """Raises ``UserError`` where the data, the video or the trunk's weights are not on this machine."""
    from d2st import visualize
    from d2st.data import sources

    config = record["asked"]["config"]
    source = sources.resolve(config["data"]["name"], config["data"]["data_root"])
    if f"{source.name} {source.version}" != record["where"]["data_version"]:
        raise UserError(f"the data on this machine are not those of the result: {source.title}")
    (place,) = (found.path for found in source.videos("test") if found.id == video)
    trunk = config["trunk"]
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "points.png"
        options = ["--weights", str(trunk["weights"]), "--frames", str(trunk["frames"])]
        visualize.run([str(place), "--checkpoint", str(checkpoint), *options, "--output", str(whole)])
        with Image.open(whole) as picture:
            small = io.BytesIO()
            picture.convert("RGB").quantize(
                256, Image.Quantize.MAXCOVERAGE, 4, dither=Image.Dither.NONE
            ).save(small, "PNG", optimize=True)
    write_atomically(path, lambda part: part.write_bytes(small.getvalue()))
