"""Parameters and FLOPs: the counter against arithmetic, the methods against the official code."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

import d2st
from benchmark import count
from benchmark import flops as flops_module
from benchmark.flops import Counts, flops
from d2st.trunks import build_encoder, trunk_info

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


#: what counts as 0 FLOPs by convention: element by element, norms, pooling, copies and views
FREE = {
    "alias", "flip", "lift_fresh", "relu", "_adaptive_avg_pool2d",
    "_safe_softmax", "_softmax", "_unsafe_view", "add", "add_", "arange", "as_strided", "cat",
    "clamp", "clone", "constant_pad_nd", "copy_", "detach", "div", "empty", "expand", "full", "ge", "gelu", "index",
    "index_copy", "max_pool2d_with_indices", "mean", "mul", "mul_", "native_batch_norm", "native_group_norm",
    "native_layer_norm", "neg", "new_zeros", "permute", "pow", "relu_", "repeat", "reshape", "roll", "select",
    "sigmoid", "slice", "slice_scatter", "split_with_sizes", "squeeze", "stack", "sub", "sum", "t", "tanh",
    "transpose", "unbind", "unsqueeze", "upsample_bilinear2d", "view", "zeros",
}  # fmt: skip


@pytest.mark.parametrize("trunk", ["vit_mini", "resnet_mini"])
def test_no_method_computes_what_is_not_counted(trunk: str) -> None:
    """Every operation of every method is known to the counter, or is free by convention: none goes uncounted unseen."""
    counted = {getattr(op, "__name__", str(op)) for op in (*flop_registry, *flops_module.FORMULAS)}
    seen: dict[str, str] = {}

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, arguments=(), named=None):
            seen.setdefault(function.overloadpacket.__name__, method)
            return function(*arguments, **(named or {}))

    for method in d2st.methods():
        if trunk_info(trunk).kind not in d2st.adaptation.kinds_of(method):
            continue
        with torch.device("meta"), torch.no_grad():
            encoder = build_encoder(trunk, {"type": method}, weights="random").eval()
            clip = torch.empty(1, 3, 8, *encoder.image_size)
            with Watch():
                encoder(clip)
    assert {"convolution", "addmm"} <= set(seen) and len(seen) > 5
    assert {name: method for name, method in seen.items() if name not in counted | FREE} == {}


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
    with pytest.raises(SystemExit) as ended:
        count.main(["--write", str(page)])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")
