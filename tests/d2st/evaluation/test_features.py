"""The feature store: found where nothing changed, not found where anything did, and never silently wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from d2st.evaluation import FeatureStore
from d2st.evaluation.features import weights_hash
from tests.d2st import toy

CLIPS = np.array([0, 2, 3])


def kept(tmp_path: Path) -> tuple[FeatureStore, torch.Tensor]:
    store, features = FeatureStore(tmp_path / "features"), torch.randn(5, 2, 3)
    store.put("a" * 64, features, CLIPS, {"seconds": 1.5})
    return store, features


def test_what_was_put_is_got_with_zeros_for_the_rest(tmp_path: Path):
    store, features = kept(tmp_path)
    got, told = store.get("a" * 64, CLIPS, 5)
    assert torch.equal(got[CLIPS], features[CLIPS]) and not got[[1, 4]].any()
    assert told == {"seconds": 1.5}
    assert store.get("b" * 64, CLIPS, 5) is None
    assert [path.name for path in store.files()] == ["a" * 64 + ".safetensors"]


def test_its_size_and_its_end(tmp_path: Path):
    store, _ = kept(tmp_path)
    (store.root / ".b.12.part").write_bytes(b"half")
    (store.root / "notes.txt").write_text("mine")
    assert store.size() == store.path("a" * 64).stat().st_size + 4
    assert store.clear() == 2 and store.size() == 0
    assert (store.root / "notes.txt").exists()
    assert FeatureStore(tmp_path / "nowhere").size() == FeatureStore(tmp_path / "nowhere").clear() == 0


@pytest.mark.parametrize("harm", ["bit", "cut", "empty", "other"])
def test_a_broken_file_is_told_and_not_used(tmp_path: Path, harm: str, capsys):
    store, _ = kept(tmp_path)
    path = store.path("a" * 64)
    content = bytearray(path.read_bytes())
    content[-3] ^= 16
    path.write_bytes({"bit": content, "cut": content[:-8], "empty": b"", "other": b"no tensors" * 9}[harm])
    assert store.get("a" * 64, CLIPS, 5) is None
    assert f"the features in {path} are broken: encoding the videos again" in capsys.readouterr().out


def run(tmp_path: Path, method: str = "frozen", seed: int = 0, load: str = "untrained", **changes):
    torch.manual_seed(3)
    model = toy.model(method) | changes.pop("model", {})
    cfg = toy.config(tmp_path)["test_cfg"] | {"orders": ["shuffled"], "features": str(tmp_path / "features")}
    cfg |= changes.pop("test_cfg", {})
    cfg["protocols"] = [{**fields, "seed": seed} for fields in cfg["protocols"]]
    runner = toy.runner(tmp_path, model=model, load_from=load, test_cfg=cfg, **changes)
    return runner, runner.test()


def test_another_head_shot_or_seed_costs_no_encoding(tmp_path: Path, monkeypatch, capsys):
    decoded = []
    read = toy.ToyClips.__getitem__
    monkeypatch.setattr(toy.ToyClips, "__getitem__", lambda self, i: decoded.append(i) or read(self, i))
    first, metrics = run(tmp_path)
    assert len(decoded) == first.test_loop.encoded == first.test_loop.clips == toy.CLASSES * toy.EACH
    again, same = run(tmp_path)
    assert same == metrics and again.test_loop.encoded == 0
    for name, table in again.test_loop.tables.items():
        pd.testing.assert_frame_equal(table, first.test_loop.tables[name], check_exact=True)
    assert again.test_loop.encode_seconds == first.test_loop.encode_seconds
    other, _ = run(tmp_path, model={"head": "otam"})
    _, drawn = run(tmp_path, seed=9)
    protocols = [{"way": toy.WAY, "shot": 2, "queries": 1, "episodes": 40}]
    run(tmp_path, test_cfg={"protocols": protocols})
    assert len(decoded) == toy.CLASSES * toy.EACH
    assert drawn != metrics
    assert "12 clips are encoded already" in capsys.readouterr().out
    # The same numbers as without a store.
    plain, _ = run(tmp_path, model={"head": "otam"}, test_cfg={"features": None})
    assert len(decoded) == 2 * toy.CLASSES * toy.EACH
    for name, table in plain.test_loop.tables.items():
        pd.testing.assert_frame_equal(table, other.test_loop.tables[name], check_exact=True)


def test_whatever_changes_the_features_is_encoded_anew(tmp_path: Path, monkeypatch):
    assert run(tmp_path)[0].test_loop.encoded
    for changes in (
        {"test_cfg": {"orders": ["reversed"]}},
        {"test_cfg": {"order_seed": 1}},
        {"model": {"head": {"type": "strm", "width": 4}}},
        {
            "model": {
                "backbone": {**toy.model("frozen")["backbone"], "frames": 2, "adaptation": {"type": "bitfit"}}
            }
        },
        {"test_dataloader": {**toy.config(tmp_path)["test_dataloader"], "batch_size": 4}},
    ):
        assert run(tmp_path, **changes)[0].test_loop.encoded, changes
        assert not run(tmp_path, **changes)[0].test_loop.encoded, changes
    monkeypatch.setattr("d2st.evaluation.features.code_hash", lambda method, heads: "changed")
    assert run(tmp_path)[0].test_loop.encoded


def test_a_broken_encoding_is_made_again(tmp_path: Path, capsys):
    first, metrics = run(tmp_path)
    for path in first.test_loop.store.files():
        path.write_bytes(path.read_bytes()[:-4])
    again, same = run(tmp_path)
    assert again.test_loop.encoded and same == metrics
    assert "are broken: encoding the videos again" in capsys.readouterr().out
    assert not run(tmp_path)[0].test_loop.encoded


def test_one_weight_makes_another_hash():
    layer = torch.nn.BatchNorm1d(3)
    before = weights_hash(layer)
    assert weights_hash(torch.nn.BatchNorm1d(3)) == before
    layer.running_mean[1] = 1e-7
    assert weights_hash(layer) != before
