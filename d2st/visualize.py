"""A drawing of what aDSTA looks at: ``python -m d2st.visualize video.mp4 --checkpoint adapter.pth`` writes a PNG with the
sampled points of each pathway of one D2ST adapter on the frames of a video, sized by attention.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import torch
from einops import rearrange
from safetensors.torch import load_file
from torch import Tensor

import d2st
from d2st.data.pipelines import clip_pipeline
from d2st.data.reading import Reader
from d2st.data.video import Video
from d2st.drawing import draw
from d2st.errors import UserError
from d2st.looking import adapter_of, look
from d2st.trunks import TrunkInfo, build_encoder, trunk_info

MINI = "vit_mini"


def read_clip(path: str, frames: int, info: TrunkInfo) -> Tensor:
    """The ``frames`` middle frames of equal segments, as at test: uint8 ``(c t h w)``.

    Raises:
        UserError: the video is missing or cannot be decoded.
    """
    kind = "frames" if Path(path).is_dir() else "video"
    reader = Reader(clip_pipeline(kind, frames, info.image_size, train=False, query=False))
    return torch.as_tensor(reader(Video(Path(path).name, path, 0, ""))["inputs"])[0]


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What an encoder tunes, and what the file says of it (``method``, ``trunk``, ``arguments``; may be empty).

    Reads checkpoints of the runner and of the harness, and what :func:`d2st.tunable_state_dict` returned, saved.

    Raises:
        UserError: the file is missing or holds no weights.
    """
    if not path.is_file():
        raise UserError(
            f"no checkpoint '{path}': give a .pth or .safetensors file, or none for the untrained adapter"
        )
    try:
        if path.suffix == ".safetensors":
            return load_file(path), {}
        from mmengine.logging import HistoryBuffer  # in the runner's own checkpoints

        with torch.serialization.safe_globals([HistoryBuffer]):
            saved = torch.load(path, map_location="cpu", weights_only=True)
        state = saved.get("state_dict", saved)
        identity = dict(getattr(state, "_metadata", {}).get("", {}))
        if state is not saved:  # a recogniser's: the head is of no interest here
            state = {n.removeprefix("backbone."): v for n, v in state.items() if n.startswith("backbone.")}
        return dict(state), identity
    except Exception as error:  # unpicklers and safetensors raise many types on a broken file
        raise UserError(
            f"'{path}' holds no weights that can be read safely ({type(error).__name__})"
        ) from error


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help explains")


def _parser() -> argparse.ArgumentParser:
    about = "Draw where the two pathways of a D2ST adapter sample a video, and how much they attend to it."
    parser = _Parser(prog="python -m d2st.visualize", description=about)
    parser.add_argument("video", help="a video file, or a folder of *.jpg frames")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        help="of a run or of the harness, or a saved d2st.tunable_state_dict (default: untrained)",
    )
    parser.add_argument("--method", help="d2st or an ablation of it (default: the checkpoint's, else d2st)")
    parser.add_argument("--trunk", help=f"timm's name (default: the checkpoint's, else {MINI})")
    parser.add_argument(
        "--weights", default="pretrained", help="of the trunk: a file, random, or pretrained (default)"
    )
    parser.add_argument("--frames", type=int, default=8, help="frames of the clip (default: 8)")
    parser.add_argument("--block", type=int, help="number of the block or stage, from 0 (default: the last)")
    parser.add_argument(
        "--queries",
        choices=("all", "class"),
        default="all",
        help="whose attention: the mean of all tokens, or of class tokens",
    )
    parser.add_argument("--output", type=Path, help="the PNG (default: VIDEO_points.png, here)")
    return parser


def run(arguments: Sequence[str] | None = None) -> Path:
    """Draw as the command line asks; returns where. Raises ``UserError`` for wrong input."""
    import baselines  # noqa: F401  (so that a checkpoint of another method is known as such)

    asked = _parser().parse_args(arguments)
    state, told = ({}, {}) if asked.checkpoint is None else read_checkpoint(asked.checkpoint)
    method = asked.method or told.get("method", "d2st")
    info = trunk_info(asked.trunk or told.get("trunk", MINI), asked.weights)
    options = told.get("arguments", {}) if method == told.get("method") else {}
    clip = read_clip(asked.video, asked.frames, info)
    encoder = build_encoder(
        info.name, {"type": method, **options}, asked.weights, asked.frames, info.image_size
    )
    number, adapter = adapter_of(encoder, asked.block)
    if state:
        d2st.load_tunable_state_dict(encoder, state)
    mean, std = (rearrange(torch.tensor(values), "c -> c 1 1 1") for values in (info.mean, info.std))
    pathways = look(encoder, adapter, (clip / 255 - mean) / std, asked.queries)
    whose = "all tokens" if asked.queries == "all" else "the class tokens"
    trained = f"checkpoint {asked.checkpoint.name}" if state else "UNTRAINED adapter: no --checkpoint"
    title = f"{d2st.adaptation.method_title(method)} behind block {number} of {info.name}, {Path(asked.video).name}"
    output = asked.output or Path(f"{Path(asked.video).stem}_points.png")
    draw(
        rearrange(clip, "c t h w -> t h w c").numpy(),
        pathways,
        title,
        f"{trained}; attention of {whose}; blocks count from 0",
        output,
    )
    return output


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 2 and one sentence for wrong input."""
    try:
        print(run(arguments))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
