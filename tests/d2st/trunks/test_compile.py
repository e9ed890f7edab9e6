"""The forward of a ViT with D2ST as one graph: exported and compiled it computes what it computes eagerly."""

import pytest
import torch

import baselines  # noqa: F401
from d2st.trunks import ClipEncoder, build_encoder


def stirred() -> ClipEncoder:
    torch.manual_seed(0)
    encoder = build_encoder("vit_mini", {"type": "d2st"}, "random", frames=4)
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            if name in encoder.tunable_names:
                parameter += 0.05 * torch.randn_like(parameter)
    return encoder.eval()


def test_the_exported_forward_equals_eager() -> None:
    encoder, clips = stirred(), torch.randn(2, 3, 4, 48, 48)
    exported = torch.export.export(encoder, (clips,)).module()
    torch.testing.assert_close(exported(clips), encoder(clips), atol=1e-5, rtol=1e-5)


def test_the_exported_forward_takes_any_number_of_clips() -> None:
    encoder = stirred()
    n = torch.export.Dim("n", min=1, max=64)
    program = torch.export.export(encoder, (torch.randn(2, 3, 4, 48, 48),), dynamic_shapes=({0: n},))
    clips = torch.randn(5, 3, 4, 48, 48)
    torch.testing.assert_close(program.module()(clips), encoder(clips), atol=1e-5, rtol=1e-5)


@pytest.mark.slow
def test_compiled_as_one_graph_equals_eager_with_gradients() -> None:
    encoder, clips = stirred(), torch.randn(2, 3, 4, 48, 48)
    tuned = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    torch.compiler.reset()
    compiled = torch.compile(encoder, backend="aot_eager", fullgraph=True)
    outputs = [encoder(clips), compiled(clips)]
    torch.testing.assert_close(*outputs, atol=1e-5, rtol=1e-5)
    one, other = (torch.autograd.grad(y.square().sum(), tuned) for y in outputs)
    torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)
