"""The store: one JSON and one per-query table a cell, written atomically; failures lie apart, under ``failed/``.

A cell is done if and only if its JSON exists (the table is written first). Three parts, after PEFT's method comparison:
``asked`` (what was to be run), ``happened`` (the numbers), ``where`` (data, machine, versions). The columns of a table that
follow from its episodes are the same for every cell on them, and ten times as large as the others: they are stored once.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmark.schema import check

Record = dict[str, Any]
#: columns that the episodes decide
DESIGN = ("episode", "query_video", "support_videos", "class")


def write_atomically(path: Path, write: Callable[[Path], Any]) -> None:
    """Call ``write(temporary)`` beside ``path`` and rename: a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    try:
        write(Path(name))
        with open(name, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically; refuses NaN."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(path, lambda part: part.write_text(text, "utf-8"))


def _write_table(path: Path, table: pd.DataFrame) -> None:
    plain = table.reset_index(drop=True)
    halves = [name for name, kind in plain.dtypes.items() if kind == np.float16]
    told: dict[str, Any] = {"index": False, "compression": "zstd"}
    if halves:  # exponents apart from the noise of the last bits: a fifth smaller
        others = [name for name in plain if name not in halves]
        told |= {"use_dictionary": others, "use_byte_stream_split": halves}
    write_atomically(path, lambda part: plain.to_parquet(part, **told))


class Store:
    """The results of one output folder; nothing is created before the first write."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def _json(self, cell: str, failed: bool = False) -> Path:
        return self.root / ("failed" if failed else "cells") / f"{cell}.json"

    def rows(self, cell: str) -> Path:
        """The file of a cell's own per-query columns; :meth:`table` reads it with those of the episodes."""
        return self._json(cell).with_suffix(".parquet")

    def job(self, job: str) -> Path:
        """The scratch folder of a job: its orders, log, progress and training checkpoints."""
        return self.root / "work" / job

    def checkpoint(self, job: str) -> Path:
        """What a finished job keeps: the tunable weights, as ``mim test`` reads them."""
        return self.root / "checkpoints" / f"{job}.pth"

    @property
    def features(self) -> Path:
        """Encodings of the test videos, see :class:`d2st.evaluation.FeatureStore`; may be deleted at any time."""
        return self.root / "features"

    def manifest(self, manifest: str) -> Path:
        """The episodes that results with this hash were measured on."""
        return self.root / "manifests" / f"{manifest}.json"

    def _episodes(self, record: Record) -> Path:
        return self.root / "episodes" / f"{record['where']['manifest']}.parquet"

    def done(self, cell: str) -> bool:
        return self._json(cell).exists()

    def failed(self, cell: str) -> bool:
        return not self.done(cell) and self._json(cell, failed=True).exists()

    def put(self, cell: str, record: Record, table: pd.DataFrame) -> None:
        """Store a finished cell and forget its earlier failure; margins in half precision."""
        check(record, cell)
        self._put_episodes(self._episodes(record), table[list(DESIGN)])
        own = table.drop(columns=list(DESIGN)).astype({"margin": "float16"})
        _write_table(self.rows(cell), own)
        write_json(self._json(cell), record)
        self._json(cell, failed=True).unlink(missing_ok=True)

    def _put_episodes(self, path: Path, design: pd.DataFrame) -> None:
        """Store what the episodes decide, once; what is there already has to say the same, unless it cannot be read."""
        names = ["episode", "query_video", "class"]
        try:
            known = pd.read_parquet(path, columns=names)
        except (OSError, ValueError, pa.ArrowException):
            _write_table(path, design)
            return
        if not all(np.array_equal(known[name].to_numpy(), design[name].to_numpy()) for name in names):
            raise RuntimeError(f"the rows of a result are not those of its episodes in {path}")

    def put_failure(self, cell: str, record: Record) -> None:
        """Store why a cell failed; it is tried again by the next run."""
        check(record, cell)
        write_json(self._json(cell, failed=True), record)

    def get(self, cell: str, failed: bool = False) -> Record:
        """One record. Raises UserError, naming the file, where it is broken."""
        path = self._json(cell, failed)
        return check(read_json(path), str(path))

    def table(self, cell: str, columns: list[str] | None = None) -> pd.DataFrame:
        """The per-query table of a finished cell, or some of its columns.

        Raises:
            UserError: a file of it is missing or broken, or the two do not belong together.
        """
        from d2st.errors import UserError

        asked = None if columns is None else [name for name in columns if name in DESIGN]
        others = None if columns is None else [name for name in columns if name not in DESIGN]
        path, episodes = self.rows(cell), self._episodes(self.get(cell))
        try:
            own, design = pd.read_parquet(path, columns=others), pd.read_parquet(episodes, columns=asked)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise UserError(
                f"cannot read the result table {path} with {episodes} ({error}); delete it and its .json to re-run, "
                "and the episodes if it is they that are broken"
            ) from None
        if asked != [] and others != [] and len(own) != len(design):
            raise UserError(
                f"{path} has {len(own)} rows, its episodes in {episodes} {len(design)}: delete both and the .json to re-run"
            )
        table = pd.concat([part for part, names in ((design, asked), (own, others)) if names != []], axis=1)
        table = table if "margin" not in table else table.astype({"margin": "float32"})
        return table if columns is None else table[columns]

    def records(self) -> Iterator[Record]:
        """Every stored cell, then every failure whose cell is not done, each in the order of names."""
        for failed in (False, True):
            for path in sorted((self.root / ("failed" if failed else "cells")).glob("*.json")):
                if not (failed and self.done(path.stem)):
                    yield self.get(path.stem, failed)


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises UserError, naming the file, where it is missing or broken."""
    from d2st.errors import UserError

    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"no such result: {path}") from None
    except ValueError as error:
        raise UserError(
            f"the result file {path} is not JSON ({error}); delete it to re-run its cell"
        ) from None
