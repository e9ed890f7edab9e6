"""Convert weights between the official code and ours: ``python -m d2st.interop official.pth ours.safetensors --from d2st-vit``.

Reads with ``weights_only=True``. What was converted is what ``d2st.load_tunable_state_dict`` loads, or timm for clip-*.
"""

import argparse
import ast
import sys
from pathlib import Path
from typing import Any

import torch
from einops import EinopsError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from d2st.errors import UserError
from d2st.interop.checkpoints import SOURCES, from_checkpoint, to_checkpoint, unwrapped
from d2st.interop.fit import check_fit


def read(path: Path) -> Any:
    """What the file holds. Raises ``UserError`` if it is missing or not plain tensors."""
    if not path.is_file():
        raise UserError(f"no file {path}")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError, EOFError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    except Exception as error:  # unpicklers raise many types
        raise UserError(
            f"{path} is not a file of plain tensors, which alone are read (weights_only=True): {type(error).__name__}; "
            "of a TorchScript archive, as OpenAI's CLIP is one, save torch.jit.load(file).state_dict() first"
        ) from error


def write(path: Path, state: dict[str, Tensor]) -> None:
    """Save as safetensors, or as torch's file for another suffix. Raises ``UserError`` if that cannot be written."""
    try:
        if path.suffix == ".safetensors":
            save_file({name: value.contiguous().clone() for name, value in state.items()}, path)
        else:
            torch.save(state, path)
    except (SafetensorError, OSError, RuntimeError) as error:
        raise UserError(f"{path} cannot be written: {error}") from error


def _argument(text: str) -> tuple[str, Any]:
    name, found, value = text.partition("=")
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form name=value")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def main(arguments: list[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m d2st.interop", description=__doc__)
    parser.add_argument("given", type=Path, help="file to read")
    parser.add_argument(
        "written", type=Path, help="file to write: .safetensors, or any other suffix for torch.save"
    )
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--from", dest="source", choices=SOURCES, help="official to ours")
    way.add_argument("--to", dest="target", choices=SOURCES, help="ours to official")
    parser.add_argument("--trunk", help="timm name of the trunk (default: the official one)")
    parser.add_argument(
        "--arguments",
        nargs="+",
        type=_argument,
        default=[],
        metavar="NAME=VALUE",
        help="of the method, as ratio=0.125",
    )
    asked = parser.parse_args(arguments)
    try:
        if asked.source:
            state, left_out = from_checkpoint(read(asked.given), asked.source)
            check_fit(state, asked.source, asked.trunk, dict(asked.arguments))
        else:
            own, left_out = unwrapped(read(asked.given)), []
            check_fit(own, asked.target, asked.trunk, dict(asked.arguments))
            state = to_checkpoint(own, asked.target)
        write(asked.written, state)
    except (EinopsError, RuntimeError, IndexError) as error:  # of renaming tensors of unexpected shapes
        detail = " ".join(str(error).split())
        print(
            f"error: {asked.given} has a tensor of another shape than the official code's: {detail}",
            file=sys.stderr,
        )
        return 2
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(
        f"{asked.written}: {len(state)} tensors; left out: {len(left_out)} of the image model, classifier or text"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
