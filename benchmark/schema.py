"""The shape of a stored record, and a check that names what is missing in one sentence."""

from typing import Any

NUMBER = (int, float)
ASKED = {
    "cell": str, "job": str, "method": str, "trunk": str, "head": str, "dataset": str, "shot": int, "way": int,
    "queries": int, "episodes": int, "seed": int, "profile": str, "train_episodes": int, "threads": int,
    "device": str, "config": dict, "identity": dict, "command": str,
}  # fmt: skip
HAPPENED = {
    "accuracy": NUMBER, "ci95": NUMBER, "train_seconds": NUMBER, "encode_clips_per_second": NUMBER, "episodes": int,
    "tunable_parameters": int, "total_parameters": int, "checkpoint_bytes": int, "checkpoint": str, "curve": dict,
}  # fmt: skip
#: measured by default, but absent in older results and where clips have one frame; see d2st/evaluation/orders.py
OPTIONAL = {"accuracy_shuffled": NUMBER, "accuracy_reversed": NUMBER}
FAILED = {"error": str, "kind": str, "traceback": str}
WHERE = {
    "data": str, "embedded": bool, "data_version": str, "manifest": str, "weights": str, "code": str, "cpu": str,
    "gpu": (str, type(None)), "packages": dict, "commit": str, "dirty": bool, "date": str,
}  # fmt: skip


def check(record: Any, name: str) -> dict[str, Any]:
    """Return the record, or raise UserError with the first key of ``name`` that is missing or of a wrong type."""
    from d2st.errors import UserError

    def part(key: str, shape: dict[str, Any]) -> None:
        value = record.get(key) if isinstance(record, dict) else None
        for field, kinds in shape.items():
            if not isinstance(value, dict) or not isinstance(value.get(field, ...), kinds):
                raise UserError(
                    f"result {name} is broken: {key}.{field} is missing or of a wrong type; delete it to re-run"
                )

    part("asked", ASKED)
    part("happened", {"status": str})
    part("happened", HAPPENED if record["happened"]["status"] == "ok" else FAILED)
    part("happened", {key: kinds for key, kinds in OPTIONAL.items() if key in record["happened"]})
    part("where", WHERE)
    return record
