"""What makes a result the same result: hashes of what was asked, of the code and of the weights."""

import ast
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("d2st", "baselines")  # a config counts as what it is assembled to
PICTURES = ("d2st/drawing.py", "d2st/looking.py", "d2st/visualize.py")  # these only draw
#: versions that give the numbers of an earlier one, and why; results keep their names
REPEATS = {
    "6ffa00aeb499": "a36462bfe9ee",  # what only draws no longer counts; a leaf's colour that ended in an IndexError
    "fd27c44270ab": "a36462bfe9ee",  # a method's rates by head, which assemble to the same numbers
    "9e5c51a9eab5": "a36462bfe9ee",  # processes that draw the videos end with the one that asked for them
}
# told by the data's version, or of no effect on a number:
ELSEWHERE = ("source", "data_root", "num_workers", "persistent_workers")


def digest(value: Any, length: int = 16) -> str:
    """Hash of a JSON value; the order of keys does not matter."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


@functools.cache
def file_sha256(path: str) -> str:
    """Hash of a file's bytes (weights)."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


SILENT = ("ctx", "kind", "type_comment", "type_ignores")  # parts of a syntax tree that change no number


def _meaning(node: ast.AST) -> list[Any]:
    """A syntax tree without comments and docstrings, so that a better sentence does not cost a re-run; the same for every
    Python that can parse it (``ast.unparse`` and ``ast.dump`` are not: f-strings, fields that later versions add)."""
    parts = {name: value for name, value in ast.iter_fields(node) if name not in SILENT}
    body = parts.get("body")
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
        first = body[0]
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            parts["body"] = body[1:]
    if isinstance(node, ast.JoinedStr):  # some 3.12 put an empty text into a nested format
        parts["values"] = [
            one for one in node.values if not (isinstance(one, ast.Constant) and one.value == "")
        ]
    filled = sorted(name for name, value in parts.items() if value is not None and value != [])
    return [type(node).__name__, *([name, _part(parts[name])] for name in filled)]


def _part(value: Any) -> Any:
    if isinstance(value, ast.AST):
        return _meaning(value)
    return [_part(one) for one in value] if isinstance(value, list) else repr(value)


def code_version(root: Path = ROOT) -> str:
    """Hash of every module of ``d2st`` and ``baselines`` that can change a number, or that of the version it repeats."""
    paths = (path for package in PACKAGES for path in (root / package).rglob("*.py"))
    files = {path.relative_to(root).as_posix(): path for path in paths}
    counted = files.keys() - set(PICTURES)
    found = digest({name: _meaning(ast.parse(files[name].read_text("utf-8"))) for name in counted}, 12)
    return REPEATS.get(found, found)


def identity_of(full: dict[str, Any], asks: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """What a result depends on besides its episodes: the assembled config without paths, data, weights, code, machine."""
    model = {**full["model"], "backbone": {**full["model"]["backbone"], "weights": data["weights"]}}
    train = full["train_dataloader"]
    test = full["test_dataloader"]
    return {
        "model": model,
        "optimizer": full["optim_wrapper"],
        "rates": full["param_scheduler"],
        "conduct": {**full["train_cfg"], "sampler": train["sampler"]},
        "chosen_by": full["default_hooks"]["checkpoint"].get("save_best"),
        "train": {"batch": train["batch_size"], **_without_paths(train["dataset"])},
        "test": {"batch": test["batch_size"], **_without_paths(test["dataset"])},
        **{name: asks[name] for name in ("seed", "threads", "device")},
        **{name: data[name] for name in ("data_version", "code")},
    }


def _without_paths(dataset: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in dataset.items() if key not in ELSEWHERE}
