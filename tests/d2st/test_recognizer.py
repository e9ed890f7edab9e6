from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from einops import rearrange
from mmaction.registry import MODELS
from mmengine.runner.checkpoint import CheckpointLoader, load_state_dict, save_checkpoint, weights_to_cpu
from torch.nn import functional as F

from d2st import UserError, tunable_state_dict
from d2st.recognizer import FewShotRecognizer
from tests.d2st import toy


def build(method: str = "d2st", seed: int = 0, **arguments: Any) -> FewShotRecognizer:
    torch.manual_seed(seed)
    return MODELS.build(toy.model(method, **arguments)).eval()


def batch(episodes: int = 2) -> dict[str, Any]:
    data = toy.ToyEpisodes()
    return toy.toy_collate([data[i] for i in range(episodes)])


def test_losses_are_those_of_the_episode_and_of_the_base_classes():
    model, given = build(), batch()
    data = model.data_preprocessor(given, True)
    losses = model(**data, mode="loss")
    features = model.extract_feat(data["inputs"])
    assert data["inputs"].shape == (12, 1, 3, toy.FRAMES, 48, 48) and features.shape == (12, toy.FRAMES, 96)
    episodes = rearrange(features, "(b n) t d -> b n t d", b=2)
    labels = torch.arange(toy.WAY)
    each = [F.cross_entropy(model.head(e[: toy.WAY], labels, e[toy.WAY :]), labels) for e in episodes]
    torch.testing.assert_close(losses["loss_episode"], torch.stack(each).mean())
    base = torch.cat([sample.gt_label for sample in given["data_samples"]])
    expected = 0.5 * F.cross_entropy(model.classifier(features.mean(1)), base)
    torch.testing.assert_close(losses["loss_base"], expected)
    total, log = model.parse_losses(losses)
    torch.testing.assert_close(total, losses["loss_episode"] + losses["loss_base"])
    assert 0 <= log["episode_accuracy"] <= 100


def test_a_head_with_parameters_is_trained_and_saved_with_the_recogniser(load: Callable[..., None]):
    config = {**toy.model("frozen"), "head": {"type": "trx", "cardinalities": [2], "width": 8}}
    saved = MODELS.build(config)
    assert not saved.tunes_nothing and saved.head.cross[0].key.in_features == 2 * 96
    total, _ = saved.parse_losses(saved(**saved.data_preprocessor(batch(), True), mode="loss"))
    total.backward()
    assert all(p.grad is not None for p in saved.head.parameters() if p.requires_grad)
    state = saved.state_dict()
    assert "head.cross.0.key.weight" in state
    other = MODELS.build(config)
    load(other, state)
    assert torch.equal(other.head.cross[0].key.weight, saved.head.cross[0].key.weight)
    with pytest.raises(UserError, match=r"lacks 'head.cross.0"):
        load(other, build("frozen").state_dict())


@pytest.mark.parametrize("head", ["strm", "molo"])
def test_a_head_that_needs_maps_is_given_them(head: str):
    torch.manual_seed(0)
    model = MODELS.build({**toy.model("frozen"), "head": head}).eval()
    data = model.data_preprocessor(batch(), False)
    maps = model.extract_feat(data["inputs"])
    assert maps.shape == (12, toy.FRAMES, 96, 6, 6)
    samples = model(**data, mode="predict")
    kept = torch.stack([sample.frame_features for sample in samples])
    assert kept.shape[1:] == model.kept_shape()
    torch.testing.assert_close(kept, model.head.embed(maps))
    losses = model(**data, mode="loss")
    assert {"loss_episode", "loss_base", "episode_accuracy"} < set(losses)
    model.parse_losses(losses)[0].backward()
    assert all(p.grad is not None for p in model.head.parameters() if p.requires_grad)


def test_pixels_reach_the_trunk_normalised():
    model = build()
    inputs = model.data_preprocessor(batch(), False)["inputs"]
    assert inputs.dtype == torch.float32 and inputs.min() >= -1 and inputs.max() <= 1


