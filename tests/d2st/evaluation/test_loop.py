from pathlib import Path

import pytest
import torch

from d2st import UserError
from d2st.evaluation import accuracy, score
from d2st.evaluation.loop import ClipSampler
from tests.d2st import toy


def test_one_pass_settles_every_protocol(tmp_path: Path):
    runner = toy.runner(tmp_path, "frozen", load_from="untrained")
    metrics = runner.test()
    loop = runner.test_loop
    names = ["3way1shot", "3way2shot"]
    assert set(metrics) == {f"{name}/{what}" for name in names for what in ("accuracy", "ci95")}
    assert list(loop.tables) == list(loop.manifests) == names
    assert all(len(loop.tables[name]) == 150 for name in names)
    assert loop.clips == toy.CLASSES * toy.EACH
    assert loop.encode_seconds > loop.forward_seconds > 0
    with torch.no_grad():
        clips = torch.stack([item["inputs"] for item in loop.dataloader.dataset]).float() / 127.5 - 1
        features = runner.model.extract_feat(clips)
    for name, manifest in loop.manifests.items():
        expected = accuracy(score(runner.model.head, features, manifest))
        assert (metrics[f"{name}/accuracy"], metrics[f"{name}/ci95"]) == pytest.approx(expected)
    log = next(tmp_path.glob("*/*.json")).read_text()
    assert '"3way1shot/accuracy"' in log


def test_a_head_that_needs_maps_is_scored_from_what_it_embedded(tmp_path: Path):
    torch.manual_seed(0)
    model = {**toy.model("frozen"), "head": {"type": "strm", "width": 8}}
    runner = toy.runner(tmp_path, model=model, load_from="untrained")
    metrics = runner.test()
    with torch.no_grad():
        clips = torch.stack([item["inputs"] for item in runner.test_loop.dataloader.dataset])
        maps = runner.model.extract_feat(clips.float() / 127.5 - 1)
        assert maps.shape[1:] == (toy.FRAMES, 96, 6, 6)
        manifest = runner.test_loop.manifests["3way2shot"]
        support, query = (torch.from_numpy(part).flatten(1) for part in (manifest.support, manifest.query))
        labels = torch.arange(3).repeat_interleave(2).expand(len(support), -1)
        truth = torch.arange(3).expand(len(query), -1)
        right = runner.model.head(maps[support], labels, maps[query]).argmax(-1) == truth
    assert metrics["3way2shot/accuracy"] == pytest.approx(100 * right.float().mean().item())


def test_only_needed_videos_are_encoded(tmp_path: Path):
    cfg = {"type": "FewShotLoop", "stage": "test", "protocols": [{"way": 3, "shot": 1, "episodes": 1}]}
    loop = toy.runner(tmp_path, test_cfg=cfg).test_loop
    assert loop.clips == 6 == len(loop.dataloader.sampler)
    assert sum(len(batch["inputs"]) for batch in loop.dataloader) == 6


def test_ranks_share_the_clips():
    shares = []
    for rank in range(3):
        sampler = ClipSampler(toy.ToyClips())
        sampler.rank, sampler.world = rank, 3
        sampler.choose([4, 7, 9, 11])
        shares.append(list(sampler))
    assert shares == [[4, 11], [7], [9]]


def test_a_split_with_too_few_classes_is_named(tmp_path: Path):
    loader = {**toy.config(tmp_path)["val_dataloader"], "dataset": {"type": "ToyClips", "classes": 2}}
    with pytest.raises(
        UserError, match=r"the val split has 2 classes, but its episodes need 3.*--no-validate"
    ):
        toy.runner(tmp_path, val_dataloader=loader).train()


def test_two_protocols_of_one_name_are_refused(tmp_path: Path):
    cfg = {"type": "FewShotLoop", "stage": "test", "protocols": [{"way": 3}, {"way": 3, "seed": 1}]}
    with pytest.raises(UserError, match=r"called '3way1shot'"):
        toy.runner(tmp_path, test_cfg=cfg).test_loop  # noqa: B018


def test_further_metrics_see_the_features(tmp_path: Path):
    dump = {"type": "DumpResults", "out_file_path": str(tmp_path / "features.pkl")}
    toy.runner(tmp_path, load_from="untrained", test_evaluator=[dump]).test()
    assert (tmp_path / "features.pkl").is_file()
