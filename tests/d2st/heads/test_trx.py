"""TRX at parity with the official code, and against its formula written tuple by tuple."""

from itertools import combinations

import pytest
import torch

from d2st.errors import UserError
from d2st.heads import TRX, build_head
from d2st.heads.positions import transformer_code
from tests import parity as official


def test_parity(parity):
    fixture = parity("trx_1shot")
    inputs, outputs = fixture["inputs"], fixture["outputs"]
    head = official.load(TRX(32, width=24), fixture, "trx")
    call = (inputs["support"], inputs["support_labels"], inputs["query"])
    torch.testing.assert_close(head(*call), outputs["logits"], atol=1e-4, rtol=0)
    for place, name in enumerate(("logits_pairs", "logits_triples")):
        single = TRX(32, (place + 2,), width=24).eval()
        single.cross[0].load_state_dict(head.cross[place].state_dict())
        torch.testing.assert_close(single(*call), outputs[name], atol=1e-4, rtol=0)


def test_its_size_on_resnet50_is_the_published_one():
    assert sum(p.numel() for p in TRX(2048).parameters()) == 23_606_784
    assert sum(p.numel() for p in TRX(2048, cardinalities=[2]).parameters()) == 9_444_096


@pytest.mark.parametrize("shot", [1, 3])
def test_the_formula_tuple_by_tuple(shot):
    torch.manual_seed(0)
    head = TRX(16, (2,), width=8).eval().double()
    support, query = torch.randn(2 * shot, 5, 16).double(), torch.randn(3, 5, 16).double()
    cross, code = head.cross[0], 0.1 * transformer_code(query)

    def tuples(video):
        ends = [torch.cat([(video + code)[i], (video + code)[j]]) for i, j in combinations(range(5), 2)]
        return cross.key_norm(cross.key(torch.stack(ends))), cross.value(torch.stack(ends))

    expected = torch.zeros(3, 2).double()
    for q, video in enumerate(query):
        asked, told = tuples(video)
        for c in range(2):
            shots = [tuples(support[c * shot + k]) for k in range(shot)]
            keys, values = (torch.cat(part) for part in zip(*shots))
            found = (asked @ keys.T / 8**0.5).softmax(-1) @ values
            expected[q, c] = -(told - found).square().sum() / 10
    torch.testing.assert_close(head(support, torch.arange(2).repeat_interleave(shot), query), expected)


def test_any_cardinalities_and_lengths():
    support, labels, query = torch.randn(4, 6, 8), torch.arange(2).repeat_interleave(2), torch.randn(3, 9, 8)
    for sizes in ([1], [2, 4], [3, 2], [6]):
        assert TRX(8, sizes, width=4)(support, labels, query).shape == (3, 2)
    with pytest.raises(UserError, match=r"tuples of 7 frames need clips of at least as many, got 6"):
        TRX(8, [7])(support, labels, query)
    for bad in ([], [0, 2]):
        with pytest.raises(UserError, match=r"cardinalities"):
            TRX(8, bad)


def test_the_width_of_the_features_is_filled_in_where_the_config_does_not_say_it():
    assert build_head({"type": "trx", "width": 4}, dim=8, frames=3).cross[0].key.in_features == 16
    assert build_head({"type": "TRX", "dim": 6, "width": 4}, dim=8).cross[0].key.in_features == 12
    with pytest.raises(UserError, match=r"head 'trx': .*'dim'"):
        build_head("trx")
