"""What comes before the heads: decoding a video with decord and with PyAV, and encoding clips, adapted and not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

import baselines  # noqa: F401  (makes the methods known)
from d2st.data.second_decoder import PyAVReader
from d2st.trunks import build_encoder

FRAMES, SIZE = 8, (426, 240)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of moving noise, of the size and rate of Something-Something V2."""
    path = tmp_path_factory.mktemp("video") / "noise.mp4"
    width, height = SIZE
    rng = np.random.Generator(np.random.PCG64(0))
    ground = rng.integers(0, 255, (height // 8, width // 6 + 48, 3), np.uint8).repeat(8, 0).repeat(6, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for shift in range(48):
            picture = np.ascontiguousarray(ground[:height, 4 * shift : 4 * shift + width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("decoder", ["decord", "pyav"])
def test_decode(measure: Callable[..., None], video: Path, decoder: str) -> None:
    """Open the file and read eight frames spread over it, as for one clip."""
    import decord

    def with_decord() -> Any:
        reader = decord.VideoReader(str(video), num_threads=1)
        return reader.get_batch((2 * np.arange(FRAMES) + 1) * len(reader) // (2 * FRAMES)).asnumpy()

    def with_pyav() -> Any:
        reader = PyAVReader(str(video))
        return np.stack(reader.get(((2 * np.arange(FRAMES) + 1) * len(reader) // (2 * FRAMES)).tolist()))

    assert np.abs(with_decord().astype(int) - with_pyav()).mean() < 3  # the same frames
    measure({"decord": with_decord, "pyav": with_pyav}[decoder], rounds=15, warm_up=2)


@pytest.mark.parametrize("method", ["frozen", "d2st", "aim", "st_adapter"])
def test_encode(measure: Callable[..., None], method: str) -> None:
    """Sixteen clips of eight frames with the miniature trunk, as many as evaluation encodes at a time."""
    torch.manual_seed(0)
    encoder = build_encoder("vit_mini", {"type": method}, weights="random", frames=FRAMES).eval()
    clips = torch.randn(16, 3, FRAMES, *encoder.image_size)

    @torch.inference_mode()
    def encode() -> None:
        encoder(clips)

    measure(encode, rounds=15, warm_up=2)
