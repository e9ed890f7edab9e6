"""The forward of a trunk with D2ST as one graph: exported and compiled it computes what it computes eagerly."""

import pytest
import torch

import baselines  # noqa: F401
from d2st.trunks import ClipEncoder, build_encoder
from d2st.trunks.mini import MINIS

every_trunk = pytest.mark.parametrize("trunk", MINIS)


def stirred(trunk: str) -> ClipEncoder:
    torch.manual_seed(0)
    encoder = build_encoder(trunk, {"type": "d2st", "blocks": [0, 3]}, "random", frames=4)
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            if name in encoder.tunable_names:
                parameter += 0.05 * torch.randn_like(parameter)
    return encoder.eval()


@every_trunk
def test_the_exported_forward_takes_any_number_of_clips(trunk: str) -> None:
    encoder = stirred(trunk)
    n = torch.export.Dim("n", min=1, max=64)
    program = torch.export.export(encoder, (torch.randn(2, 3, 4, 48, 48),), dynamic_shapes=({0: n},))
    for clips in (torch.randn(2, 3, 4, 48, 48), torch.randn(5, 3, 4, 48, 48)):
        torch.testing.assert_close(program.module()(clips), encoder(clips), atol=1e-5, rtol=1e-5)


@pytest.mark.slow  # torch traces every call of einops' parser: half a minute a trunk
@every_trunk
@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_compiled_as_one_graph_equals_eager_with_gradients(trunk: str, backend: str) -> None:
    encoder, clips = stirred(trunk), torch.randn(2, 3, 4, 48, 48)
    tuned = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    torch.compiler.reset()
    compiled = torch.compile(encoder, backend=backend, fullgraph=True)
    outputs = [encoder(clips), compiled(clips)]
    torch.testing.assert_close(*outputs, atol=1e-4, rtol=1e-4)
    one, other = (torch.autograd.grad(y.square().sum(), tuned) for y in outputs)
    torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)
