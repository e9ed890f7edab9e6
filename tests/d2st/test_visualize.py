"""The drawing of what aDSTA looks at: the numbers behind it, the command, and its errors."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import torch

import d2st
from d2st import drawing
from d2st.attention import DeformableAttention, Sampling
from d2st.drawing import Pathway
from d2st.looking import adapter_of, look
from d2st.trunks import ClipShape, build_encoder
from d2st.visualize import main


@pytest.fixture
def video(embedded_cache: dict[str, Path]) -> str:
    return str(min((embedded_cache["motion"] / "test").glob("*/*.mp4")))


@pytest.mark.parametrize("deformable", [True, False])
def test_positions_and_weights_are_those_of_forward(deformable: bool) -> None:
    torch.manual_seed(0)
    shape = ClipShape(4, 6, 6, 1)
    sampling = Sampling.of_points((4, 2, 2), shape[:3])
    attention = DeformableAttention(8, 2, shape[:3], sampling, deformable=deformable)
    x = torch.randn(8, 37, 8)
    positions, weights = attention.look(x, shape)
    assert positions.shape == (2, 2, 16, 3) and weights.shape == (2, 2, 4 * 37, 16)
    volume = attention.positions(attention.query(x), shape)
    points = attention.value(attention.sample(x, volume, shape)).unflatten(-1, (2, 4)).transpose(1, 2)
    y = attention.out((weights @ points).transpose(1, 2).reshape(8, 37, 8))
    torch.testing.assert_close(y, attention(x, shape))
    torch.testing.assert_close(positions.mT.reshape(4, 3, 4, 2, 2), volume)


def test_fixed_points_lie_on_the_grid_and_attention_sums_to_one() -> None:
    encoder = build_encoder("vit_mini", {"type": "d2st_fixed"}, "random")
    number, adapter = adapter_of(encoder, None)
    assert number == 3
    spatial, temporal = look(encoder, adapter, torch.randn(3, 8, 48, 48), "all")
    assert (spatial.name, temporal.name) == ("spatial", "temporal")
    for pathway in (spatial, temporal):
        np.testing.assert_allclose(pathway.points, np.broadcast_to(pathway.reference, pathway.points.shape))
        np.testing.assert_allclose(pathway.weights.sum(-1), 1, atol=1e-5)
    assert spatial.reference[0] == pytest.approx([1.75, 0.625, 0.625])  # 2 and 4 points on 8 and 6 cells


def test_the_share_of_a_frame_is_what_trilinear_sampling_reads_of_it() -> None:
    points = np.array([[[0.0, 0, 0], [1.5, 0, 0]], [[3.0, 0, 0], [3.5, 0, 0]]])
    weights = np.array([[0.75, 0.25], [0.5, 0.5]])
    pathway = Pathway("temporal", points, points[0], weights, (6, 6))
    # half a point behind the last frame reads zeros: it is nobody's share
    np.testing.assert_allclose(pathway.shares(4), [37.5, 6.25, 6.25, 25 + 12.5])


@pytest.mark.parametrize("heads", [1, 4, 8])
def test_the_legend_is_whole(heads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    plain = drawing._legend
    monkeypatch.setattr(drawing, "_legend", lambda figure, n: (plain(figure, n), drawn.append(figure)))
    chance = np.random.default_rng(0)
    points = chance.uniform(0, 5, (heads, 8, 3))
    pathway = Pathway("spatial", points, points[0], np.full((heads, 8), 1 / 8), (6, 6))
    frames = np.zeros((8, 48, 48, 3), np.uint8)
    drawing.draw(frames, [pathway, pathway], "title", "note", tmp_path / "it.png")
    (figure,) = drawn
    boxes = [legend.get_window_extent() for legend in figure.legends]
    assert [len(legend.get_texts()) for legend in figure.legends] == [heads, 5]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert boxes[0].y0 >= boxes[1].y1


def test_the_command_draws_with_and_without_a_checkpoint(video, tmp_path, capsys) -> None:
    torch.manual_seed(0)
    encoder = build_encoder("vit_mini", {"type": "d2st"})
    torch.save(d2st.tunable_state_dict(encoder), tmp_path / "adapter.pth")
    drawn, untrained = tmp_path / "drawn.png", tmp_path / "untrained.png"
    assert main([video, "--checkpoint", str(tmp_path / "adapter.pth"), "--output", str(drawn)]) == 0
    assert main([video, "--output", str(untrained), "--block", "1", "--queries", "class"]) == 0
    assert capsys.readouterr().out.split() == [str(drawn), str(untrained)]
    image = matplotlib.image.imread(drawn)
    assert image.shape[1] > 1000 and len(np.unique(image.reshape(-1, image.shape[-1]), axis=0)) > 100


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--method", "aim"], "method 'aim' samples no points"),
        (["--block", "7"], "behind block 7; choose among 0, 1, 2, 3"),
        (["--checkpoint", "no.pth"], "no checkpoint 'no.pth'"),
        (["--checkpoint", __file__], "holds no weights"),
        (["--trunk", "vit_foo"], "timm has no model 'vit_foo'"),
        (["--output", "/no/such/points.png"], "cannot write"),
        (["--queries", "none"], "--queries"),
    ],
)
def test_wrong_input_is_one_sentence(video, capsys, arguments, told) -> None:
    assert main([video, *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and told in error


def test_a_missing_video_is_one_sentence(capsys) -> None:
    assert main(["no.mp4"]) == 2
    assert "no video 'no.mp4'" in capsys.readouterr().err
