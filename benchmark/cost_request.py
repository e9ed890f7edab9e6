"""From the command line of ``speed.py`` to what is measured: every name is settled before anything is built."""

import argparse
import shutil

import torch

from benchmark.cost_encoders import REFERENCE, Asked
from benchmark.launch import chosen_device
from benchmark.plan import fragment
from d2st.adaptation import kinds_of, no_form
from d2st.errors import UserError
from d2st.trunks import build_encoder, sized, trunk_info


def settle(asked: argparse.Namespace) -> tuple[Asked, list[str]]:
    """What is to be measured, and a line for each method that has no form for the trunk.

    Raises:
        UserError: a trunk, size, device or compiler is not there, or a method that was named has no form for the trunk.
    """
    device = chosen_device(asked.device)
    if asked.compile and device == "cpu" and not any(map(shutil.which, ("g++", "clang++", "c++"))):
        raise UserError("--compile needs a C++ compiler on a CPU: install g++, or leave it out")
    info = trunk_info(asked.trunk, asked.weights)
    fit = [name for name in asked.methods if info.kind in kinds_of(name)]
    without = [name for name in asked.methods if name not in fit]
    for name in without:
        if name in asked.explicit:
            raise UserError(
                f"{no_form(name, info.kind)}; leave it out, or choose another trunk than {asked.trunk}"
            )
    said = [f"left out: {name} on {asked.trunk}; {no_form(name, info.kind)}" for name in without]
    shared = {
        "trunk": asked.trunk,
        "weights": asked.weights,
        "frames": asked.frames,
        "image_size": asked.size,
    }
    encoders = {}
    for name in dict.fromkeys([REFERENCE, *fit]):
        arguments = sized(fragment("method", name)["arguments"], info)
        encoders[name] = {**shared, "adaptation": {"type": name, **arguments}}
        _possible({**encoders[name], "weights": "random"})
    rounds = (asked.rounds, asked.rounds) if asked.rounds else (5, 31)
    same = {
        name: getattr(asked, name)
        for name in ("trunk", "threads", "precision", "compile", "batch", "longest", "least")
    }
    return Asked(
        encoders=encoders, device=device, rounds=rounds, seconds=asked.seconds, everything=True, **same
    ), said


def _possible(arguments: dict) -> None:
    """Build without storage, so that what does not fit is known at once."""
    try:
        with torch.device("meta"):
            build_encoder(**arguments)
    except UserError:
        raise
    except (ArithmeticError, AssertionError, RuntimeError, ValueError) as error:  # of sizes without a grid
        told = " ".join(str(error).split()) or type(error).__name__
        size = arguments["image_size"]
        raise UserError(
            f"{arguments['trunk']} with {arguments['adaptation']['type']} cannot be built for {arguments['frames']} frames of "
            f"{size or 'its own size in'} pixels ({told}); give another --size or --frames"
        ) from error