def test_without_base_loss_there_is_no_classifier():
    model = MODELS.build({**toy.model(), "base_loss_weight": 0.0, "base_classes": 0})
    assert model.classifier is None
    assert set(model(**model.data_preprocessor(batch(), True), mode="loss")) == {
        "loss_episode",
        "episode_accuracy",
    }
    with pytest.raises(UserError, match=r"needs base_classes"):
        MODELS.build({**toy.model(), "base_classes": 0})


def test_predict_gives_each_sample_its_frame_features():
    model, given = build(), batch()
    data = model.data_preprocessor(given, False)
    samples = model(**data, mode="predict")
    torch.testing.assert_close(torch.stack([s.frame_features for s in samples]), model(**data, mode="tensor"))


def test_clips_that_are_no_whole_episodes_are_refused():
    model, given = build(), batch()
    data = model.data_preprocessor({key: value[:7] for key, value in given.items()}, True)
    with pytest.raises(UserError, match=r"7 clips are no whole number of episodes of 6"):
        model(**data, mode="loss")


@pytest.fixture(params=["torch", "mmengine"])
def load(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Both ways of loading: torch's strict one, and MMEngine's own, not strict."""
    if request.param == "torch":
        return lambda model, state: model.load_state_dict(state)
    return lambda model, state: load_state_dict(model, state, strict=False)


def test_a_checkpoint_holds_only_what_is_tuned_and_loads_strictly(load: Callable[..., None]):
    saved, other = build(), build(seed=1)
    state = saved.state_dict()
    assert set(state) == {f"backbone.{n}" for n in tunable_state_dict(saved)} | {
        "classifier.weight",
        "classifier.bias",
    }
    frozen = other.backbone.vit.blocks[0].block.attn.qkv.weight.clone()
    load(other, state)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in state.items())
    assert torch.equal(other.backbone.vit.blocks[0].block.attn.qkv.weight, frozen)


def test_the_classifier_is_not_needed_to_test(load: Callable[..., None]):
    state = build().state_dict()
    load(MODELS.build({**toy.model(), "base_loss_weight": 0.0}), state)
    load(MODELS.build({**toy.model(), "base_classes": 9}), state)
    for name in [name for name in state if name.startswith("classifier.")]:
        del state[name]
    load(build(), state)


def test_checkpoint_of_another_method_is_refused(load: Callable[..., None]):
    state, model = build("aim").state_dict(), build()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(UserError, match=r"trained with method 'aim', but the model uses 'd2st'"):
        load(model, state)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_checkpoint_with_other_arguments_is_refused(load: Callable[..., None]):
    state = build(ratio=0.25, heads=4).state_dict()
    load(build(ratio=0.25), state)
    with pytest.raises(UserError, match=r"d2st\(heads=4\), but the model uses d2st\(heads=2\)"):
        load(build(heads=2), state)
    with pytest.raises(UserError, match=r"has another shape of"):
        load(build(ratio=0.5), build().state_dict())


def test_checkpoint_that_says_nothing_is_refused_by_its_names(load: Callable[..., None]):
    with pytest.raises(UserError, match=r"not of method 'd2st'.*lacks 'backbone"):
        load(build(), {"cls_head.weight": torch.zeros(3)})
    state = dict(build().state_dict())
    with pytest.raises(UserError, match=r"also holds 'cls_head.weight'"):
        load(build(), {**state, "cls_head.weight": torch.zeros(3)})


def test_the_method_survives_the_file(tmp_path: Path):
    file = str(tmp_path / "iter_1.pth")
    save_checkpoint({"state_dict": weights_to_cpu(build("st_adapter").state_dict())}, file)
    with pytest.raises(UserError, match=r"'st_adapter', but the model uses 'd2st'"):
        load_state_dict(build(), CheckpointLoader.load_checkpoint(file, "cpu")["state_dict"])


@pytest.mark.parametrize("method", ["d2st", "frozen"])
def test_untrained_is_a_checkpoint_of_every_method(method: str, load: Callable[..., None]):
    model = build(method)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    load(model, CheckpointLoader.load_checkpoint("untrained")["state_dict"])
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
