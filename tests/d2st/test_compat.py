"""Every mend works, and is still needed: a test of the second kind that fails means that its mend can go."""

import importlib.metadata
import importlib.util
import io
import json
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from torch import nn

from d2st import compat

WITHOUT_MENDS = """
import io, json, os, sys, torch
def outcome(attempt):
    try:
        attempt()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "works"
def localizer():
    import mmaction.models
def resume():
    from mmengine.logging import HistoryBuffer
    file = io.BytesIO()
    torch.save(HistoryBuffer([1.0], [1]), file)
    file.seek(0)
    torch.load(file)
def process_group():
    from mmengine.dist import init_dist
    init_dist("pytorch", backend="gloo")
assert "d2st" not in sys.modules
print("\\n" + json.dumps({f.__name__: outcome(f) for f in (localizer, resume, process_group)}))
"""


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def one_rank() -> dict[str, str]:
    """The variables that a launcher sets, for a group of one process."""
    return dict(RANK="0", LOCAL_RANK="0", WORLD_SIZE="1", MASTER_ADDR="127.0.0.1", MASTER_PORT=free_port())


def source_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    return Path(str(spec.origin)).read_text()


def stored(content: object) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(content, file)
    file.seek(0)
    return file


# --- still needed -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unmended() -> dict[str, str]:
    """What a process without ``import d2st`` meets."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_MENDS],
        env={**os.environ, **one_rank(), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_upstream_lacks_localizer(unmended):
    assert compat.DRN in unmended["localizer"], "mmaction2#2714 is mended: drop supply_localizer"


def test_upstream_cannot_resume(unmended):
    assert "HistoryBuffer" in unmended["resume"], "mmengine#1655 is mended: drop allow_own_checkpoints"


def test_upstream_needs_gpu_for_groups(unmended):
    assert unmended["process_group"] != "works", "mmengine can do without CUDA: drop allow_cpu_process_groups"


def test_upstream_does_not_declare_importlib_metadata():
    assert "importlib_metadata" in source_of("mmaction.utils.dependency")
    declared = [name.lower().replace("-", "_") for name in importlib.metadata.requires("mmaction2") or []]
    assert not any(name.startswith("importlib_metadata") for name in declared), (
        "declared: drop our dependency"
    )


def test_upstream_imports_pkg_resources():
    users = [
        name
        for name in ("mim.utils.utils", "mmengine.utils.package_utils")
        if "pkg_resources" in source_of(name)
    ]
    assert users, "nobody imports pkg_resources any longer: drop setuptools<82"


def test_upstream_refuses_newer_mmcv():
    import mmaction

    assert mmaction.mmcv_maximum_version == "2.2.0", "MMAction2 allows another mmcv: look at the bound again"


# --- work ---------------------------------------------------------------------------------------------------


def test_twice_is_once():
    from mmengine.dist import utils

    before, allowed = utils._init_dist_pytorch, set(torch.serialization.get_safe_globals())
    compat.mend()
    assert utils._init_dist_pytorch is before
    assert set(torch.serialization.get_safe_globals()) == allowed


def test_models_can_be_imported():
    import mmaction.models
    from mmaction.registry import MODELS

    assert MODELS.get("Recognizer3D") is not None
    with pytest.raises(ImportError, match="2714"):
        mmaction.models.localizers.DRN()


def with_transformers(version: str, folder: Path) -> subprocess.CompletedProcess:
    """``import mmaction.models`` after d2st, where a transformers of this version, that has none of its names, is installed."""
    (folder / "transformers").mkdir()
    (folder / "transformers" / "__init__.py").write_text("")
    told = folder / f"transformers-{version}.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: transformers\nVersion: {version}\n")
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import d2st, mmaction.models"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_models_can_be_imported_beside_transformers_5(tmp_path):
    done = with_transformers("5.1.0", tmp_path)
    assert done.returncode == 0, done.stderr


def test_older_transformers_are_left_to_upstream(tmp_path):
    """The control of the test above: where nothing is mended, the empty package is imported and found wanting."""
    assert "transformers" in with_transformers("4.57.0", tmp_path).stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("module", "advice"), [("importlib_metadata", "importlib_metadata"), ("pkg_resources", "<82")]
)
def test_missing_package_is_named(monkeypatch, module, advice):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        compat.importlib.util, "find_spec", lambda name: None if name == module else find(name)
    )
    with pytest.raises(ImportError, match=f"{module}.*pip install.*{advice}"):
        compat.require_undeclared()


def test_message_hub_is_read_back():
    hub = MessageHub.get_instance("test_compat")
    hub.update_scalar("train/loss", 1.5)
    hub.update_scalar("train/loss", np.float64(0.5))
    hub.update_info("best", np.float32(0.25))
    read = torch.load(stored(hub.state_dict()))
    buffer = read["log_scalars"]["train/loss"]
    assert isinstance(buffer, HistoryBuffer)
    assert buffer.statistics("mean") == 1.0
    assert read["runtime_info"]["best"] == 0.25


class Shell:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


class Reach:
    """Asks for a function through getattr, the way out of an allow-list that contains it."""

    def __init__(self, owner: object, name: str) -> None:
        self.wanted = owner, name

    def __reduce__(self):
        return getattr, self.wanted


def test_other_objects_are_refused(tmp_path):
    for content in (Shell(tmp_path / "made"), Reach(HistoryBuffer, "__init__"), Reach(np.ndarray, "tofile")):
        with pytest.raises(pickle.UnpicklingError):
            torch.load(stored({"state_dict": content}))
    assert not (tmp_path / "made").exists()


def test_cpu_process_group(monkeypatch):
    if torch.accelerator.is_available():
        pytest.skip("needs a machine without a GPU")
    from mmengine.dist import utils

    for name, value in one_rank().items():
        monkeypatch.setenv(name, value)
    utils._init_dist_pytorch("nccl")
    try:
        assert torch.distributed.get_backend() == "gloo"
    finally:
        torch.distributed.destroy_process_group()


def test_runner_resumes(tmp_path):
    """MMEngine's own runner: two steps, a checkpoint, and two more steps after ``resume``."""
    from mmengine.model import BaseModel
    from mmengine.runner import Runner

    class Line(BaseModel):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, inputs, mode="loss"):
            return {"loss": (self.weight - 1).square().sum()}

    def run(steps: int, resume: bool) -> Runner:
        runner = Runner(
            Line(),
            str(tmp_path),
            train_dataloader=dict(
                dataset=[torch.zeros(1)] * 8, sampler=dict(type="DefaultSampler"), batch_size=1
            ),
            train_cfg=dict(by_epoch=False, max_iters=steps),
            optim_wrapper=dict(optimizer=dict(type="AdamW", lr=0.1)),
            default_hooks=dict(checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=2)),
            default_scope="mmengine",
            experiment_name=f"compat_{resume}",
            resume=resume,
            log_level="WARNING",
        )
        runner.train()
        return runner

    run(2, resume=False)
    assert run(4, resume=True).iter == 4
    assert sorted(path.name for path in tmp_path.glob("*.pth")) == ["iter_2.pth", "iter_4.pth"]


