"""The colour change: one draw a clip, every strength alone as torchvision does it, shape and type kept."""

import numpy as np
import pytest
import torch
from torchvision.transforms import functional as colours

from d2st.data.transforms import ClipColorJitter

OFF = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0, "grey": 0.0}


def frames() -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (8, 12, 10, 3)).astype(np.uint8))


def jittered(seed=0, **arguments) -> np.ndarray:
    np.random.seed(seed)
    return np.stack(ClipColorJitter(**arguments).transform({"imgs": frames()})["imgs"])


def test_nothing_asked_nothing_changed():
    assert np.abs(jittered(**OFF).astype(int) - np.stack(frames())).max() <= 1  # through HSV and back


def test_shape_type_and_seed():
    out = jittered(1)
    assert out.shape == (8, 12, 10, 3) and out.dtype == np.uint8
    assert np.array_equal(out, jittered(1)) and not np.array_equal(out, jittered(2))


def test_grey():
    out = jittered(**{**OFF, "grey": 1.0})
    assert (out == out[..., :1]).all()


@pytest.mark.parametrize("turn", [-0.25, 0.25])
def test_hue_either_way(monkeypatch, turn):
    monkeypatch.setattr(np.random, "uniform", lambda low, high: turn if high == 0.25 else 1.0)
    expected = colours.adjust_hue(torch.from_numpy(np.stack(frames())).movedim(-1, 1), turn).movedim(1, -1)
    assert np.array_equal(jittered(**{**OFF, "hue": 0.25}), expected.numpy())
