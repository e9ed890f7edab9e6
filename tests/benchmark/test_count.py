"""Parameters and FLOPs: the counter against arithmetic, the methods against the official code."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2st
from benchmark import count
from benchmark.flops import Counts, flops
from d2st.trunks import build_encoder

VIT, RESNET = count.TRUNKS["vit"], count.TRUNKS["resnet"]


class Attention(nn.Module):
    """Fused self-attention, as timm's."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.qkv, self.out, self.heads = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim), heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def test_one_attention_layer() -> None:
    frames, tokens, dim = 8, 197, 768
    with torch.device("meta"):
        found = flops(Attention(dim, 12), torch.empty(frames, tokens, dim))
    assert found == 2 * frames * (4 * tokens * dim * dim + 2 * tokens * tokens * dim)


class Sampling(nn.Module):
    """grid_sample alone."""

    def forward(self, x: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        return F.grid_sample(x, grid, align_corners=True)


@pytest.mark.parametrize(("cells", "points"), [((8, 14, 14), (2, 4, 4)), ((14, 14), (5, 3))])
def test_one_grid_sample(cells, points) -> None:
    axes, total = len(cells), torch.Size(points).numel()
    x = torch.empty(4, 48, *cells, device="meta")
    grid = torch.empty(4, *points, axes, device="meta")
    assert flops(Sampling(), x, grid) == 2 * 2**axes * 4 * 48 * total


def test_the_counter_knows_every_product_of_d2st() -> None:
    """Of one adapter on ViT-B/16, by hand: facts of its layers."""
    with torch.device("meta"):
        encoder = build_encoder(VIT, {"type": "d2st"}, weights="random")
    adapter, shape = encoder.vit.blocks[0].adapter, encoder.shape
    queries, patches, dim, c = 8 * 197, 8 * 196, 768, 192
    offsets = 192 * (32 * 4 * 5 * 5 + 32 * 1 * 7 * 7) + 4 * 2 * 32 * 3 * 48
    points = 2 * (32 * (2 * c * c) + 2 * queries * 32 * c + 32 * c * 8)
    by_hand = queries * (2 * dim * c) + patches * c * 27 + 2 * queries * 2 * c * c + offsets + points
    x = torch.empty(8, 197, dim, device="meta")

    class Alone(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return adapter(x, shape)

    assert flops(Alone(), x) == 2 * by_hand


ELSEWHERE = (
    "norm_tuning",
    "dst",
    "bottleneck",
    "full_finetune",
)  # tests/test_methods.py, or like the frozen trunk


@pytest.mark.parametrize("form", [form for form in count.OFFICIAL if form[0] not in ELSEWHERE])
def test_official_counts(form) -> None:
    method, what, kind = form
    parameters, multiply_adds = count.OFFICIAL[form]
    found = count.count(method, count.TRUNKS[kind], **count.FORMS.get((method, what), {}))
    assert found.parameters == parameters
    if multiply_adds is not None:  # given to one place
        assert found.flops / 2e9 == pytest.approx(multiply_adds, abs=0.051)


def test_every_method_has_a_row_and_says_where_it_has_no_form() -> None:
    made_up = {
        (method, ""): {"vit": Counts(1000 + i, 2_000_000_000)} for i, method in enumerate(d2st.methods())
    }
    made_up["d2st", ""]["resnet"] = Counts(5_683_776, 77_400_000_000)
    lines = count.table(made_up).splitlines()
    assert len(lines) == 2 + len(d2st.methods())
    row = next(line for line in lines if line.startswith("| D²ST-Adapter |"))
    assert row.split("|")[-3:-1] == [" 5,683,776 (5,683,776) ", " 77.4 (77.4) "]
    assert next(line for line in lines if line.startswith("| LoRA ")).rstrip(" |").endswith("| - | -")


def test_the_table_goes_between_the_marks(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(count, "count_all", lambda: {("frozen", ""): {"vit": Counts(0, 281_000_000_000)}})
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- counts -->\nold\n<!-- /counts -->\nafter\n")
    for _ in range(2):
        assert count.main(["--write", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n")
    assert "old" not in text and text.count("| 0 (0) |") == 1
    page.write_text("no marks\n")
    assert count.main(["--write", str(page)]) == 2
    assert capsys.readouterr().err.startswith("error: ")