TWO_RANKS = """
import d2st, torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
    def forward(self, inputs, mode="loss"):
        return {"loss": (self.weight - inputs[0]).square().sum()}
if __name__ == "__main__":  # MMEngine lets loader workers of distributed runs spawn
    runner = Runner(
        Line(), WORK_DIR, launcher="pytorch", log_level="WARNING", default_scope="mmengine",
        cfg=dict(model_wrapper_cfg=dict(type="MMDistributedDataParallel", device_ids=None)),
        train_dataloader=dict(dataset=[{"inputs": torch.full((1,), float(i))} for i in range(2)], num_workers=1,
                              sampler=dict(type="DefaultSampler", shuffle=False), batch_size=1),
        train_cfg=dict(by_epoch=False, max_iters=1), optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.5)),
    )
    runner.train()
    print("weight", float(runner.model.module.weight), flush=True)
"""


@pytest.mark.slow
def test_two_cpu_processes_average_gradients(tmp_path):
    """``--launcher pytorch`` on CPU: from 0, targets 0 and 1 give gradients 0 and -2, so a step of 0.5."""
    script = tmp_path / "train.py"
    script.write_text(TWO_RANKS.replace("WORK_DIR", repr(str(tmp_path))))
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc_per_node=2",
        f"--master_port={free_port()}",
    ]
    done = subprocess.run(
        [*launch, str(script)], env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}, capture_output=True, text=True
    )
    assert done.stdout.count("weight 0.5") == 2, done.stderr[-2000:]
