"""The committed references: a JSON of numbers, a parquet of predictions, and a checkpoint a case."""

from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.gate.cases import Case
from benchmark.gate.measure import Measured
from benchmark.options import ROOT
from benchmark.store import read_json, write_atomically, write_json
from d2st.errors import UserError

FOLDER = ROOT / "results" / "reference"
UPDATE = "python benchmark/regress.py --update"


class References:
    """What lies in ``results/reference``; read at once, written case by case."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    def checkpoint(self, case: Case) -> Path:
        """Tuned weights of the case."""
        return self.folder / f"{case.name}.pth"

    def _numbers(self, case: Case) -> Path:
        return self.folder / f"{case.name}.json"

    def _table(self, case: Case) -> Path:
        return self.folder / f"{case.name}.parquet"

    def _missing(self, case: Case) -> list[Path]:
        files = (self.checkpoint(case), self._numbers(case), self._table(case))
        return [path for path in files if not path.is_file()]

    def complete(self, case: Case) -> bool:
        """Whether there is a reference of the case."""
        return not self._missing(case)

    def check(self, wanted: list[Case]) -> None:
        """UserError that names the first file missing from the references."""
        for path in (path for case in wanted for path in self._missing(case)):
            raise UserError(f"no reference '{path}': make it with {UPDATE} on a clean tree")

    def get(self, case: Case) -> Measured:
        """The reference of a case. Raises UserError where its files are missing or broken."""
        self.check([case])
        stored = pd.read_parquet(self._table(case))
        tables = {
            str(name): part.drop(columns="protocol").reset_index(drop=True)
            for name, part in stored.groupby("protocol", observed=True)
        }
        return Measured(read_json(self._numbers(case))["numbers"], tables)

    def put(self, case: Case, measured: Measured, where: dict[str, Any]) -> None:
        """Write a case's numbers and predictions; ``where`` says on which machine and commit they were made."""
        rows = pd.concat([table.assign(protocol=name) for name, table in measured.tables.items()])
        for name in ("protocol", "query_video", "class", "predicted"):
            rows[name] = rows[name].astype("category")
        write_atomically(
            self._table(case), lambda part: rows.to_parquet(part, index=False, compression="zstd")
        )
        write_json(self._numbers(case), {"where": where, "numbers": measured.numbers})
